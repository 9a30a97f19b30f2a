"""Reading a manifest: what is not one is refused with a stated reason, and a signature holds all of it."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from aparte.release.delivery import PAGES
from aparte.release.manifest import MAX_MANIFEST, ManifestError, Unread, parse_manifest, read_manifest

ROOT = Path(__file__).parents[2]
INSTALLED = (PAGES / "release.json").read_bytes()
HASH = "A" * 64


def changed(**fields: Any) -> bytes:
    return json.dumps({**json.loads(INSTALLED), **fields}).encode()


def listing(path: str, **fields: Any) -> bytes:
    entry = {"size": 1, "sha384": HASH}
    return changed(files={"/index.html": entry, path: {**entry, **fields}})


def test_the_installed_manifest_is_read() -> None:
    manifest = parse_manifest(INSTALLED)
    assert {"/index.html", "/release.json", "/robots.txt"} <= manifest.files.keys()
    assert manifest.files["/release.json"].matches(INSTALLED)
    assert not manifest.files["/release.json"].matches(INSTALLED[:-1] + b" ")
    assert parse_manifest(listing("/assets/a-b_C.1.js")).files["/assets/a-b_C.1.js"].size == 1


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"\xff",
        b"[" * 100_000,
        INSTALLED[:-10],
        changed(format=2),
        changed(more=1),
        changed(version="1\n"),
        changed(files={}),
        changed(files={"/robots.txt": {"size": 1, "sha384": HASH}}),
        listing("/release.json"),
        listing("assets/a.js"),
        listing("/../a.js"),
        listing("/assets/.a.js"),
        listing("//a.js"),
        listing("/a.js?b"),
        listing("/a b.js"),
        listing("/a.js\r\nX: y"),
        listing("/a.js", size=-1),
        listing("/a.js", size=2**40),
        listing("/a.js", size="1"),
        listing("/a.js", sha384="AAAA"),
        listing("/a.js", sha384="*" * 64),
        listing("/a.js", more=1),
        changed(files={f"/{number}.js": {"size": 1, "sha384": HASH} for number in range(600)}),
    ],
)
def test_what_is_no_manifest_is_refused(data: bytes) -> None:
    with pytest.raises(ManifestError) as refused:
        parse_manifest(data)
    assert refused.value.reason is Unread.MALFORMED


def test_every_cut_and_every_changed_byte_ends_in_a_manifest_or_the_stated_error() -> None:
    for at in range(len(INSTALLED)):
        for data in (INSTALLED[:at], INSTALLED[:at] + bytes([INSTALLED[at] ^ 0x15]) + INSTALLED[at + 1 :]):
            try:
                manifest = parse_manifest(data)
            except ManifestError:
                continue
            assert manifest.sha384 != parse_manifest(INSTALLED).sha384


def test_size_is_bounded(tmp_path: Path) -> None:
    path = tmp_path / "release.json"
    path.write_bytes(b" " * (MAX_MANIFEST + 1))
    with pytest.raises(ManifestError) as refused:
        read_manifest(path)
    assert refused.value.reason is Unread.TOO_LARGE


@pytest.fixture
def signed(tmp_path: Path) -> tuple[Path, Path]:
    """A manifest with its signature, made by the tool, and the public key."""
    key = Ed25519PrivateKey.generate()
    private, public, manifest = tmp_path / "key.pem", tmp_path / "public.pem", tmp_path / "release.json"
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    manifest.write_bytes(INSTALLED)
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "sign.py"), str(private), str(manifest)], capture_output=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    return manifest, public


def test_a_signature_that_fits_is_taken(signed: tuple[Path, Path]) -> None:
    manifest, public = signed
    assert read_manifest(manifest, public).sha384 == parse_manifest(INSTALLED).sha384
    assert len(manifest.with_name("release.json.sig").read_bytes()) == 64


def other_key(_manifest: Path, public: Path) -> None:
    key = Ed25519PrivateKey.generate().public_key()
    public.write_bytes(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))


def other_kind(_manifest: Path, public: Path) -> None:
    key = generate_private_key(SECP256R1()).public_key()
    public.write_bytes(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))


def other_text(manifest: Path, _public: Path) -> None:
    manifest.write_bytes(INSTALLED + b" ")


def cut_signature(manifest: Path, _public: Path) -> None:
    path = manifest.with_name("release.json.sig")
    path.write_bytes(path.read_bytes()[:63])


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (other_key, Unread.BAD_SIGNATURE),
        (other_text, Unread.BAD_SIGNATURE),
        (cut_signature, Unread.BAD_SIGNATURE),
        (lambda manifest, _: manifest.with_name("release.json.sig").unlink(), Unread.NO_SIGNATURE),
        (lambda _, public: public.unlink(), Unread.BAD_KEY),
        (lambda _, public: public.write_bytes(b"-----BEGIN PUBLIC KEY-----"), Unread.BAD_KEY),
        (other_kind, Unread.BAD_KEY),
        (lambda manifest, _: manifest.unlink(), Unread.MISSING),
    ],
)
def test_anything_else_is_refused(
    signed: tuple[Path, Path], spoil: Callable[[Path, Path], object], reason: Unread
) -> None:
    spoil(*signed)
    with pytest.raises(ManifestError) as refused:
        read_manifest(*signed)
    assert refused.value.reason is reason


@pytest.mark.parametrize("kind", ["another kind", "absent"])
def test_the_tool_signs_with_an_ed25519_key_only(tmp_path: Path, kind: str) -> None:
    private, manifest = tmp_path / "key.pem", tmp_path / "release.json"
    manifest.write_bytes(INSTALLED)
    if kind != "absent":
        key = generate_private_key(SECP256R1())
        private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "sign.py"), str(private), str(manifest)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert not manifest.with_name("release.json.sig").exists()
