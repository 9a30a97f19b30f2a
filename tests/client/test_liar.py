"""A server that lies, tried on real participants: what it says is refused or seen, and never opened."""

import asyncio
import time
from collections.abc import Iterable
from secrets import token_bytes

import pytest
from msgspec.structs import replace

from aparte.cli.join import words
from aparte.client import JoinError, Meeting, MeetingEnded, Stream, events, join
from aparte.core.mls.delivery import read_group_info
from aparte.core.mls.message import write_message
from aparte.core.mls.proposals import PreSharedKeyId, PskType
from aparte.core.policy.charter import Charter
from aparte.core.wire import control
from aparte.core.wire.b64 import b64_decode
from aparte.core.wire.control import GroupState, ServerMessage
from aparte.core.wire.header import HEADER_SIZE
from aparte.core.wire.limits import MAX_INFO
from aparte.e2ee.attest.witness import Doubt
from aparte.e2ee.keys import derive_link_keys, parse_link
from aparte.e2ee.mls.join import join_external
from aparte.e2ee.mls.meeting import MeetingGroup, Participant
from aparte.e2ee.mls.suite import APARTE
from tests.charters import HouseKey, charter_for, guest, subject_of
from tests.client.conftest import Enter, House, until
from tests.client.liar import Liar
from tests.client.talk import hear, heard, picture, say, sound
from tests.e2ee.mls.policies import UNSAFE_OPEN

NOBODY = "G" * 21 + "A"


def _today() -> int:
    return time.time_ns() // 1_000_000


async def pair(enter: Enter, liar: Liar, link: str) -> tuple[Meeting, Meeting]:
    """Ada behind the liar, Ben not."""
    ada, ben = await enter("Ada", liar.link(link)), await enter("Ben")
    await until(lambda: ada.count == ben.count == 2)
    return ada, ben


def only_sound(message: bytes) -> bool:
    return message[1] >> 4 == Stream.SOUND


