"""Random walks over mixed meetings: our Python and TypeScript, mls-rs in Rust, and the server's checks."""

import pytest

from tests.interop.conftest import Crew
from tests.interop.meeting import MeetingWalk
from tests.interop.seeds import MEETING, asked, complete, walk


@pytest.mark.promise("P3", "P6")
def test_mixed_meetings_agree_after_every_step(crew: Crew) -> None:
    """The product's suite with all its rules and rights; the server checks every commit."""
    done = walk(MeetingWalk, crew, MEETING, *asked(24, 100))
    everybody = ("python", "typescript", "mls-rs")
    complete(done, everybody, ("remove", "refresh", "extensions", "join", "loses", "comes late", "sleeps"))
    complete(done, everybody, ("knocks", "admits", "is kept out"))
    complete(done, ("mls-rs",), ("oversteps",))
    complete(done, ("anybody",), ("removes by right",))
