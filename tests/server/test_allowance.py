"""What one link may send."""

import pytest

from aparte.core.wire.errors import Reason, WireError
from aparte.server.allowance import Allowance
from aparte.server.config import Limits

LIMITS = Limits(frames_a_second=10, bytes_a_second=1000, controls_a_second=5)


def refused(take: object, *arguments: int) -> None:
    with pytest.raises(WireError) as error:
        take(*arguments)  # type: ignore[operator]
    assert error.value.reason is Reason.TOO_MANY


def test_frames() -> None:
    allowance = Allowance(LIMITS)
    for _ in range(20):
        allowance.take_frame(1)
    refused(allowance.take_frame, 1)
    allowance.refill(0.5)
    for _ in range(4):
        allowance.take_frame(1)
    refused(allowance.take_frame, 1)


def test_bytes() -> None:
    allowance = Allowance(LIMITS)
    allowance.take_frame(1500)
    allowance.take_control(500)
    refused(allowance.take_control, 1)
    refused(Allowance(LIMITS).take_frame, 2001)


def test_checks() -> None:
    allowance = Allowance(Limits(checks_a_second=2, checks_at_once=3))
    for _ in range(3):
        allowance.take_check()
    refused(allowance.take_check)
    allowance.refill(1.0)
    allowance.take_check()


def test_commits() -> None:
    allowance = Allowance(Limits(commits_a_second=2, commits_at_once=3))
    for _ in range(3):
        allowance.take_commit()
    refused(allowance.take_commit)
    allowance.refill(1.0)
    allowance.take_commit()
    refused(allowance.take_commit)


def test_controls() -> None:
    allowance = Allowance(LIMITS)
    for _ in range(10):
        allowance.take_control(1)
    refused(allowance.take_control, 1)


def test_pieces() -> None:
    allowance = Allowance(LIMITS)
    for _ in range(80):
        allowance.take_part()
    refused(allowance.take_part)


def test_a_pause_gives_no_more_than_two_seconds() -> None:
    allowance = Allowance(LIMITS)
    allowance.refill(3600)
    for _ in range(20):
        allowance.take_frame(1)
    refused(allowance.take_frame, 1)
