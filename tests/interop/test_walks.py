"""Random walks over mixed groups: our own implementations in two languages, ts-mls, and mls-rs in Rust.

``APARTE_WALKS=200x100`` walks 200 seeds of 100 steps with each crew. ``APARTE_WALK=17`` walks seed 17 alone, and
``APARTE_WALK=17:42`` no further than step 42.
"""

import os
from collections import Counter
from collections.abc import Sequence

import pytest

from tests.interop.conftest import Crew
from tests.interop.delivery import Disagreement
from tests.interop.holes import may
from tests.interop.implementation import Implementation
from tests.interop.meeting import MeetingWalk
from tests.interop.walk import Walk

OPEN = ("python", "typescript", "ts-mls", "mls-rs")
MEETING = ("python", "typescript", "mls-rs")
COMMITS = ("add", "remove", "refresh", "psk", "extensions", "reference", "sealed")


def walks(seeds: int, steps: int) -> tuple[Sequence[int], int]:
    """Return the seeds and the number of steps that are asked for."""
    if one := os.environ.get("APARTE_WALK"):
        seed, _, most = one.partition(":")
        return [int(seed)], int(most or steps)
    if many := os.environ.get("APARTE_WALKS"):
        seeds, steps = (int(number) for number in many.split("x"))
    return range(seeds), steps


def walk(kind: type[Walk], crew: list[Implementation], seeds: Sequence[int], steps: int) -> Counter[tuple[str, str]]:
    """Walk, and return who did what how often."""
    done: Counter[tuple[str, str]] = Counter()
    for seed in seeds:
        # Small groups go through many shapes, large ones through deep trees.
        history = kind(seed, crew, 3 + seed % 4)
        try:
            for _ in range(steps):
                history.step()
        except Disagreement as failure:
            pytest.fail(f"{failure}\nagain: APARTE_WALK={seed}:{history.taken} pytest tests/interop/test_walks.py")
        done += history.done
    return done


def complete(done: Counter[tuple[str, str]], crew: Sequence[str], deeds: Sequence[str]) -> None:
    """Check that everybody did everything that it can, unless fewer walks were asked for."""
    if not {"APARTE_WALK", "APARTE_WALKS"} & set(os.environ):
        wanted = {(one, deed) for one in crew for deed in deeds if may(one, "commits", frozenset([deed]))}
        assert wanted <= set(done)


@pytest.mark.promise("P3")
def test_mixed_groups_agree_after_every_step(crew: Crew) -> None:
    """Suite 1, and everything that RFC 9420 has and we support."""
    done = walk(Walk, crew(*OPEN), *walks(20, 100))
    complete(done, OPEN, (*COMMITS, "join", "resync", "is welcomed", "loses", "comes late", "catches up", "talks"))
    complete(done, ("python", "typescript"), ("update", "path", "proposes update", "proposes remove", "hears late"))


@pytest.mark.promise("P3", "P6")
def test_mixed_meetings_agree_after_every_step(crew: Crew) -> None:
    """The product's suite with all its rules; the server checks every commit."""
    done = walk(MeetingWalk, crew(*MEETING), *walks(8, 100))
    complete(done, MEETING, ("remove", "refresh", "join", "loses", "comes late", "sleeps"))


@pytest.mark.promise("P3")
def test_our_own_two_have_no_holes(crew: Crew) -> None:
    """Without cargo too: a short walk of ours alone in each suite."""
    ours = ("python", "typescript")
    done = walk(Walk, crew(*ours), range(4), 60)
    done += walk(MeetingWalk, crew(*ours), range(2), 40)
    complete(done, ours, COMMITS)
    assert all(may(one, "commits", frozenset([deed])) for one in ours for deed in COMMITS)
