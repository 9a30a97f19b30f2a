import pytest

from aparte.core.room.epochs import Epochs
from aparte.core.room.profile import Profile
from tests.core.room.script import ANN, BOB, Script


def chain(profile: Profile, commits: int) -> tuple[Script, Epochs]:
    """A group after so many commits of its one member."""
    script = Script(profile)
    script.enter(ANN)
    for _ in range(commits):
        script.commit(ANN)
    assert script.room._epochs is not None
    return script, script.room._epochs


def test_the_chain() -> None:
    script, epochs = chain(Profile(), 2)
    assert (epochs.group, epochs.epoch, epochs.oldest) == (script.group, 2, 0)
    assert epochs.turn == script.turn()
    assert epochs.turn is epochs.turn, "its tree is written once for an epoch"
    assert epochs.seats() == {ANN}
    assert epochs.since(0) == script.past(0, 1)
    assert epochs.since(1) == script.past(1)
    assert epochs.since(2) == ()
    assert epochs.since(3) is None


SIZE = len(chain(Profile(), 1)[0].chain[1].commit)


@pytest.mark.parametrize(("commits", "catchup"), [(3, 100 * SIZE), (100, 4 * SIZE - 1)])
def test_the_log_is_bounded_in_number_and_bytes(commits: int, catchup: int) -> None:
    script, epochs = chain(Profile(commits=commits, catchup=catchup), 10)
    assert epochs.since(6) is None
    assert epochs.since(7) == script.past(7, 8, 9)


def test_a_commit_larger_than_the_log_empties_it() -> None:
    script, epochs = chain(Profile(catchup=SIZE), 1)
    assert epochs.since(0) == script.past(0)
    script.enter(BOB)
    assert epochs.since(1) is None
    assert epochs.since(2) == ()


def test_what_is_on_trial_is_not_kept_for_ever() -> None:
    script, epochs = chain(Profile(), 3)
    assert epochs.next() == script.now + 2
    script.pass_time(1.9)
    assert epochs.next() is not None
    script.pass_time(0.1)
    assert epochs.next() is None
