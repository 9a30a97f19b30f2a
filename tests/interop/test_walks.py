"""Random walks over mixed groups: our own implementations in two languages, ts-mls, and mls-rs in Rust.

Odd seeds stand in ``test_odd_walks.py``. What can be asked for, and who takes part in which seed: ``seeds.py``.
"""

import pytest

from tests.interop.conftest import Crew
from tests.interop.holes import may
from tests.interop.meeting import MeetingWalk
from tests.interop.seeds import COMMITS, asked, complete, open_walk, walk
from tests.interop.walk import Walk


@pytest.mark.promise("P3")
def test_mixed_groups_agree_after_every_step(crew: Crew) -> None:
    """Suite 1, and everything that RFC 9420 has and we support."""
    open_walk(crew, 0)


@pytest.mark.promise("P3")
def test_our_own_two_have_no_holes(crew: Crew) -> None:
    """Without cargo too: a short walk of ours alone in each suite."""
    ours = ("python", "typescript")
    done = walk(Walk, crew, [ours], *asked(4, 60))
    done += walk(MeetingWalk, crew, [ours], *asked(2, 40))
    complete(done, ours, COMMITS)
    assert all(may(one, "commits", frozenset([deed])) for one in ours for deed in COMMITS)
