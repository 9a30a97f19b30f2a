"""What sender attestation costs for each frame, beside sealing and opening it: ``python bench/attest.py``.

The last line is one JSON object: microseconds for one frame by its size in bytes, and for one proof.
"""

import json
import time
from collections.abc import Callable

from aparte.core.wire.header import Stream
from aparte.e2ee.attest.attester import MAX_WAITING, Attester
from aparte.e2ee.attest.proof import derive_check, hash_frame, sign_content
from aparte.e2ee.mls.suite import APARTE
from aparte.e2ee.sframe.opener import Opener
from aparte.e2ee.sframe.sealer import Marks, Sealer

SIZES = [120, 1_200, 4_000, 20_000]
FRAMES = 2_000
ROUNDS = 40
GROUP = bytes(32)


def microseconds(task: Callable[[], object], count: int) -> float:
    """Processor time for one of ``count``: the best of many short rounds, of which a busy machine spoils some."""
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.process_time()
        task()
        best = min(best, time.process_time() - start)
    return round(best / count * 1e6, 2)


def frame(size: int) -> dict[str, float]:
    """What one frame of a size costs at its sender and at a receiver."""
    count = FRAMES if size < 10_000 else FRAMES // 4
    plaintext, marks = bytes(size), Marks()
    sealer = Sealer(Stream.CAMERA)
    sealer.rekey(bytes(32), 1, 1)
    messages = [sealer.seal(marks, plaintext) for _ in range(count)]
    attester = Attester()
    attester.enter(GROUP, 1, 1, bytes(16))

    def seal() -> None:
        for _ in range(count):
            sealer.seal(marks, plaintext)

    def note() -> None:
        for number, message in enumerate(messages):
            attester.add(message)
            if number % MAX_WAITING == 0:
                attester.take()

    def look() -> None:
        for message in messages:
            hash_frame(message)

    def open_all() -> None:
        opener = Opener()
        opener.rekey(bytes(32), 1, 0, [0, 1], 0.0)
        for message in messages:
            opener.open(message, 0.0)

    sealing, noting = microseconds(seal, count), microseconds(note, count)
    opening, hashing = microseconds(open_all, count), microseconds(look, count)
    return {
        "seal": sealing,
        "note": noting,
        "note_to_seal": round(noting / sealing, 2),
        "open": opening,
        "hash": hashing,
        "hash_to_open": round(hashing / opening, 2),
    }


def proof() -> dict[str, float]:
    """What one proof costs: signed once by its sender, verified once by each receiver."""
    key = bytes(range(32))
    public = APARTE.signature_key(key)
    content = sign_content(GROUP, 1, derive_check(bytes(48)) * 50)
    signature = APARTE.sign(key, content)

    def verify() -> None:
        for _ in range(500):
            APARTE.public.verify(public, signature, content)

    return {
        "sign": microseconds(lambda: [APARTE.sign(key, content) for _ in range(500)], 500),
        "verify": microseconds(verify, 500),
    }


def main() -> None:
    """Measure and print."""
    figures: dict[str, dict[str, float]] = {}
    for size in SIZES:
        figures[str(size)] = frame(size)
        print(f"{size:6} bytes: {figures[str(size)]}", flush=True)
    figures["proof"] = proof()
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
