"""Which seeds are walked, and who takes part in them: two that follow each other have one crew.

``APARTE_WALKS=400x100`` walks 400 seeds of 100 steps instead, in each suite and with ours alone.
``APARTE_WALK=17`` walks seed 17 alone, and ``APARTE_WALK=17:42`` no further than step 42.
"""

import os
from collections import Counter
from collections.abc import Sequence

import pytest

from tests.interop.conftest import Crew
from tests.interop.delivery import Disagreement
from tests.interop.holes import may
from tests.interop.walk import Walk

ALL = ("python", "typescript", "ts-mls", "mls-rs")
_OTHERS = (("python", "mls-rs"), ("typescript", "mls-rs"), ("python", "typescript", "mls-rs"))
OPEN = (ALL, *_OTHERS, *_OTHERS, *_OTHERS)
"""Crews of suite 1 in turn: everybody in one seed of ten, as ts-mls takes as long as all others together."""
MEETING = _OTHERS
"""Crews of the meeting suite in turn: ts-mls does not have it."""

COMMITS = ("add", "remove", "refresh", "psk", "extensions", "reference", "sealed")


def asked(seeds: int, steps: int) -> tuple[Sequence[int], int]:
    """Return the seeds and the number of steps that are asked for."""
    if one := os.environ.get("APARTE_WALK"):
        seed, _, most = one.partition(":")
        return [int(seed)], int(most or steps)
    if many := os.environ.get("APARTE_WALKS"):
        seeds, steps = (int(number) for number in many.split("x"))
    return range(seeds), steps


def open_walk(crew: Crew, remainder: int) -> None:
    """Walk half of 200 seeds of suite 1, the even or the odd ones: they stand in two files, for two processors."""
    seeds, steps = asked(200, 100)
    done = walk(Walk, crew, OPEN, [seed for seed in seeds if seed % 2 == remainder], steps)
    complete(done, ALL, (*COMMITS, "join", "resync", "is welcomed", "loses", "comes late", "catches up", "talks"))
    complete(done, ("python", "typescript"), ("update", "path", "proposes update", "proposes remove", "hears late"))


def walk(
    kind: type[Walk], crew: Crew, crews: Sequence[Sequence[str]], seeds: Sequence[int], steps: int
) -> Counter[tuple[str, str]]:
    """Walk with the crew of each pair of seeds, and return who did what how often."""
    done: Counter[tuple[str, str]] = Counter()
    for seed in seeds:
        # Small groups go through many shapes, large ones through deep trees.
        history = kind(seed, crew(*crews[seed // 2 % len(crews)]), 2 + seed // (2 * len(crews)) % 4)
        try:
            for _ in range(steps):
                history.step()
        except Disagreement as failure:
            test = os.environ["PYTEST_CURRENT_TEST"].split()[0]
            pytest.fail(f"{failure}\nagain: APARTE_WALK={seed}:{history.taken} pytest {test}")
        done += history.done
    return done


def complete(done: Counter[tuple[str, str]], crew: Sequence[str], deeds: Sequence[str]) -> None:
    """Check that everybody did everything that it can, unless fewer walks were asked for."""
    if not {"APARTE_WALK", "APARTE_WALKS"} & set(os.environ):
        wanted = {(one, deed) for one in crew for deed in deeds if may(one, "commits", frozenset([deed]))}
        assert wanted <= set(done)
