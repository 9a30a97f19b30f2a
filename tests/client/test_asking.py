"""Gestures that people in Python ask for and are asked for, at a real server."""

import pytest

from aparte.client import Meeting, NotDone, events
from aparte.client.asking import ASK_SECONDS, Asking
from aparte.client.feeds import EventFeed
from aparte.client.people import Member, Roster
from aparte.core.wire.header import Stream
from aparte.e2ee.content import GESTURES, Ask, Client, State, build_state
from aparte.e2ee.sframe.sealer import Marks
from tests.client.conftest import until
from tests.client.test_door import Open, person
from tests.client.test_door import room as room


class Kept:
    """What a meeting has told since: of asks, and who has said that its microphone is on."""

    def __init__(self, meeting: Meeting) -> None:
        self._feed: EventFeed = meeting.events()
        self._asks: list[tuple[str, str, int]] = []
        self._loud: set[str] = set()

    def _read(self) -> None:
        while (event := self._feed._take()) is not None:
            if isinstance(event, events.Asked):
                self._asks.append((event.by.name, event.person.name, event.gesture))
            elif isinstance(event, events.Said) and event.person.mic:
                self._loud.add(event.person.name)

    @property
    def asks(self) -> list[tuple[str, str, int]]:
        self._read()
        return self._asks

    @property
    def loud(self) -> set[str]:
        self._read()
        return self._loud


def say(meeting: Meeting, ask: Ask, *, mic: bool) -> None:
    """Seal a state as a modified client would."""
    state = build_state(State(mic, False, Client.PYTHON, ask))
    assert meeting._session.seal(Stream.STATE, 0, Marks(), state)


@pytest.mark.shows("B41")
async def test_everybody_hears_once_whom_an_organiser_asks_for_what(room: Open) -> None:
    place = await room()
    olga, ben, cleo = await place.direct(), await place.enter("Ben"), await place.enter("Cleo")
    await until(lambda: {meeting.count for meeting in (olga, ben, cleo)} == {3})
    at_ben, at_cleo = Kept(ben), Kept(cleo)
    first = olga.organiser.ask(person(olga, "Ben"))
    assert 0 <= first < GESTURES
    # It is said again in every state of the next 30 s, and told once.
    olga._session.tell_state()
    second = olga.organiser.ask(person(olga, "Cleo"))
    wanted = [("Olga", "Ben", first), ("Olga", "Cleo", second)]
    await until(lambda: len(at_ben.asks) == len(at_cleo.asks) == len(wanted))
    assert at_ben.asks == at_cleo.asks == wanted


@pytest.mark.shows("B41")
async def test_an_ask_of_somebody_without_the_right_is_dropped(room: Open) -> None:
    place = await room()
    olga, ben, cleo = await place.direct(), await place.enter("Ben"), await place.enter("Cleo")
    await until(lambda: {meeting.count for meeting in (olga, ben, cleo)} == {3})
    with pytest.raises(NotDone, match="no-right"):
        ben.organiser.ask(person(ben, "Cleo"))
    at_olga, at_cleo = Kept(olga), Kept(cleo)
    say(ben, Ask(person(ben, "Cleo").leaf, 3, 7), mic=True)
    # The state that it came in counts all the same.
    await until(lambda: at_olga.loud == at_cleo.loud == {"Ben"})
    assert at_olga.asks == at_cleo.asks == []


async def test_an_ask_of_nobody_is_dropped(room: Open) -> None:
    place = await room()
    olga, ben = await place.direct(), await place.enter("Ben")
    await until(lambda: {olga.count, ben.count} == {2})
    at_ben = Kept(ben)
    say(olga, Ask(999, 3, 7), mic=True)
    await until(lambda: at_ben.loud == {"Olga"})
    assert at_ben.asks == []
    gone = person(olga, "Ben")
    await ben.leave()
    await until(lambda: olga.count == 1)
    with pytest.raises(NotDone, match="no-right"):
        olga.organiser.ask(gone)


def test_an_ask_is_in_states_for_30_s_and_never_for_who_comes_to_the_leaf() -> None:
    now = 100.0
    asking = Asking(lambda: now)
    member = Member(4, "seat", "Ben", "", bytes(16), True, "", bytes(32), bytes(32))
    there, after = Roster(seats={4: "seat"}), Roster(seats={4: "another"})
    assert not isinstance(asking.said(there), Ask)
    gesture = asking.ask(member)
    said = asking.said(there)
    assert isinstance(said, Ask)
    assert (said.leaf, said.gesture) == (4, gesture)
    assert not isinstance(asking.said(after), Ask)
    asking.ask(member)
    again = asking.said(there)
    assert isinstance(again, Ask)
    assert again.number == (said.number + 1) % 256
    now += ASK_SECONDS
    assert not isinstance(asking.said(there), Ask)
