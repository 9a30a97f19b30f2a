"""The vectors of spec/vectors/keys: link secret, names, identities, epoch code."""

from typing import Any

from aparte.e2ee.keys import Link, build_link, derive_link_keys, hash_door, normalise_name, seal_identity
from aparte.e2ee.safety import epoch_code

SECRETS = [(bytes(32), bytes(16)), (bytes(range(32)), bytes(range(16))), (b"\xff" * 32, b"\xfb" * 16)]
ORIGINS = ["https://meet.example", "http://localhost:8080", "https://[2001:db8::1]:8443"]


def link() -> dict[str, Any]:
    """Give secrets and meetings with all that comes of them, and links that are none."""
    keys = []
    for (secret, meeting), origin in zip(SECRETS, ORIGINS, strict=True):
        derived = derive_link_keys(secret, meeting)
        keys.append(
            {
                "secret": secret.hex(),
                "meeting": meeting.hex(),
                "origin": origin,
                "link": build_link(Link(origin, meeting, secret)),
                "door": derived.door.hex(),
                "door_hash": hash_door(derived.door).hex(),
                "psk": derived.psk.hex(),
                "psk_id": derived.psk_id.hex(),
                "name_key": derived.name_key.hex(),
            }
        )
    good = keys[0]["link"]
    invalid = [
        ("empty", ""),
        ("no secret", good.split("#")[0]),
        ("secret cut short", good[:-1]),
        ("secret too long", good + "A"),
        ("secret with trailing bits", good[:-1] + "B"),
        ("meeting cut short", good.replace("/m/A", "/m/")),
        ("a query", good.replace("#", "?a=b#")),
        ("another path", good.replace("/m/", "/n/")),
        ("another scheme", good.replace("https", "ftp")),
        ("a user name", good.replace("https://", "https://me@")),
        ("a blank behind", good + " "),
        ("a line end behind", good + "\n"),
    ]
    return {"valid": keys, "invalid": [{"why": why, "link": text} for why, text in invalid]}


def names() -> dict[str, Any]:
    """Give names as typed and as they are shown, and names that nobody may have."""
    typed = [
        "A",
        "  Zoë  ",
        "Zoe\u0308",
        "\u3000山田 太郎\u00a0",
        "O'Neil, M.",
        "x" * 64,
        "\U0001f984" * 32,
        "a  b",
        "ﬀ",
    ]
    invalid = [
        ("empty", ""),
        ("blanks alone", " \u00a0\u3000"),
        ("65 characters", "x" * 65),
        ("132 bytes", "\U0001f984" * 33),
        ("a line end", "a\nb"),
        ("a tab behind", "a\t"),
        ("NUL", "a\0b"),
        ("C1 control", "a\u0085b"),
        ("right-to-left override", "a\u202eb"),
        ("zero-width joiner", "a\u200db"),
        ("soft hyphen", "a\u00adb"),
        ("byte order mark behind", "a\ufeff"),
        ("line separator", "a\u2028b"),
        ("half a surrogate pair", "a\ud800b"),
    ]
    return {
        "valid": [{"typed": text, "name": normalise_name(text)} for text in typed],
        "invalid": [{"why": why, "typed": text} for why, text in invalid],
    }


def identity() -> dict[str, Any]:
    """Give sealed identities, and ones that are refused."""
    secret, meeting = SECRETS[1]
    name_key = derive_link_keys(secret, meeting).name_key
    seat, nonce = bytes(range(50, 66)), bytes(range(70, 82))
    valid = []
    for name in ("A", "Zoë", "\U0001f984" * 32):
        sealed = seal_identity(name_key, meeting, seat, nonce, name)
        valid.append({"name": name, "seat": seat.hex(), "nonce": nonce.hex(), "identity": sealed.hex()})
    good = seal_identity(name_key, meeting, seat, nonce, "Zoë")
    other_meeting = seal_identity(name_key, bytes(16), seat, nonce, "Zoë")
    invalid = [
        ("empty", b""),
        ("cut short", good[:-1]),
        ("too long", good + b"\0"),
        ("version 2", b"\2" + good[1:]),
        ("another seat", good[:1] + bytes(16) + good[17:]),
        ("another nonce", good[:17] + bytes(12) + good[29:]),
        ("changed tag", good[:-1] + bytes([good[-1] ^ 1])),
        ("of another meeting", other_meeting),
        *((why, _seal_raw(name_key, meeting, seat, nonce, plain)) for why, plain in _BAD_PLAINTEXTS),
    ]
    return {
        "name_key": name_key.hex(),
        "meeting": meeting.hex(),
        "valid": valid,
        "invalid": [{"why": why, "identity": sealed.hex()} for why, sealed in invalid],
    }


_BAD_PLAINTEXTS = [
    ("no name", b""),
    ("blank in front", b" a"),
    ("not NFC", "Zoe\u0308".encode()),
    ("not UTF-8", b"\xff"),
    ("control character", b"a\x07"),
    ("zero byte inside", b"a\0b"),
    ("over 64 characters", b"x" * 65),
]


def _seal_raw(name_key: bytes, meeting: bytes, seat: bytes, nonce: bytes, plaintext: bytes) -> bytes:
    """Seal what no honest client would."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    aad = b"aparte/1 name\0" + meeting + seat
    return b"\1" + seat + nonce + AESGCM(name_key).encrypt(nonce, plaintext.ljust(128, b"\0"), aad)


def epoch() -> dict[str, Any]:
    """Give epoch authenticators and their codes."""
    authenticators = [bytes(48), bytes(range(48)), b"\xff" * 48]
    return {"codes": [{"epoch_authenticator": value.hex(), "code": epoch_code(value)} for value in authenticators]}
