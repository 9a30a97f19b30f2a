"""What a meeting's link gives its holders, and the sealed name of a leaf (spec/keys.md)."""

import hashlib
import re
from dataclasses import dataclass
from typing import Final, Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA384
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from aparte.core.policy import names
from aparte.core.policy.meeting import link_psk_id
from aparte.core.policy.person import SEALED_SIZE, Person
from aparte.core.wire.b64 import b64_decode, b64_encode
from aparte.core.wire.limits import DOOR_SIZE, MEETING_SIZE

SECRET_SIZE: Final = 32
PSK_SIZE: Final = 48
NONCE_SIZE: Final = 12
_LINK: Final = re.compile(r"(https?://[A-Za-z0-9.:\[\]-]+)/m/([A-Za-z0-9_-]{22})#([A-Za-z0-9_-]{43})", re.ASCII)


class KeysError(Exception):
    """A link, name or identity that is not what it should be; the text is the reason alone."""

    def __init__(self, reason: Literal["bad-link", "bad-name", "bad-identity"]) -> None:
        super().__init__(reason)
        self.reason: Final = reason


@dataclass(frozen=True, slots=True, repr=False)
class LinkKeys:
    """What is derived from the link secret.

    ``door`` (32 bytes), ``psk`` (48), ``psk_id``, ``name_key`` (32), ``charter_key`` (32).
    """

    door: bytes
    psk: bytes
    psk_id: bytes
    name_key: bytes
    charter_key: bytes


@dataclass(frozen=True, slots=True, repr=False)
class Link:
    """A meeting's link taken apart: ``https://host[:port]``, meeting id (16 bytes), link secret (32 bytes)."""

    origin: str
    meeting: bytes
    secret: bytes


@dataclass(frozen=True, slots=True)
class Identity:
    """Who holds a leaf: what it says in clear, and the name and label that are sealed."""

    person: Person
    name: str
    label: str


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
        charter_key=derive_from_link(secret, b"aparte/1 charter\0" + meeting, 32),
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
    try:
        return names.normalise_name(text)
    except ValueError:
        raise KeysError("bad-name") from None


def seal_name(
    name_key: bytes, meeting: bytes, seat: bytes, person_key: bytes, nonce: bytes, name: str, label: str
) -> bytes:
    """Return name and label as they stand sealed in a leaf, 220 bytes; ``nonce`` is 12 fresh random bytes.

    Raises ``KeysError(bad-name)``, and ``ValueError`` for a nonce of another size or a label that nobody may have.
    """
    if len(nonce) != NONCE_SIZE:
        raise ValueError("a nonce has 12 bytes")
    plaintext = names.padded(normalise_name(name), names.normalise_label(label))
    return nonce + AESGCM(name_key).encrypt(nonce, plaintext, _name_aad(meeting, seat, person_key))


def open_identity(name_key: bytes, meeting: bytes, person: Person) -> Identity:
    """Open the name and label of a leaf; raises ``KeysError(bad-identity)``.

    An account is called what its certificate says, and a guest has no label.
    """
    if len(person.sealed) != SEALED_SIZE:
        raise KeysError("bad-identity")
    nonce, sealed = person.sealed[:NONCE_SIZE], person.sealed[NONCE_SIZE:]
    try:
        plaintext = AESGCM(name_key).decrypt(nonce, sealed, _name_aad(meeting, person.seat, person.key))
        name = plaintext[: names.MAX_NAME_BYTES].rstrip(b"\0").decode()
        label = plaintext[names.MAX_NAME_BYTES :].rstrip(b"\0").decode()
        # Any other spelling is one that an honest client never seals.
        usual = names.normalise_name(name) == name and names.normalise_label(label) == label
    except (InvalidTag, ValueError):
        raise KeysError("bad-identity") from None
    certificate = person.certificate
    vouched = not label if certificate is None else certificate.details == names.details_of(name, label)
    if not usual or not vouched:
        raise KeysError("bad-identity")
    return Identity(person, name, label)


def _name_aad(meeting: bytes, seat: bytes, person_key: bytes) -> bytes:
    return b"aparte/1 name\0" + meeting + seat + person_key


def derive_from_link(secret: bytes, info: bytes, size: int) -> bytes:
    """Return ``size`` bytes derived from a link's secret (32 bytes) for one purpose, which ``info`` names."""
    if len(secret) != SECRET_SIZE:
        raise ValueError("a link secret has 32 bytes")
    return HKDF(SHA384(), size, salt=b"aparte/1 link", info=info).derive(secret)
