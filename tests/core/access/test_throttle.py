import pytest

from aparte.core.access.throttle import Pace, Throttle

KEY = b"k" * 16


def fail(throttle: Throttle, name: str, times: int, now: float) -> None:
    for _ in range(times):
        throttle.count(name, now)


def test_some_failures_are_free_and_then_waiting_doubles() -> None:
    throttle = Throttle(Pace(free=3, longest=10), KEY)
    waits = []
    for _ in range(9):
        waits.append(throttle.wait("ada", 100.0))
        throttle.count("ada", 100.0)
    assert waits == [0, 0, 0, 1, 2, 4, 8, 10, 10]
    assert throttle.wait("ada", 105.0) == 5
    assert throttle.wait("ada", 110.0) == 0
    assert throttle.wait("bob", 100.0) == 0


def test_tries_at_once_count_before_they_end() -> None:
    throttle = Throttle(Pace(free=2), KEY)
    begun = 0
    for _ in range(50):
        if throttle.wait("ada", 0.0) == 0:
            throttle.count("ada", 0.0)
            begun += 1
    assert begun == 2


def test_a_right_one_is_not_counted() -> None:
    throttle = Throttle(Pace(free=3), KEY)
    fail(throttle, "ada", 4, 0.0)
    throttle.forgive("ada")
    assert throttle.wait("ada", 0.0) == 1, "what others did before it still counts"
    throttle.forget("ada")
    assert throttle.wait("ada", 0.0) == 0
    throttle.forgive("ada")
    assert throttle.wait("ada", 0.0) == 0


def test_what_is_long_ago_is_forgotten() -> None:
    throttle = Throttle(Pace(free=1, memory=100), KEY)
    fail(throttle, "ada", 40, 0.0)
    assert throttle.wait("ada", 99.0) > 0
    assert throttle.wait("ada", 100.0) == 0
    throttle.count("ada", 100.0)
    assert throttle.wait("ada", 100.0) == 1


@pytest.mark.promise("P22")
def test_memory_is_bounded_and_nobody_crowds_a_counter_out() -> None:
    throttle = Throttle(Pace(free=5), KEY)
    fail(throttle, "ada", 12, 0.0)
    for number in range(100_000):
        throttle.count(f"stranger {number}", 0.0)
    assert len(throttle._failures) <= 16_384
    assert throttle.wait("ada", 0.0) >= 2**7
