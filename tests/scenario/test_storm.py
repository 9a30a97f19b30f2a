import pytest

from aparte.client.crowd import Crowd
from aparte.core.room.profile import Profile
from tests.scenario.host import Host
from tests.scenario.network import Network, Way
from tests.scenario.person import Person
from tests.scenario.test_meeting import agree

NEAR = Way(delay=0.004, jitter=0.004)  # seconds, one way
FAR = Way(delay=0.020, jitter=0.010)


@pytest.mark.promise("P27")
@pytest.mark.parametrize("seed", range(1))
def test_two_hundred_come_fifty_leave_and_all_commit(seed: int) -> None:
    """On near lines: each epoch takes a round trip, so from farther away it takes as many of those as people come."""
    network = Network(seed)
    host = Host(network, Profile())
    crowd = Crowd(secrets=True)
    people = [Person(network, host, NEAR, crowd) for _ in range(200)]
    for person in people:
        network.after(network.random.uniform(0, 5), person.join)
    network.run(10)
    agree(people)
    assert len(host.kept) == 200, "one epoch for each who came"
    assert host.refused == 0, "and nobody worked for nothing"

    for person in people[:50]:
        person.leave()
    stay = people[50:]
    network.run(15)
    agree(stay)
    assert len(host.kept) < 210, "those who left are removed together"

    before = len(host.kept)
    for person in stay:
        person.update()
    network.run(20)
    agree(stay)
    assert len(host.kept) == before + 1, "all at once from one epoch: one wins"
    assert max(person.most_tries for person in people) <= 2


@pytest.mark.promise("P27")
@pytest.mark.parametrize("seed", range(3))
def test_a_full_meeting_arrives_in_the_same_moment(seed: int) -> None:
    network = Network(seed)
    host = Host(network, Profile())
    crowd = Crowd(secrets=True)
    people = [Person(network, host, FAR, crowd) for _ in range(50)]
    for person in people:
        person.join()
    network.run(5)
    agree(people)
    assert len(host.kept) == 50
    assert host.refused == 0
