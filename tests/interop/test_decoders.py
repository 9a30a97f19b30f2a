"""Damaged encodings at every decoder, in three implementations: ours agree to the reason, and each ends at once.

``APARTE_FUZZ=1000000`` tries that many inputs. Where an oracle differs stands in ``LENIENT`` or ``STRICT``. The counts
are left in build/interop/decoders.json.
"""

import json
import os
import random
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest

from aparte.core.mls.message import read_message
from aparte.core.mls.tree import Tree
from tests.e2ee.mls.suites import SUITES
from tests.interop import corpus, crates
from tests.interop.conftest import Crew
from tests.interop.corpus import Corpus
from tests.interop.damage import damaged, damaged_text
from tests.interop.decoders import DECODERS, told
from tests.interop.implementation import Implementation, ask
from tests.interop.process import Process

INPUTS = int(os.environ.get("APARTE_FUZZ", "100000"))
PER_CENT = {
    "message": 40,
    "tree": 10,
    "key_package": 8,
    "leaf": 8,
    "proposal": 8,
    "sframe": 6,
    "header": 6,
    "client": 7,
    "server": 7,
}
BATCH = 500
SLOW = 50_000
"""Microseconds that one input may take."""

LENIENT = {
    ("ts-mls", "M02"): "reads lengths that are not the shortest, and does not mind what stands behind",
    ("ts-mls", "M05"): "takes a proposal of an unknown type for a vector",
    ("ts-mls", "M06"): "keeps credentials of unknown types",
    ("ts-mls", "M07"): "does not count extensions of one type",
    ("mls-rs", "M02"): "does not mind what stands behind a tree",
    ("mls-rs", "M03"): "leaves the version to whoever processes the message",
    ("mls-rs", "M05"): "takes a proposal of an unknown type for a vector",
    ("mls-rs", "M06"): "keeps credentials of unknown types",
}
"""What an oracle reads and we refuse, by our rule; what breaks M02 it must not write again as it was."""
STRICT = {"mls-rs": "mls codec error: 6"}
"""What an oracle refuses and we read: mls-rs leaves from 2^30 on. For ts-mls see ``has_unknown_numbers``."""


@pytest.fixture(scope="module")
def valid(official_vectors: Callable[[str], Path]) -> Corpus:
    """Return valid encodings by decoder."""
    found = corpus.walked()
    for kind, octets in corpus.official(official_vectors("mls")).items():
        found[kind] += octets
    return found | corpus.taken_apart(found["message"], found["tree"]) | corpus.of_ours()


def decode(by: Implementation, kind: str, items: Sequence[bytes]) -> list[str]:
    """Decode, and check that no single input takes long; what seems to is tried again, as machines are busy."""
    answer = ask(by, do="decode", kind=kind, items=[item.hex() for item in items], limit=SLOW)
    for index in answer["slow"]:
        tries = (ask(by, do="decode", kind=kind, items=[items[index].hex()], limit=SLOW)["slow"] for _ in range(5))
        assert not all(tries), f"{by.name} takes more than {SLOW} µs for a {kind}: {items[index].hex()}"
    decoded: list[str] = answer["items"]
    return decoded


def same(kind: str, one: str, other: str) -> bool:
    """Say whether our two answers agree: a JSON object has no order."""
    if one == other:
        return True
    if one[0] == other[0] == "=" and kind in ("client", "server"):
        texts: list[Any] = [json.loads(bytes.fromhex(said[1:])) for said in (one, other)]
        return bool(texts[0] == texts[1])
    # JSON.parse reads lone surrogates and numbers beyond all doubles; both refuse the message, for another reason.
    return kind in ("client", "server") and one == "malformed" and other in ("unknown-kind", "bad-version")


def has_unknown_numbers(kind: str, item: bytes) -> bool:
    """Say whether there is a version or suite that nobody implements: ts-mls reads nothing that has one."""
    value: Any = Tree.decode(SUITES[1].public, item).nodes if kind == "tree" else read_message(item, 1 << 22)
    return any(number not in (range(1, 8) if name.startswith("suite") else [1]) for name, number in numbers(value))


def numbers(value: Any) -> Iterator[tuple[str, int]]:
    """Give every version and suite in a message, with what it is called."""
    if isinstance(value, tuple):
        for one in value:
            yield from numbers(one)
    elif is_dataclass(value):
        for one in fields(value):
            held = getattr(value, one.name)
            if one.name in ("version", "versions", "suite", "suites"):
                yield from ((one.name, number) for number in (held if isinstance(held, tuple) else [held]))
            else:
                yield from numbers(held)


