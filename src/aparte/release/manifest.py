"""The manifest of a release: every file that its pages consist of, with size and hash (spec/pages.md)."""

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from msgspec import Meta

from aparte.release.delivery import ENTRY, MANIFEST

MAX_MANIFEST: Final = 262_144
MAX_FILES: Final = 500
MAX_FILE: Final = 16_777_216

# Path segments that begin with a letter, digit or underscore: none of them leads upwards.
_Path = Annotated[str, Meta(max_length=200, pattern=r"^(?:/[A-Za-z0-9_][A-Za-z0-9_.-]*)+\Z")]
_Hash = Annotated[bytes, Meta(min_length=48, max_length=48)]


class Unread(StrEnum):
    """Why there is no manifest to compare with."""

    MISSING = "manifest-missing"
    TOO_LARGE = "manifest-too-large"
    MALFORMED = "manifest-malformed"
    NO_SIGNATURE = "signature-missing"
    BAD_KEY = "key-malformed"
    BAD_SIGNATURE = "signature-wrong"


class ManifestError(Exception):
    """The manifest cannot be used; ``reason`` is stable."""

    def __init__(self, reason: Unread) -> None:
        super().__init__(reason)
        self.reason = reason


class File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Size in bytes and SHA-384 of one file."""

    size: Annotated[int, Meta(ge=0, le=MAX_FILE)]
    sha384: _Hash

    def matches(self, content: bytes) -> bool:
        """Whether this is the content of the file."""
        return len(content) == self.size and hashlib.sha384(content).digest() == self.sha384


class _Built(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    node: Annotated[str, Meta(max_length=40)]
    vite: Annotated[str, Meta(max_length=40)]
    lock: _Hash


class _Form(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    format: Literal[1]
    version: Annotated[str, Meta(max_length=40, pattern=r"^[0-9A-Za-z.+-]+\Z")]
    built: _Built
    files: Annotated[dict[_Path, File], Meta(min_length=1, max_length=MAX_FILES)]


@dataclass(frozen=True, slots=True)
class Manifest:
    """``files`` by their path on the server, the manifest itself included."""

    version: str
    sha384: bytes
    files: dict[str, File]


def parse_manifest(data: bytes) -> Manifest:
    """Read a manifest. Raises ``ManifestError``."""
    if len(data) > MAX_MANIFEST:
        raise ManifestError(Unread.TOO_LARGE)
    try:
        form = msgspec.json.decode(data, type=_Form)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ManifestError(Unread.MALFORMED) from error
    if ENTRY not in form.files or MANIFEST in form.files:
        raise ManifestError(Unread.MALFORMED)
    digest = hashlib.sha384(data).digest()
    return Manifest(form.version, digest, {**form.files, MANIFEST: File(len(data), digest)})


def read_manifest(path: Path, key: Path | None = None) -> Manifest:
    """Read a manifest file; with a key, its signature in ``path`` + ``.sig`` has to fit. Raises ``ManifestError``.

    The key is an Ed25519 public key in PEM, the signature the 64 bytes of RFC 8032 over the bytes of the file.
    """
    data = _read(path, Unread.MISSING)
    if key is not None:
        _verify(data, _read(path.with_name(f"{path.name}.sig"), Unread.NO_SIGNATURE), _read(key, Unread.BAD_KEY))
    return parse_manifest(data)


def _verify(data: bytes, signature: bytes, pem: bytes) -> None:
    try:
        key = load_pem_public_key(pem)
    except ValueError as error:
        raise ManifestError(Unread.BAD_KEY) from error
    if not isinstance(key, Ed25519PublicKey):
        raise ManifestError(Unread.BAD_KEY)
    try:
        key.verify(signature, data)
    except InvalidSignature as error:
        raise ManifestError(Unread.BAD_SIGNATURE) from error


def _read(path: Path, missing: Unread) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_MANIFEST + 1)
    except OSError as error:
        raise ManifestError(missing) from error
    return data
