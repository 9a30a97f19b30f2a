"""Login names: one spelling each, so that two accounts cannot look alike by case or by composed characters."""

import unicodedata
from typing import Final

MOST_CHARACTERS: Final = 254
"""Of a login name, as of an e-mail address (RFC 5321)."""


def normal_login(text: str) -> str:
    """The one spelling of an e-mail-like login name (NFKC, case folded).

    Raises ``ValueError`` when it is none: one ``@`` with something on both sides, and only letters, digits, marks,
    punctuation and symbols beside it.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    local, at, domain = folded.partition("@")
    if not local or not at or not domain or "@" in domain or len(folded) > MOST_CHARACTERS:
        raise ValueError("not a login name")
    if any(unicodedata.category(character)[0] in "ZC" for character in folded):
        raise ValueError("not a login name")
    return folded


def is_shown_plainly(text: str, most: int) -> bool:
    """Whether a name or a label is at most so long and has nothing in it that hides, breaks lines or turns writing."""
    return len(text) <= most and not any(unicodedata.category(c)[0] == "C" or c in "\u2028\u2029" for c in text)