def difference(by: str, kind: str, item: bytes, ours: str, theirs: str) -> str | None:
    """Name a difference that is known, or return nothing: why an oracle refuses is its own affair."""
    read, reads = ours[0] == "=", theirs[0] == "="
    if not (read or reads) or ours == theirs:
        return None
    if read and reads:
        # It takes a proposal that it cannot read for one of an unknown type, and loses what follows.
        assert by == "ts-mls", f"{by} writes {item.hex()} as {theirs}"
        assert has_unknown_numbers(kind, item), f"{by} writes {item.hex()} as {theirs}"
        return f"{by} loses something"
    if reads:
        assert (by, ours) in LENIENT, f"{by} reads what is {ours} to us: {item.hex()}"
        assert ours != "M02" or theirs[1:] != item.hex(), f"{by} sees nothing wrong in {item.hex()}"
        return f"{by} reads {ours}"
    known = STRICT[by] in theirs if by == "mls-rs" else has_unknown_numbers(kind, item)
    assert known, f"{by} refuses what we read: {theirs}, {item.hex()}"
    return f"{by} refuses"


@pytest.mark.promise("P19")
@pytest.mark.promise("P3")
def test_damaged_encodings(crew: Crew, valid: Corpus) -> None:
    """Ours agree to the reason and have one spelling; the oracles differ only where it is known.

    100,000 inputs by default, each to both of ours.
    """
    python, typescript = crew("python", "typescript")
    oracles = crew("ts-mls", "mls-rs") if _has_cargo() else crew("ts-mls")
    rng, tried, read, other = random.Random(19), Counter[str](), Counter[str](), Counter[str | None]()
    for kind, share in PER_CENT.items():
        harm = damaged_text if kind in ("client", "server") else damaged
        for _ in range(-(-INPUTS * share // (100 * BATCH))):
            items = [harm(rng, rng.choice(valid[kind])) for _ in range(BATCH)]
            ours, theirs = decode(python, kind, items), decode(typescript, kind, items)
            for item, one, another in zip(items, ours, theirs, strict=True):
                assert same(kind, one, another), f"{kind} {item.hex()}: {one} in Python, {another} in TypeScript"
                if kind not in ("sframe", "header", "client", "server"):
                    assert one[0] != "=" or one[1:] == item.hex(), f"{kind} has two spellings: {item.hex()}"
            tried[kind] += BATCH
            read[kind] += sum(one[0] == "=" for one in ours)
            for oracle in oracles if kind in ("message", "tree") else []:
                for item, one, another in zip(items, ours, decode(oracle, kind, items), strict=True):
                    found = difference(oracle.name, kind, item, one, another)
                    other[found] += found is not None
    assert tried.total() >= INPUTS
    assert min(read[kind] for kind in PER_CENT) > 0
    report = crates.BUILD / "decoders.json"
    report.parent.mkdir(parents=True, exist_ok=True)
    report.write_text(json.dumps({"inputs": tried, "read": read, "differences": +other}, indent=1) + "\n")


def _has_cargo() -> bool:
    try:
        crates.build()
    except crates.NoCargo:
        return os.environ.get("CI") == "true"
    return True


@pytest.mark.promise("P19")
def test_valid_encodings(crew: Crew, valid: Corpus) -> None:
    """What is sound is read by everybody, and written again as it was."""
    for kind, items in valid.items():
        implementations = crew("python", "typescript") + (crew("ts-mls") if kind in ("message", "tree") else [])
        for one in implementations:
            for item, said in zip(items, decode(one, kind, items), strict=True):
                assert said[0] == "=", f"{one.name} refuses a {kind}: {said}, {item.hex()}"
                assert said[1:] == item.hex() or kind in ("header", "client", "server")


def large() -> list[bytes]:
    """As large as a commit may be, and made to be costly: many small things, or one that claims to be large."""
    size = 1 << 18
    fills = [b"\0", b"\1", b"\1\1\0\0", b"\2\0", b"\x40\x41", b"[", b'{"t":']
    filled = [(fill * size)[:size] for fill in fills]
    vectors = [(0x8000_0000 + size).to_bytes(4) + octets for octets in filled[:5]]
    commit = b"\0\1\0\1\0" + bytes(8) + b"\1\0\0\0\0\0\3"
    return filled + vectors + [commit + octets for octets in vectors]


@pytest.mark.promise("P19")
@pytest.mark.parametrize("kind", ["message", "tree", "proposal", "client", "server"])
def test_large_ones_end_at_once_and_keep_nothing(crew: Crew, kind: str) -> None:
    python, typescript = crew("python", "typescript")
    assert isinstance(typescript, Process)
    answers = decode(python, kind, large())
    for item in large():
        tracemalloc.start()
        told(DECODERS[kind], item)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 64 << 20, f"{peak} octets for a {kind} of {len(item)}: {item[:16].hex()}"
    before = typescript.peak()
    assert decode(typescript, kind, large()) == answers
    assert typescript.peak() - before < 256 << 20
