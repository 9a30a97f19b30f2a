"""``aparte verify-web`` as a process: exit codes, words, JSON, and a manifest of one's own with its signature."""

import asyncio
import json
import shutil
import ssl
import sys
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from aparte.release.delivery import PAGES
from tests.release.liar import Change, flip, liar
from tests.server.conftest import Running, secure, start

__all__ = ["secure", "start"]

MANIFEST = PAGES / "release.json"
[SCRIPT] = [path for path in json.loads(MANIFEST.read_text())["files"] if path.endswith(".js")]


async def verify_web(*arguments: str | Path) -> tuple[int, str, str]:
    """Exit code and both outputs."""
    pipe = asyncio.subprocess.PIPE
    command = [sys.executable, "-m", "aparte.cli", "verify-web", *map(str, arguments)]
    process = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe)
    out, err = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


def ca(server: Running) -> Path:
    assert server.server.certificate is not None
    return server.server.certificate


def lying(server: Running, change: Change) -> AbstractAsyncContextManager[int]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(ca(server), ca(server).with_name("key.pem"))
    return liar(server.port, change, context, server.tls)


@pytest.mark.shows("B24")
@pytest.mark.promise("P24")
async def test_a_server_that_delivers_the_release(secure: Running) -> None:
    code, out, errors = await verify_web(secure.url, "--ca", ca(secure))
    assert (code, errors) == (0, "")
    assert "the same, byte for byte" in out
    assert "can give other visitors something else" in out
    code, out, errors = await verify_web(secure.url, "--ca", ca(secure), "--json")
    assert (code, errors) == (0, "")
    report = json.loads(out)
    assert (report["same"], report["differences"], report["signed"]) == (True, [], False)
    assert report["conditions"] == ["plain", "browser"]
    assert {"/", "/index.html", "/release.json", SCRIPT} < set(report["paths"])


@pytest.mark.promise("P24")
async def test_a_server_that_delivers_something_else(secure: Running) -> None:
    async with lying(secure, flip(SCRIPT, 1000)) as port:
        url = f"https://localhost:{port}"
        code, out, errors = await verify_web(url, "--ca", ca(secure))
        assert (code, errors) == (1, "")
        assert f"Differs   {SCRIPT}  changed: " in out
        assert "from byte 1000 on" in out
        assert "Result    differs" in out
        code, out, _ = await verify_web(url, "--ca", ca(secure), "--json")
        assert code == 1
        [difference] = json.loads(out)["differences"]
        assert (difference["path"], difference["kind"]) == (SCRIPT, "changed")
        assert difference["conditions"] == ["plain", "browser"]


async def test_what_cannot_be_checked_is_said_in_one_line(secure: Running, tmp_path: Path) -> None:
    for arguments, words, reason in (
        ([secure.url], "not trusted", "not-trusted"),
        (["https://localhost:1"], "cannot be reached", "unreachable"),
        (["http://localhost:8080"], "has to be https://", "not-https"),
        ([secure.url, "--manifest", str(tmp_path / "none.json")], "no manifest", "manifest-missing"),
        ([secure.url, "--manifest", str(MANIFEST), "--key", "none.pem"], "no signature", "signature-missing"),
    ):
        code, out, errors = await verify_web(*arguments, "--json")
        assert (code, json.loads(out)) == (2, {"same": None, "error": reason})
        assert words in errors
        assert errors.count("\n") == 1
    code, out, errors = await verify_web("https://localhost:1")
    assert (code, out, errors.count("\n")) == (2, "", 1)


@pytest.fixture
def signed(tmp_path: Path) -> tuple[Path, Path]:
    """A copy of the installed manifest with its signature, and the public key."""
    manifest, public = tmp_path / "release.json", tmp_path / "public.pem"
    shutil.copy(MANIFEST, manifest)
    key = Ed25519PrivateKey.generate()
    public.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    manifest.with_name("release.json.sig").write_bytes(key.sign(manifest.read_bytes()))
    return manifest, public


@pytest.mark.promise("P24")
async def test_a_manifest_of_ones_own_and_its_signature(secure: Running, signed: tuple[Path, Path]) -> None:
    manifest, public = signed
    options: list[str | Path] = ["--ca", ca(secure), "--manifest", manifest, "--key", public]
    code, out, _ = await verify_web(secure.url, *options)
    assert code == 0
    assert "manifest signed with the given key" in out
    with manifest.open("a") as file:
        file.write("\n")
    code, out, errors = await verify_web(secure.url, *options)
    assert (code, out) == (2, "")
    assert "signature was not made with this key" in errors


async def test_the_command_loads_neither_the_server_nor_what_could_decrypt() -> None:
    check = (
        "import sys, aparte.cli.verify_web;"
        "assert not [name for name in sys.modules if name.startswith(('aparte.server', 'aparte.e2ee', 'aparte.store'))]"
    )
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", check)
    assert await process.wait() == 0
