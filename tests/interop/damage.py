"""Damage to valid encodings that mostly goes deep: little of it, and more at the front, where everything is decided."""

import random

TOKENS = [
    b"{", b"}", b"[", b"]", b'"', b":", b",", b"null", b"true", b"0", b"-0", b"1.0", b"1e0", b"1e999", b"00", b"01",
    b"9007199254740993", b"18446744073709551616", b"-1", b'"t":', b'"v":1,', b'"t":"ping",', b'"__proto__":{},', b" ",
    b"\n", b"\x00", b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\\u0000", b"\\ud800", b"\\u0074", b"\\/",
    b"A", b"=", b"-", b"_", b"+", b"\xc3\xa9",
]  # fmt: skip


def damaged(rng: random.Random, octets: bytes) -> bytes:
    """Flip, cut, insert and repeat."""
    data = bytearray(octets)
    for _ in range(rng.choice([1, 1, 1, 2, 5])):
        at = rng.randrange((len(data) if rng.random() < 0.5 else min(len(data), 150)) + 1)
        match rng.randrange(6):
            case 0 | 1 | 2 if at < len(data):
                data[at] = rng.choice([data[at] ^ 1 << rng.randrange(8), 0, 1, 0xFF, rng.randrange(256)])
            case 3:
                del data[at : at + rng.randrange(1, 9)]
            case 4:
                data[at:at] = rng.randbytes(rng.randrange(1, 9))
            case _:
                data[at:at] = data[at : at + rng.randrange(40)]
    return bytes(data)


def damaged_text(rng: random.Random, text: bytes) -> bytes:
    """Cut, repeat and put in what parsers of JSON disagree about."""
    data = bytearray(text)
    for _ in range(rng.choice([1, 1, 2, 3])):
        at = rng.randrange(len(data) + 1)
        match rng.randrange(5):
            case 0:
                del data[at : at + rng.randrange(1, 12)]
            case 1 | 2:
                data[at:at] = rng.choice(TOKENS)
            case 3 if at < len(data):
                data[at : at + 1] = rng.choice(TOKENS)
            case _:
                begin = rng.randrange(len(data) + 1)
                data[at:at] = data[begin : begin + rng.randrange(30)]
    return bytes(data)