@pytest.mark.promise("P12", "P10")
async def test_no_changed_bit_is_opened(enter: Enter, liar: Liar, link: str) -> None:
    """Every bit of the plain header, and of the SFrame header, and some of the rest, of real frames."""
    ada, ben = await pair(enter, liar, link)
    feed = ada.frames()
    microphone, camera = ben.publish(Stream.SOUND), ben.publish(Stream.CAMERA)
    bits = [*range(8 * (HEADER_SIZE + 6)), -1, -64, -128]

    def flipped(message: bytes) -> Iterable[bytes]:
        if message[1] >> 4 == Stream.STATE:
            return
        for bit in bits:
            changed = bytearray(message)
            changed[bit // 8] ^= 1 << bit % 8
            yield bytes(changed)

    liar.frame = flipped
    opened = ada.counters.opened
    for number in range(10):
        await microphone.send(sound(number))
        await camera.send(picture(number))
    await until(lambda: len(liar.frames) >= 20 * len(bits))
    # The connection goes on, so all of them have been looked at when this one arrives.
    liar.frame = lambda message: (message,)
    await microphone.send(sound(99))
    (frame,) = await hear(feed, 1)
    assert frame.payload == b"opus 99"
    assert ada.counters.opened - opened - 1 <= 1, "nothing but Ben's own word of himself"
    assert ada.counters.refused.total() >= 20 * len(bits) * 0.95
    assert set(ada.counters.refused) <= {
        "malformed",
        "counter-mismatch",
        "wrong-context",
        "own-frame",
        "unknown-epoch",
        "future-epoch",
        "not-a-member",
        "not-authentic",
    }


@pytest.mark.promise("P11")
async def test_no_frame_is_opened_twice_or_too_late(enter: Enter, liar: Liar, link: str) -> None:
    ada, ben = await pair(enter, liar, link)
    feed = ada.frames(Stream.SOUND)
    microphone = ben.publish(Stream.SOUND)
    liar.frame = lambda message: (message,) * (3 if only_sound(message) else 1)
    await say(microphone, 30)
    assert [frame.header.counter for frame in await hear(feed, 30)] == list(range(30))
    old = [message for message in liar.frames if only_sound(message)][::3]
    liar.frame = lambda message: (message,)
    for message in reversed(old):
        liar.send(message)
    await say(microphone, 200, start=30)
    assert len(await hear(feed, 200)) == 200
    withheld: list[bytes] = []

    def withhold(message: bytes) -> Iterable[bytes]:
        if not only_sound(message):
            return (message,)
        withheld.append(message)
        return ()

    liar.frame = withhold
    await say(microphone, 1)
    await until(lambda: len(withheld) == 1)
    liar.frame = lambda message: (message,)
    await say(microphone, 128)
    assert len(await hear(feed, 128)) == 128
    liar.send(withheld[0])
    await say(microphone, 1, start=7)
    (last,) = await hear(feed, 1)
    assert last.payload == b"opus 7", "129 places behind is too late"
    assert ada.counters.refused["replayed"] == 30 * 2 + 30 + 1


@pytest.mark.promise("P10")
async def test_what_is_not_sealed_is_never_passed_on(enter: Enter, liar: Liar, link: str) -> None:
    ada, ben = await pair(enter, liar, link)
    feed = ada.frames()
    for message in (
        b"",
        b"\x11",
        b"\x11\x10\0\0\0\0\0\0opus without any seal at all",
        b"\x11\x10\0\0\0\0\0\0" + bytes(40),
        bytes(5_000),
    ):
        liar.send(message)
    assert await heard(ada, ben)
    assert feed._take() is not None
    assert ada.counters.refused.total() == 5


@pytest.mark.promise("P5")
@pytest.mark.shows("A42")
async def test_presence_is_not_the_roster(enter: Enter, liar: Liar, link: str) -> None:
    """Whatever the server says of who is there: the people are the leaves, the code is the group's."""
    ada, ben = await pair(enter, liar, link)
    code, changes = ada.epoch_code, ada.events()
    for seat in (NOBODY, ada.me.seat):
        for message in (control.Away(seat), control.Gone(seat), control.Back(seat)):
            liar.tell(message)
    liar.tell(control.Away(ben.me.seat))
    assert isinstance(await asyncio.wait_for(anext(changes), 30), events.WentAway | events.Said)
    await until(lambda: ada.people[1].away)
    assert [person.name for person in ada.people] == ["Ada", "Ben"]
    assert not ada.me.away
    assert ada.epoch_code == ben.epoch_code == code
    assert await heard(ada, ben), "and frames of whom the server calls away still open"


def ghost(link: str, info: bytes, tree: bytes, seat: str) -> bytes:
    """An external commit by somebody who knows all that a server knows: everything but the link's secret."""
    meeting = parse_link(link).meeting
    keys = derive_link_keys(bytes(32), meeting)
    charter = charter_for(meeting, bytes(32))
    leaf = Participant(b64_decode(seat), guest("Ghost"), keys, charter, _today).new_leaf(token_bytes)
    psk = PreSharedKeyId(PskType.EXTERNAL, token_bytes(48), keys.psk_id)
    described = read_group_info(info, MAX_INFO)
    made = join_external(APARTE, UNSAFE_OPEN, described, leaf, token_bytes, psks=[(psk, keys.psk)], ratchet_tree=tree)
    return write_message(made.message)


@pytest.mark.promise("P5")
@pytest.mark.shows("B24")
async def test_nobody_without_the_link_is_put_in(enter: Enter, liar: Liar, link: str) -> None:
    """The server makes a commit of its own, changes real ones, and repeats old ones."""
    kept: list[control.CommitNotice] = []

    def remember(message: ServerMessage) -> Iterable[ServerMessage]:
        if isinstance(message, control.CommitNotice):
            kept.append(message)
        return (message,)

    liar.control = remember
    ada, ben, cleo = await enter("Ada"), await enter("Ben", liar.link(link)), await enter("Cleo", liar.link(link))
    await until(lambda: ada.count == ben.count == cleo.count == 3)
    code, told, epoch = ben.epoch_code, ben.events(), ben.epoch
    honest, announced = kept[-1], liar.said[-1]
    while not isinstance(announced, control.Commit):
        announced = liar.said.pop()
    assert cleo._session.group is not None
    ghostly = ghost(link, announced.info, cleo._session.group.group.public.tree.encoded, NOBODY)
    forgeries = [
        (ghostly, "identity"),
        (honest.commit, "stale-epoch"),
        (honest.commit[:-1] + bytes([honest.commit[-1] ^ 1]), "stale-epoch"),
        (ghostly[:-9], "malformed"),
        (b"\0\1\0\1", "malformed"),
        (token_bytes(20_000), "wrong-suite"),
    ]
    for number, (forged, reason) in enumerate(forgeries):
        seat, whose = ((NOBODY, None), (cleo.me.seat, "Cleo"))[number % 2]
        liar.tell(control.CommitNotice(epoch, seat, forged))
        await until(lambda number=number: ben.counters.commits_refused == number + 1, str(number))  # type: ignore[misc]
        liar.tell(control.Reopened(epoch))
        happened = [event for event in iter(told._take, None) if not isinstance(event, events.Said)]
        assert len(happened) == 1
        assert isinstance(happened[0], events.CommitRefused)
        assert (happened[0].reason, happened[0].by and happened[0].by.name) == (reason, whose)
    assert ben.epoch_code == ada.epoch_code == code
    assert await heard(ada, ben)
    await enter("Dan")
    await until(lambda: ben.count == ada.count == 4)
    assert ben.epoch_code == ada.epoch_code


@pytest.mark.promise("P5")
@pytest.mark.shows("B24")
async def test_a_group_of_the_servers_own_is_not_entered(house: House, liar: Liar, link: str) -> None:
    """It has the meeting's own charter; but it can seal no name."""
    keys = derive_link_keys(bytes(32), parse_link(link).meeting)
    charters: list[Charter] = []

    def lead_astray(message: ServerMessage) -> Iterable[ServerMessage]:
        if isinstance(message, control.Welcome):
            charters.append(Charter.read(message.charter))
        elif isinstance(message, control.Turn):
            who = Participant(token_bytes(16), guest("Server"), keys, charters[-1], _today)
            _, info, tree = MeetingGroup.create(who, token_bytes)
            return (control.Turn(GroupState(bytes(32), 0, info, tree)),)
        return (message,)

    liar.control = lead_astray
    with pytest.raises(JoinError) as refused:
        await join(liar.link(link), name="Ada", ca=house.ca)
    assert refused.value.reason == "group-identity"


@pytest.mark.promise("P5")
async def test_a_charter_of_the_servers_own_is_not_believed(house: House, liar: Liar, link: str) -> None:
    """It would make itself the organiser, and its house key the one that names people."""
    meeting = parse_link(link).meeting
    forged = charter_for(meeting, bytes(32), HouseKey().key, organisers=(subject_of("Server"),))
    liar.control = lambda message: (
        (replace(message, charter=forged.encoded),) if isinstance(message, control.Welcome) else (message,)
    )
    with pytest.raises(JoinError, match="bad-charter"):
        await join(liar.link(link), name="Ada", ca=house.ca)
    assert not any(isinstance(said, control.Create | control.Commit) for said in liar.said)


async def test_who_is_told_to_begin_anew_does_not_go_back_in_time(enter: Enter, liar: Liar, link: str) -> None:
    turns: list[control.Turn] = []

    def old(message: ServerMessage) -> Iterable[ServerMessage]:
        if isinstance(message, control.Turn):
            turns.append(message)
            return (turns[0],)
        return (message,)

    await enter("Ada")
    liar.control = old
    ben = await enter("Ben", liar.link(link))
    await enter("Cleo")
    await until(lambda: ben.count == 3)
    await until(lambda: ben._session._membership.seen.epoch == 2, "this epoch cannot be taken back any more")
    frames = ben.frames()
    liar.tell(control.Accepted(77))
    with pytest.raises(MeetingEnded) as ended:
        async with asyncio.timeout(30):
            await anext(frames)
    assert ended.value.reason == "old-group"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{}", "malformed"),
        ("not JSON", "malformed"),
        ('{"t":"gift"}', "unknown-kind"),
        ('{"t":"away","seat":"short"}', "malformed"),
    ],
)
async def test_a_server_that_speaks_otherwise_is_left(
    enter: Enter, liar: Liar, link: str, text: str, reason: str
) -> None:
    ada = await enter("Ada", liar.link(link))
    liar.text(text)
    await until(lambda: ada.ended is not None)
    assert ada.ended == reason


