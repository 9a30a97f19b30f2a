"""Which passwords an account may have: long ones that are not guessed at once. No rule about kinds of characters."""

import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from math import log2
from typing import Final

SHORTEST: Final = 12
LONGEST: Final = 128
"""Characters, after NFC."""
LEAST_STRENGTH: Final = 2

_BITS: Final = (30.0, 45.0, 60.0, 80.0)  # below the first one strength 0, from the last one on 4
_ROWS: Final = ("qwertyuiop", "azertyuiop", "qwertzuiop", "asdfghjkl", "qsdfghjklm", "zxcvbnm", "wxcvbn", "yxcvbnm")
_LEAST_WORD: Final = 3
_FEW: Final = 0.6  # of the characters: fewer new ones than that is a finding


class Flaw(StrEnum):
    """What is wrong with a password, or makes it easier to guess."""

    TOO_SHORT = "too-short"
    TOO_LONG = "too-long"
    TOO_WEAK = "too-weak"
    REPEATS = "repeats"
    SEQUENCE = "sequence"
    CONTAINS_NAME = "contains-name"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Strength from 0 (guessed at once) to 4, what lowers it, and whether it may be used."""

    strength: int
    flaws: tuple[Flaw, ...]
    accepted: bool


def normal_password(password: str) -> str:
    """The spelling (NFC) that is hashed: the same keys give the same password on every device."""
    return unicodedata.normalize("NFC", password)


def judge(password: str, *known: str) -> Verdict:
    """Judge a password; ``known`` are the login and the name of its account."""
    text = normal_password(password)
    if len(text) > LONGEST:
        return Verdict(0, (Flaw.TOO_LONG,), False)
    rest, flaws = _without(text.casefold(), known)
    fresh, found = _fresh(rest)
    flaws += found
    strength = sum(_bits(text, rest, fresh) >= bound for bound in _BITS)
    if strength < LEAST_STRENGTH:
        flaws = [Flaw.TOO_WEAK, *flaws]
    if len(text) < SHORTEST:
        strength, flaws = min(strength, 1), [Flaw.TOO_SHORT, *flaws]
    return Verdict(strength, tuple(flaws), strength >= LEAST_STRENGTH)


def _without(text: str, known: tuple[str, ...]) -> tuple[str, list[Flaw]]:
    """The text with each word that everybody knows of the person as one character."""
    words = {part for one in known for part in _words(one.casefold()) if len(part) >= _LEAST_WORD}
    rest = text
    for word in sorted(words, key=len, reverse=True):
        rest = rest.replace(word, word[0])
    return rest, [Flaw.CONTAINS_NAME] if rest != text else []


def _words(text: str) -> list[str]:
    return "".join(
        character if character.isalnum() else " " for character in unicodedata.normalize("NFC", text)
    ).split()


def _fresh(text: str) -> tuple[int, list[Flaw]]:
    """How many characters do not follow from those before them, and what the others do."""
    seen: set[str] = set()
    fresh = repeated = follows = 0
    for at, character in enumerate(text):
        three = text[max(0, at - 2) : at + 1]
        if (at and character == text[at - 1]) or (len(three) == 3 and three in seen):
            repeated += 1
        elif len(three) == 3 and _is_sequence(three):
            follows += 1
        else:
            fresh += 1
        seen.add(three)
    many = len(text) * (1 - _FEW)
    found = [flaw for flaw, count in ((Flaw.REPEATS, repeated), (Flaw.SEQUENCE, follows)) if count > many]
    return fresh, found


def _is_sequence(three: str) -> bool:
    steps = {ord(three[1]) - ord(three[0]), ord(three[2]) - ord(three[1])}
    return steps in ({1}, {-1}) or any(three in row or three[::-1] in row for row in _ROWS)


def _bits(text: str, rest: str, fresh: int) -> float:
    """An estimate from above: each fresh character is one of its kinds, or of twice as many as there are."""
    if not rest:
        return 0.0
    kinds = (
        (any("a" <= c <= "z" for c in text), 26),
        (any("A" <= c <= "Z" for c in text), 26),
        (any("0" <= c <= "9" for c in text), 10),
        (any(c.isascii() and not c.isalnum() for c in text), 33),
        (not text.isascii(), 100),
    )
    pool = sum(size for present, size in kinds if present)
    return fresh * log2(min(pool, 2 * len(set(rest))))
