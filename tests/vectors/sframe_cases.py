"""The vectors of spec/vectors/sframe: what SFrame's own vectors leave open."""

import random
from typing import Any

from aparte.core.wire.header import Header, Stream, build_header
from aparte.e2ee.sframe.cipher import Cipher
from aparte.e2ee.sframe.header import build_sframe_header
from aparte.e2ee.sframe.kid import build_kid, context_of
from aparte.e2ee.sframe.replay import SIZE, ReplayWindow

KEYS = [bytes([number]) * 32 for number in range(1, 8)]


def frame(
    key: bytes,
    leaf: int,
    epoch: int,
    header: Header,
    plaintext: bytes,
    *,
    kid: int | None = None,
    ctr: int | None = None,
) -> bytes:
    """Seal by the bare cipher, so that a vector may break any rule."""
    number = build_kid(context_of(header.stream, header.rendition), leaf, epoch) if kid is None else kid
    return Cipher(key, number).encrypt(header.counter if ctr is None else ctr, build_header(header), plaintext)


def sound(counter: int) -> Header:
    """Give the header of a sound frame."""
    return Header(Stream.SOUND, 0, 0, False, False, 0, counter)


def picture(counter: int, rendition: int = 0, temporal: int = 0, *, key: bool = False, tl0: int = 0) -> Header:
    """Give the header of a camera frame."""
    return Header(Stream.CAMERA, rendition, temporal, key, temporal == 2, tl0, counter)


def frames() -> dict[str, Any]:
    """Give whole messages with everything that went into them."""
    cases = [
        (KEYS[0], 0, 0, Header(Stream.STATE, 0, 0, False, False, 0, 0), b'{"mic":true,"camera":false}'),
        (KEYS[1], 1, 7, sound(7), b"one byte of counter in the config byte"),
        (KEYS[1], 7, 8, sound(8), b"two"),
        (KEYS[2], 255, 255, picture(0, key=True), b""),
        (KEYS[2], 256, 256, picture(255, 1, 1, tl0=200), bytes(range(256))),
        (KEYS[3], 65_535, 2**53 - 1, picture(256, 2, 2, tl0=255), b"\xff" * 33),
        (KEYS[3], 3, 300, picture(2**32 - 1, 2, 0, tl0=1), b"the last counter"),
    ]
    return {
        "frames": [
            {
                "base_key": key.hex(),
                "leaf": leaf,
                "epoch": str(epoch),
                "stream": int(header.stream),
                "rendition": header.rendition,
                "temporal": header.temporal,
                "key": header.key,
                "discardable": header.discardable,
                "tl0": header.tl0,
                "counter": header.counter,
                "kid": str(build_kid(context_of(header.stream, header.rendition), leaf, epoch)),
                "plaintext": plaintext.hex(),
                "message": frame(key, leaf, epoch, header, plaintext).hex(),
            }
            for key, leaf, epoch, header, plaintext in cases
        ]
    }


def headers() -> dict[str, Any]:
    """Give SFrame headers that are not the one form of a value."""
    longest = build_sframe_header(2**64 - 1, 2**64 - 1)
    broken = [
        ("empty", ""),
        ("kid cut short", "90"),
        ("counter cut short", "0901"),
        ("longest cut short", longest[:-1].hex()),
        ("kid that fits the config byte", "8007"),
        ("counter that fits the config byte", "0807"),
        ("kid with a leading zero", "9000ff"),
        ("counter with a leading zero", "0a000100"),
    ]
    valid = [(0, 0), (7, 7), (8, 8), (255, 256), (2**32 - 1, 2**32 - 1), (2**64 - 1, 2**64 - 1)]
    return {
        "valid": [{"kid": str(k), "ctr": str(c), "encoded": build_sframe_header(k, c).hex()} for k, c in valid],
        "invalid": [{"why": why, "encoded": encoded} for why, encoded in broken],
    }


