import pytest

from aparte.core.room.epochs import Epochs
from aparte.core.wire.control import GroupState, PastCommit


def test_the_chain() -> None:
    epochs = Epochs(b"group", b"info 0", commits=10, catchup=1000)
    assert epochs.state == GroupState(b"group", 0, b"info 0")
    assert epochs.accept("ann", 0, b"first", b"info 1")
    assert not epochs.accept("bob", 0, b"second", b"other info")
    assert epochs.state == GroupState(b"group", 1, b"info 1")
    assert epochs.since(0) == (PastCommit(0, "ann", b"first"),)
    assert epochs.since(1) == ()
    assert epochs.since(2) is None


@pytest.mark.parametrize(("commits", "catchup"), [(3, 1000), (100, 30)])
def test_the_log_is_bounded_in_number_and_bytes(commits: int, catchup: int) -> None:
    epochs = Epochs(b"group", b"info", commits, catchup)
    for epoch in range(10):
        assert epochs.accept("ann", epoch, b"ten bytes.", b"info")
    assert epochs.since(6) is None
    assert [past.epoch for past in epochs.since(7) or ()] == [7, 8, 9]


def test_a_commit_larger_than_the_log_empties_it() -> None:
    epochs = Epochs(b"group", b"info", commits=10, catchup=5)
    epochs.accept("ann", 0, b"ten bytes.", b"info")
    assert epochs.since(0) is None
    epochs.accept("ann", 1, b"five.", b"info")
    assert epochs.since(1) == (PastCommit(1, "ann", b"five."),)
