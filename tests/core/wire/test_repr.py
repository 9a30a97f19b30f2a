"""What a message shows of itself in a log or a failed test: no door and no token."""

import pytest

from aparte.core.room.commands import Join, Resume
from aparte.core.room.seats import Seat, State
from aparte.core.wire.control import Hello, Resumed, ResumeRequest, Welcome

SECRET = "secret"

SHOWN = [
    Hello(1, b"meeting", SECRET.encode(), ResumeRequest("seat", SECRET, 1), SECRET),
    ResumeRequest("seat", SECRET, 1),
    Welcome(1, "seat", SECRET, b"charter"),
    Resumed(SECRET, 1, (), (), ()),
    Join("seat", SECRET),
    Resume("seat", SECRET, SECRET, 1),
    Seat("seat", SECRET, State.MEMBER),
]


@pytest.mark.parametrize("value", SHOWN, ids=lambda value: type(value).__name__)
def test_no_secret_is_shown(value: object) -> None:
    assert type(value).__name__ in repr(value)
    assert SECRET not in repr(value)
