"""Token buckets for addresses."""

from aparte.server.http.rate import Rate


class Hand:
    """A clock that is turned by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_tokens_come_back_evenly() -> None:
    clock = Hand()
    rate = Rate(6, clock)
    assert [rate.allow("192.0.2.1") for _ in range(7)] == [True] * 6 + [False]
    clock.now = 9.9
    assert not rate.allow("192.0.2.1")
    clock.now = 10.1
    assert rate.allow("192.0.2.1")
    assert not rate.allow("192.0.2.1")
    assert rate.allow("192.0.2.2")


def test_one_network_is_one_address() -> None:
    rate = Rate(1, Hand())
    assert rate.allow("2001:db8:1:2::1")
    assert not rate.allow("2001:db8:1:2:ffff::2")
    assert rate.allow("2001:db8:1:3::1")
    assert rate.allow("::ffff:192.0.2.1")
    assert not rate.allow("192.0.2.1")


def test_so_many_addresses_are_known_at_once() -> None:
    clock = Hand()
    rate = Rate(2, clock)
    for number in range(10_000):
        assert rate.allow(f"10.{number >> 8}.0.{number & 255}")
    assert not rate.allow("192.0.2.1")
    clock.now = 31.0
    assert rate.allow("192.0.2.1")
    assert len(rate._left) == 1
