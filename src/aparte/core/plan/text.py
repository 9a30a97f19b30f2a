"""Texts that people type into a plan: what may stand in a line, and in several."""

import unicodedata

_BREAKS = frozenset({"Cc", "Cs", "Zl", "Zp"})


def is_line(text: str, most: int) -> bool:
    """Say whether a text is one visible line of at most ``most`` characters (Unicode code points), in NFC."""
    return 0 < len(text) <= most and text.strip() == text and _is_clean(text)


def is_prose(text: str, most: int) -> bool:
    """Say whether a text is nothing, or lines that end in a line feed, of at most ``most`` characters, in NFC."""
    return len(text) <= most and _is_clean(text.replace("\n", ""))


def is_address(text: str) -> bool:
    """Say whether a text is a mail address as we write to: ASCII, one ``@``, no quoting (RFC 5321 section 4.1.2)."""
    name, at, domain = text.rpartition("@")
    labels = domain.split(".")
    return (
        at == "@"
        and 0 < len(name) <= 64
        and len(text) <= 254
        and all(part and set(part) <= _ATOM for part in name.split("."))
        and len(labels) > 1
        and all(
            0 < len(label) <= 63 and set(label) <= _LABEL and label[0] != "-" and label[-1] != "-" for label in labels
        )
    )


_ALPHANUMERIC = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
_ATOM = _ALPHANUMERIC | frozenset("!#$%&'*+-/=?^_`{|}~")
_LABEL = _ALPHANUMERIC | frozenset("-")


def _is_clean(text: str) -> bool:
    """Without control characters, and without what turns the direction of the text around it."""
    return unicodedata.is_normalized("NFC", text) and not any(
        unicodedata.category(letter) in _BREAKS or letter in _TURNING for letter in text
    )


_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
