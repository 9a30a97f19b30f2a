"""The vectors of spec/vectors/keys: link secret, names, identities, epoch code."""

from dataclasses import replace
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from aparte.core.policy.names import details_of, normalise_label
from aparte.core.policy.person import Certificate, Person, account_content
from aparte.e2ee.keys import Link, build_link, derive_link_keys, hash_door, normalise_name, seal_name
from aparte.e2ee.mls.suite import ed25519_key, sign_ed25519
from aparte.e2ee.person import OwnPerson, SeedKey
from aparte.e2ee.safety import epoch_code, person_code

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
                "charter_key": derived.charter_key.hex(),
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
    labels = ["", "  ", "Aparté GmbH", " Zoe\u0308 ", "x" * 64, "\U0001f984" * 16]
    invalid_labels = [
        ("65 bytes", "x" * 65),
        ("68 bytes", "\U0001f984" * 17),
        ("a line end", "a\nb"),
        ("NUL", "\0"),
        ("zero-width joiner", "a\u200db"),
        ("half a surrogate pair", "a\ud800b"),
    ]
    pairs = [("A", ""), ("Zoë", "Aparté GmbH"), ("x" * 64, "x" * 64), ("\U0001f984" * 32, "\U0001f984" * 16)]
    return {
        "valid": [{"typed": text, "name": normalise_name(text)} for text in typed],
        "invalid": [{"why": why, "typed": text} for why, text in invalid],
        "labels": [{"typed": text, "label": normalise_label(text)} for text in labels],
        "invalid_labels": [{"why": why, "typed": text} for why, text in invalid_labels],
        "details": [{"name": name, "label": label, "details": details_of(name, label).hex()} for name, label in pairs],
    }


SEAT, NONCE = bytes(range(50, 66)), bytes(range(70, 82))
ACCOUNT, UNTIL = b"\xa1" * 16, 1_800_000_000_000


def identity() -> dict[str, Any]:
    """Give the whole identities of leaves, guests' and accounts', and ones whose name nobody may have."""
    secret, meeting = SECRETS[1]
    name_key = derive_link_keys(secret, meeting).name_key
    seed, house, leaf = (bytes([number]) * 32 for number in (1, 2, 3))
    leaf_key, house_key = ed25519_key(leaf), ed25519_key(house)
    key = SeedKey(seed)

    def certified(name: str, label: str) -> Certificate:
        details = details_of(name, label)
        return Certificate(
            ACCOUNT,
            UNTIL,
            details,
            sign_ed25519(house, account_content(key.public, ACCOUNT, UNTIL, details)),
        )

    def own(name: str, label: str, *, is_guest: bool) -> Person:
        who = OwnPerson(key, name, label, None if is_guest else certified(name, label))
        return who.identity(name_key, meeting, SEAT, leaf_key, NONCE)

    valid = []
    for name, label, is_guest in [
        ("A", "", True),
        ("Zoë", "", True),
        ("\U0001f984" * 32, "", True),
        ("Zoë", "", False),
        ("Zoë", "Aparté GmbH", False),
        ("x" * 64, "x" * 64, False),
    ]:
        person = own(name, label, is_guest=is_guest)
        person.verify(meeting, leaf_key, house_key)
        said = {"name": name, "label": label, "is_guest": is_guest}
        valid.append(said | {"sealed": person.sealed.hex(), "identity": person.encoded.hex()})
    guest, account = own("Zoë", "", is_guest=True), own("Zoë", "Aparté GmbH", is_guest=False)
    wrong: dict[str, Person] = {
        "another seat": replace(guest, seat=bytes(16)),
        "another person key": replace(guest, key=ed25519_key(bytes(32))),
        "another nonce": replace(guest, sealed=bytes(12) + guest.sealed[12:]),
        "changed tag": replace(guest, sealed=guest.sealed[:-1] + bytes([guest.sealed[-1] ^ 1])),
        "of another meeting": replace(guest, sealed=seal_name(name_key, bytes(16), SEAT, key.public, NONCE, "Zoë", "")),
        "a guest with a label": replace(account, certificate=None),
        "a name that the house did not say": replace(account, certificate=certified("Zoe", "Aparté GmbH")),
        "a label that the house did not say": replace(account, certificate=certified("Zoë", "Aparté")),
        "no label where the house said one": replace(account, sealed=guest.sealed),
    }
    for why, name_octets, label_octets in _BAD_PLAINTEXTS:
        sealed = _seal_raw(name_key, meeting, key.public, name_octets, label_octets)
        vouched = _certified_raw(house, key.public, name_octets, label_octets)
        wrong[f"{why}, of an account"] = replace(account, sealed=sealed, certificate=vouched)
        if not label_octets:
            wrong[f"{why}, of a guest"] = replace(guest, sealed=sealed)
    return {
        "name_key": name_key.hex(),
        "meeting": meeting.hex(),
        "seat": SEAT.hex(),
        "nonce": NONCE.hex(),
        "person_seed": seed.hex(),
        "person_key": key.public.hex(),
        "leaf_key": leaf_key.hex(),
        "house_key": house_key.hex(),
        "valid": valid,
        "invalid": [{"why": why, "identity": person.encoded.hex()} for why, person in wrong.items()],
    }


_BAD_PLAINTEXTS = [
    ("no name", b"", b""),
    ("blank in front", b" a", b""),
    ("not NFC", "Zoe\u0308".encode(), b""),
    ("not UTF-8", b"\xff", b""),
    ("control character", b"a\x07", b""),
    ("zero byte inside", b"a\0b", b""),
    ("over 64 characters", b"x" * 65, b""),
    ("a label with a blank in front", b"a", b" b"),
    ("a label that is not NFC", b"a", "Zoe\u0308".encode()),
    ("a label that is not UTF-8", b"a", b"\xff"),
    ("a label with a control character", b"a", b"b\x07"),
    ("a label with a zero byte inside", b"a", b"b\0c"),
    ("a label without a name", b"", b"b"),
]


def _padded_raw(name: bytes, label: bytes) -> bytes:
    return name.ljust(128, b"\0") + label.ljust(64, b"\0")


def _seal_raw(name_key: bytes, meeting: bytes, person_key: bytes, name: bytes, label: bytes) -> bytes:
    """Seal what no honest client would."""
    aad = b"aparte/1 name\0" + meeting + SEAT + person_key
    return NONCE + AESGCM(name_key).encrypt(NONCE, _padded_raw(name, label), aad)


def _certified_raw(house: bytes, person_key: bytes, name: bytes, label: bytes) -> Certificate:
    """Certify what no honest house would."""
    details = sha256(_padded_raw(name, label)).digest()
    signature = sign_ed25519(house, account_content(person_key, ACCOUNT, UNTIL, details))
    return Certificate(ACCOUNT, UNTIL, details, signature)


def epoch() -> dict[str, Any]:
    """Give epoch authenticators and person keys, and their codes."""
    authenticators = [bytes(48), bytes(range(48)), b"\xff" * 48]
    persons = [ed25519_key(bytes([number]) * 32) for number in (0, 1, 255)]
    return {
        "codes": [{"epoch_authenticator": value.hex(), "code": epoch_code(value)} for value in authenticators],
        "persons": [{"person_key": value.hex(), "code": person_code(value)} for value in persons],
    }