def replay() -> dict[str, Any]:
    """Give counters in the order of their coming, and which are accepted."""
    edge = [0, 0, 1, SIZE, SIZE, 0, 1, 2, SIZE + 1, 2, 3, SIZE * 3, SIZE * 2, SIZE * 2 + 1, 2**32 - 1, 2**32 - 1, 5]
    rng = random.Random(9605)
    jumble = [max(0, at + rng.randrange(-200, 20)) for at in range(0, 2_000, 5)]
    runs = []
    for counters in (edge, jumble):
        window = ReplayWindow()
        runs.append({"counters": counters, "accepted": [window.accept(counter) for counter in counters]})
    return {"about": f"a window of {SIZE}", "runs": runs}


def opening() -> dict[str, Any]:
    """Give one receiver's day: epochs that come, frames that open and frames that do not."""
    steps: list[dict[str, Any]] = []

    def rekey(key: bytes, epoch: int, members: list[int], now_ms: int) -> None:
        steps.append(
            {
                "do": "rekey",
                "base_key": key.hex(),
                "epoch": str(epoch),
                "own_leaf": 0,
                "members": members,
                "now_ms": now_ms,
            }
        )

    def opens(why: str, message: bytes, leaf: int, plaintext: bytes, now_ms: int) -> None:
        steps.append(
            {
                "do": "open",
                "why": why,
                "message": message.hex(),
                "now_ms": now_ms,
                "leaf": leaf,
                "plaintext": plaintext.hex(),
            }
        )

    def refuses(why: str, message: bytes, reason: str, now_ms: int) -> None:
        steps.append({"do": "open", "why": why, "message": message.hex(), "now_ms": now_ms, "reason": reason})

    def flipped(message: bytes, at: int, bit: int = 0) -> bytes:
        changed = bytearray(message)
        changed[at] ^= 1 << bit
        return bytes(changed)

    first = frame(KEYS[0], 1, 254, sound(0), b"first")
    refuses("before any epoch", first, "unknown-epoch", 0)
    rekey(KEYS[0], 254, [0, 1, 2], 0)
    opens("the first frame", first, 1, b"first", 10)
    refuses("the same again", first, "replayed", 11)
    later = frame(KEYS[0], 1, 254, sound(9), b"later")
    refuses("changed last byte", flipped(later, -1), "not-authentic", 12)
    refuses("changed ciphertext", flipped(later, 14), "not-authentic", 12)
    refuses("cut short", later[:-1], "not-authentic", 12)
    refuses("under the shortest", later[:24], "malformed", 12)
    refuses("changed header: its counter", flipped(later, 7), "counter-mismatch", 12)
    refuses("changed header: a camera frame", flipped(flipped(later, 1, 4), 1, 5), "wrong-context", 12)
    refuses("changed header: tl0 of sound", flipped(later, 3), "malformed", 12)
    refuses("changed header: version", flipped(later, 0, 5), "malformed", 12)
    opens("after all of that, unchanged", later, 1, b"later", 13)
    opens("overtaken", frame(KEYS[0], 1, 254, sound(5), b"overtaken"), 1, b"overtaken", 14)
    refuses("overtaken again", frame(KEYS[0], 1, 254, sound(5), b"overtaken"), "replayed", 15)
    far = frame(KEYS[0], 1, 254, sound(11 + SIZE), b"far ahead")
    opens("far ahead", far, 1, b"far ahead", 16)
    refuses("behind the window", frame(KEYS[0], 1, 254, sound(11), b"behind"), "replayed", 17)
    opens("just inside the window", frame(KEYS[0], 1, 254, sound(12), b"inside"), 1, b"inside", 18)
    opens("another context counts for itself", frame(KEYS[0], 1, 254, picture(0, key=True), b"i"), 1, b"i", 19)
    refuses("changed layer", flipped(frame(KEYS[0], 1, 254, picture(1, tl0=1), b"p"), 1), "not-authentic", 19)
    refuses("changed key flag", flipped(frame(KEYS[0], 1, 254, picture(1, tl0=1), b"p"), 2), "not-authentic", 19)
    refuses("changed tl0", flipped(frame(KEYS[0], 1, 254, picture(1, tl0=1), b"p"), 3), "not-authentic", 19)
    refuses("of ourselves", frame(KEYS[0], 0, 254, sound(0), b"me"), "own-frame", 20)
    refuses("of no member", frame(KEYS[0], 3, 254, sound(0), b"ghost"), "not-a-member", 21)
    refuses("under another key", frame(KEYS[6], 2, 254, sound(0), b"forged"), "not-authentic", 22)
    opens("that forgery marked nothing", frame(KEYS[0], 2, 254, sound(0), b"true"), 2, b"true", 23)
    long_kid = build_kid(0x10, 2, 254) | 1 << 32
    refuses("kid of 33 bits", frame(KEYS[0], 2, 254, sound(1), b"x", kid=long_kid), "malformed", 24)
    other = build_kid(0x20, 2, 254)
    refuses("kid of another context", frame(KEYS[0], 2, 254, sound(1), b"x", kid=other), "wrong-context", 25)
    refuses("another counter inside", frame(KEYS[0], 2, 254, sound(1), b"x", ctr=2), "counter-mismatch", 26)
    ahead = frame(KEYS[1], 1, 255, sound(200), b"ahead")
    refuses("the commit is still on its way", ahead, "future-epoch", 27)
    refuses("16 epochs ahead", frame(KEYS[1], 1, 254 + 16, sound(201), b"x"), "future-epoch", 27)
    refuses("17 epochs ahead", frame(KEYS[1], 1, 254 + 17, sound(201), b"x"), "unknown-epoch", 27)
    refuses("of the epoch before we came", frame(KEYS[1], 1, 253, sound(200), b"x"), "unknown-epoch", 27)
    rekey(KEYS[1], 255, [0, 1, 3], 10_000)
    opens("held, and now", ahead, 1, b"ahead", 10_001)
    late = frame(KEYS[0], 1, 254, sound(150), b"late")
    opens("of the epoch before", late, 1, b"late", 10_002)
    refuses("of the epoch before, again", late, "replayed", 10_003)
    refuses("replayed under the new epoch's name", _renamed(late, 1, 255), "not-authentic", 10_003)
    refuses("of somebody removed, old key", frame(KEYS[0], 2, 254, sound(1), b"x"), "not-a-member", 10_004)
    refuses("of somebody new, old key", frame(KEYS[0], 3, 254, sound(1), b"x"), "not-a-member", 10_005)
    opens("of somebody new", frame(KEYS[1], 3, 255, sound(0), b"new"), 3, b"new", 10_006)
    rekey(KEYS[2], 256, [0, 1, 2, 3], 11_000)
    refuses("the removed leaf is another's now", frame(KEYS[0], 2, 254, sound(2), b"x"), "not-a-member", 11_001)
    opens("two epochs back", frame(KEYS[0], 1, 254, sound(151), b"two back"), 1, b"two back", 12_999)
    refuses("3 s after its end", frame(KEYS[0], 1, 254, sound(152), b"x"), "unknown-epoch", 13_000)
    opens("one back", frame(KEYS[1], 1, 255, sound(201), b"one back"), 1, b"one back", 13_999)
    refuses("3 s after its end", frame(KEYS[1], 1, 255, sound(202), b"x"), "unknown-epoch", 14_000)
    opens("the epoch in force has no end", frame(KEYS[2], 1, 256, sound(203), b"now"), 1, b"now", 9_000_000)
    return {"about": "one opener, step by step; own leaf 0; times in ms", "steps": steps}


def _renamed(message: bytes, leaf: int, epoch: int) -> bytes:
    """Give a sound message with the KID of another epoch; both KIDs have the same length."""
    kid = build_kid(0x10, leaf, epoch).to_bytes(4)
    return message[:9] + kid + message[13:]