async def test_a_server_that_does_not_answer_is_tried_once_more(
    house: House, liar: Liar, link: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aparte.client.membership.ANSWER_SECONDS", 0.1)
    monkeypatch.setattr("aparte.client.connection.ENTER_SECONDS", 0.1)
    liar.control = lambda message: () if isinstance(message, control.Accepted) else (message,)
    with pytest.raises(JoinError, match="unreachable"):
        async with asyncio.timeout(30):
            await join(liar.link(link), name="Ada", ca=house.ca)
    said = [type(message) for message in liar.said if not isinstance(message, control.Ping)]
    assert said[:3] == [control.Hello, control.Create, control.Leave]
    assert said.count(control.Hello) == said.count(control.Create) == 2


async def test_a_commit_that_nobody_else_got_makes_one_come_anew(enter: Enter, liar: Liar, link: str) -> None:
    """The server withholds a commit: what follows is out of step, and a fresh leaf comes in."""
    ada, ben = await enter("Ada"), await enter("Ben", liar.link(link))
    await until(lambda: ada.count == 2)
    seat = ben.me.seat
    liar.control = lambda message: () if isinstance(message, control.CommitNotice) else (message,)
    cleo = await enter("Cleo")
    liar.control = lambda message: (message,)
    await enter("Dan")
    await until(lambda: ben.count == ada.count == 4 and ben.is_connected)
    await until(lambda: ben.epoch_code == ada.epoch_code)
    assert ben.me.seat != seat
    assert await heard(cleo, ben)


@pytest.mark.promise("P13")
async def test_what_comes_without_its_proof_is_marked(enter: Enter, liar: Liar, link: str) -> None:
    ada, ben = await pair(enter, liar, link)
    happened = ada.events()
    assert all(person.proven for person in ada.people)
    liar.frame = lambda message: () if message[1] >> 4 == Stream.PROOF else (message,)
    frames = ada.frames(Stream.SOUND)
    await say(ben.publish(Stream.SOUND), 3)
    await hear(frames, 3)
    await until(lambda: [person.name for person in ada.people if not person.proven] == ["Ben"])
    liar.frame = lambda message: (message,)
    await until(lambda: all(person.proven for person in ada.people))
    told: list[events.Event] = []
    while not told or not isinstance(told[-1], events.Proven):
        told.append(await anext(happened))
    doubts = [event.doubt for event in told if isinstance(event, events.Unproven)]
    assert doubts == [Doubt.LATE]
    assert all("Ben" in line for line in map(words.told, told) if "roven" in line.lower())
