"""What a person may be called: the rules of spec/keys.md, and what a certificate says of a name."""

import unicodedata
from hashlib import sha256
from typing import Final

MAX_NAME_CHARACTERS: Final = 64
MAX_NAME_BYTES: Final = 128
MAX_LABEL_BYTES: Final = 64
# Controls, invisible formats, halves of surrogate pairs, line and paragraph separators.
_FORBIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def normalise_name(text: str) -> str:
    """Return a name in NFC without blanks around it; ``ValueError`` for one that nobody may have."""
    name = _trim(unicodedata.normalize("NFC", text))
    if not 0 < len(name) <= MAX_NAME_CHARACTERS or len(name.encode()) > MAX_NAME_BYTES:
        raise ValueError("a name has 1 to 64 characters and at most 128 bytes")
    return name


def normalise_label(text: str) -> str:
    """Return what stands beside a name, or nothing; ``ValueError`` for what may not."""
    label = _trim(unicodedata.normalize("NFC", text))
    if len(label.encode()) > MAX_LABEL_BYTES:
        raise ValueError("a label has at most 64 bytes")
    return label


def padded(name: str, label: str) -> bytes:
    """Return 192 octets: a normal name and label, each filled up with zeros."""
    return name.encode().ljust(MAX_NAME_BYTES, b"\0") + label.encode().ljust(MAX_LABEL_BYTES, b"\0")


def details_of(name: str, label: str) -> bytes:
    """Return what a certificate says of a normal name and label: 32 octets."""
    return sha256(padded(name, label)).digest()


def _trim(text: str) -> str:
    kinds = [unicodedata.category(character) for character in text]
    begin, end = 0, len(text)
    while begin < end and kinds[end - 1].startswith("Z"):
        end -= 1
    while begin < end and kinds[begin].startswith("Z"):
        begin += 1
    if not _FORBIDDEN.isdisjoint(kinds[begin:end]):
        raise ValueError("a character that nobody sees")
    return text[begin:end]
