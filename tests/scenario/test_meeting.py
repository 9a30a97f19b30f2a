import pytest

from aparte.client.crowd import Crowd
from aparte.core.room.profile import Profile
from tests.scenario.host import Host
from tests.scenario.network import Network, Way
from tests.scenario.person import Person

HOUR = 3600.0


def agree(people: list[Person]) -> None:
    """Everybody who wants to be in the meeting is, in the same epoch, and sees those people and no ghost."""
    inside = [person for person in people if person.wants_in]
    assert len({person.group.epoch_authenticator() for person in inside if person.group is not None}) == 1
    for person in inside:
        assert person.group is not None
        assert person.membership.roster.members.keys() == {other.seat for other in inside}
        assert not person.membership.away
        assert not person.membership.gone


@pytest.mark.promise("P26", "P34")
@pytest.mark.parametrize("seed", range(2))
def test_an_hour_of_coming_and_going(seed: int) -> None:
    """Twelve people on lines that are cut, some for too long; crashes, reloads, leaves; fresh keys now and then.

    And some who make commits that nobody can follow.
    """
    network = Network(seed)
    host = Host(network, Profile())
    crowd = Crowd(secrets=True)
    people = [Person(network, host, Way(delay=0.005 * n, jitter=0.1), crowd) for n in range(12)]
    for person in people:
        network.after(network.random.uniform(0, 20), person.join)
    deeds = [Person.cut] * 6 + [Person.leave] * 2 + [Person.crash] * 2 + [Person.update] * 4 + [Person.sabotage]

    def live() -> None:
        person = network.random.choice(people)
        if person.wants_in:
            network.random.choice(deeds)(person)
        else:
            network.after(network.random.uniform(0, 40), lambda: None if person.wants_in else person.join())
        if network.now < HOUR - 120:
            network.after(network.random.expovariate(0.2), live)

    network.after(30, live)
    network.run(HOUR - 60)
    for person in people:
        if not person.wants_in:
            person.join()
    network.run(HOUR)
    agree(people)
    assert len(host.kept) > 300
    assert host.withdrawn > 10
    for person in people:
        person.leave()
    network.run(HOUR + 60)
    assert host.forgotten == 1, "a room is forgotten when the last one has left, and not before"
    assert host.routes.route(people[0].seat) == ()


@pytest.mark.parametrize("seed", range(20))
def test_two_who_arrive_in_the_same_moment(seed: int) -> None:
    network = Network(seed)
    host = Host(network, Profile())
    people = [Person(network, host, Way(), Crowd(secrets=True)) for _ in range(2)]
    for person in people:
        person.join()
    network.run(2)
    agree(people)
    assert len(host.kept) == 2


@pytest.mark.parametrize("seed", range(20))
def test_a_cut_at_any_moment_of_joining(seed: int) -> None:
    """Whether the commit or its acceptance was lost, the person ends as one leaf, and the old one is removed."""
    network = Network(seed)
    host = Host(network, Profile())
    crowd = Crowd(secrets=True)
    ann, bob = Person(network, host, Way(), crowd), Person(network, host, Way(notice=1.0), crowd)
    ann.join()
    network.run(1)
    bob.join()
    network.after(0.015 * seed, bob.cut)
    network.run(60)
    agree([ann, bob])


def test_the_hour_is_the_same_every_time() -> None:
    def play() -> list[tuple[int, str]]:
        network = Network(1)
        host = Host(network, Profile())
        people = [Person(network, host, Way(), Crowd(secrets=True)) for _ in range(5)]
        for person in people:
            person.join()
        network.run(10)
        return host.made

    assert play() == play()
