"""How many connections one address may have."""

import pytest

from aparte.server.config import Limits
from aparte.server.peers import LOOPBACK, Peers, network


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3::4", "2001:0db8:0001:0002"),
        ("127.0.0.1", LOOPBACK),
        ("127.1.2.3", LOOPBACK),
        ("::1", LOOPBACK),
        ("::ffff:127.0.0.1", LOOPBACK),
    ],
)
def test_what_is_one_address(address: str, name: str) -> None:
    assert network(address) == name


def test_each_address_has_its_share() -> None:
    peers = Peers(Limits(connections=6, connections_an_address=2))
    assert [peers.enter("a") for _ in range(3)] == [True, True, False]
    assert peers.enter("b")
    assert [peers.enter(LOOPBACK) for _ in range(4)] == [True, True, True, False]
    assert not peers.enter("b"), "nobody's share goes beyond the whole"
    peers.leave("a")
    assert peers.enter("a")
    for name in ("a", "a", "b", LOOPBACK, LOOPBACK, LOOPBACK):
        peers.leave(name)
    assert peers.none
