"""What a meeting's link gives its holders, and the sealed name of a leaf (spec/keys.md)."""

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from typing import Final, Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA384
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from aparte.core.mls.policy import link_psk_id
from aparte.core.wire.b64 import b64_decode, b64_encode
from aparte.core.wire.limits import DOOR_SIZE, MEETING_SIZE, SEAT_SIZE

SECRET_SIZE: Final = 32
PSK_SIZE: Final = 48
NONCE_SIZE: Final = 12
MAX_NAME_CHARACTERS: Final = 64
MAX_NAME_BYTES: Final = 128
IDENTITY_SIZE: Final = 1 + SEAT_SIZE + NONCE_SIZE + MAX_NAME_BYTES + 16
_VERSION: Final = 1

_LINK: Final = re.compile(r"(https?://[A-Za-z0-9.:\[\]-]+)/m/([A-Za-z0-9_-]{22})#([A-Za-z0-9_-]{43})", re.ASCII)
# Controls, invisible formats, halves of surrogate pairs, line and paragraph separators.
_FORBIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


class KeysError(Exception):
    """A link, name or identity that is not what it should be; the text is the reason alone."""

    def __init__(self, reason: Literal["bad-link", "bad-name", "bad-identity"]) -> None:
        super().__init__(reason)
        self.reason: Final = reason


@dataclass(frozen=True, slots=True, repr=False)
class LinkKeys:
    """What is derived from the link secret: ``door`` (32 bytes), ``psk`` (48), ``psk_id``, ``name_key`` (32)."""

    door: bytes
    psk: bytes
    psk_id: bytes
    name_key: bytes


@dataclass(frozen=True, slots=True, repr=False)
class Link:
    """A meeting's link taken apart: ``https://host[:port]``, meeting id (16 bytes), link secret (32 bytes)."""

    origin: str
    meeting: bytes
    secret: bytes


@dataclass(frozen=True, slots=True)
class Identity:
    """Who holds a leaf: the seat (16 bytes) and the name."""

    seat: bytes
    name: str


def derive_door(secret: bytes) -> bytes:
    """Return what proves the link secret to the server, 32 bytes; the meeting need not exist yet."""
    return derive_from_link(secret, b"aparte/1 door", DOOR_SIZE)


def hash_door(door: bytes) -> bytes:
    """Return what the server keeps of a door, 32 bytes."""
    return hashlib.sha256(door).digest()


def derive_link_keys(secret: bytes, meeting: bytes) -> LinkKeys:
    """Derive everything from a link's secret (32 bytes) and meeting id (16 bytes); ``ValueError`` for other sizes."""
    if len(meeting) != MEETING_SIZE:
        raise ValueError("a meeting id has 16 bytes")
    return LinkKeys(
        door=derive_door(secret),
        psk=derive_from_link(secret, b"aparte/1 psk\0" + meeting, PSK_SIZE),
        psk_id=link_psk_id(meeting),
        name_key=derive_from_link(secret, b"aparte/1 name\0" + meeting, 32),
    )


def build_link(link: Link) -> str:
    """Return the text of a link, the secret in the fragment."""
    return f"{link.origin}/m/{b64_encode(link.meeting)}#{b64_encode(link.secret)}"


def parse_link(text: str) -> Link:
    """Take a link apart; raises ``KeysError(bad-link)``."""
    match = _LINK.fullmatch(text)
    if match is None:
        raise KeysError("bad-link")
    try:
        return Link(match[1], b64_decode(match[2]), b64_decode(match[3]))
    except ValueError:
        raise KeysError("bad-link") from None


def normalise_name(text: str) -> str:
    """Return the name in NFC without blanks around it; raises ``KeysError(bad-name)`` for one that nobody may have."""
    name = unicodedata.normalize("NFC", text)
    kinds = [unicodedata.category(character) for character in name]
    while kinds and kinds[-1].startswith("Z"):
        kinds.pop()
    name = name[: len(kinds)]
    while kinds and kinds[0].startswith("Z"):
        kinds.pop(0)
    name = name[len(name) - len(kinds) :]
    if not 0 < len(name) <= MAX_NAME_CHARACTERS or not _FORBIDDEN.isdisjoint(kinds):
        raise KeysError("bad-name")
    if len(name.encode()) > MAX_NAME_BYTES:
        raise KeysError("bad-name")
    return name


def seal_identity(name_key: bytes, meeting: bytes, seat: bytes, nonce: bytes, name: str) -> bytes:
    """Return the identity of a leaf, 173 bytes; ``nonce`` is 12 fresh random bytes.

    Raises ``KeysError(bad-name)``, and ``ValueError`` for a seat or nonce of another size.
    """
    if len(seat) != SEAT_SIZE or len(nonce) != NONCE_SIZE:
        raise ValueError("a seat has 16 bytes and a nonce 12")
    plaintext = normalise_name(name).encode().ljust(MAX_NAME_BYTES, b"\0")
    sealed = AESGCM(name_key).encrypt(nonce, plaintext, _identity_aad(meeting, seat))
    return bytes([_VERSION]) + seat + nonce + sealed


def open_identity(name_key: bytes, meeting: bytes, identity: bytes) -> Identity:
    """Check and read the identity of a leaf; raises ``KeysError(bad-identity)``."""
    if len(identity) != IDENTITY_SIZE or identity[0] != _VERSION:
        raise KeysError("bad-identity")
    seat = identity[1 : 1 + SEAT_SIZE]
    nonce = identity[1 + SEAT_SIZE : 1 + SEAT_SIZE + NONCE_SIZE]
    sealed = identity[1 + SEAT_SIZE + NONCE_SIZE :]
    try:
        name = AESGCM(name_key).decrypt(nonce, sealed, _identity_aad(meeting, seat)).rstrip(b"\0").decode()
        # A name in any other spelling is one that an honest client never seals.
        if normalise_name(name) != name:
            raise KeysError("bad-identity")
    except (InvalidTag, UnicodeDecodeError, KeysError):
        raise KeysError("bad-identity") from None
    return Identity(seat, name)


def _identity_aad(meeting: bytes, seat: bytes) -> bytes:
    return b"aparte/1 name\0" + meeting + seat


def derive_from_link(secret: bytes, info: bytes, size: int) -> bytes:
    """Return ``size`` bytes derived from a link's secret (32 bytes) for one purpose, which ``info`` names."""
    if len(secret) != SECRET_SIZE:
        raise ValueError("a link secret has 32 bytes")
    return HKDF(SHA384(), size, salt=b"aparte/1 link", info=info).derive(secret)
