"""Who is removed opens nothing that comes afterwards, and nobody opens what it sends: whatever the server does."""

from collections import Counter

import pytest

from aparte.client import Rights, Stream, join
from aparte.client.incoming import HOLD_SECONDS
from aparte.core.mls.errors import MlsError
from aparte.core.policy.charter import TAG_SIZE, Charter, Door, Opens
from aparte.core.wire.header import parse_header
from aparte.core.wire.limits import HEADER_SIZE
from aparte.e2ee.sframe.cipher import Cipher
from aparte.e2ee.sframe.header import parse_sframe_header
from aparte.e2ee.sframe.kid import build_kid, context_of
from tests.charters import own_person
from tests.client.conftest import House, until
from tests.client.talk import hear, say
from tests.client.town import GROUPS, Party, Town

pytestmark = [pytest.mark.promise("P7"), pytest.mark.shows("B52")]


def opens(party: Party, message: bytes, epoch: int) -> bool:
    """Whether a frame opens under the last key that somebody had, named as of ``epoch``."""
    header, behind = parse_header(message), message[HEADER_SIZE:]
    sframe = parse_sframe_header(behind)
    leaf = (sframe.kid >> 8) & 0xFFFF
    kid = build_kid(context_of(header.stream, header.rendition), leaf, epoch)
    cipher = Cipher(party.group.sframe_base_key(), kid)
    sealed = memoryview(behind)[sframe.size :]
    return cipher.decrypt(sframe.ctr, behind[: sframe.size], message[:HEADER_SIZE], sealed) is not None


def test_a_server_that_goes_on_forwarding_brings_the_removed_nothing() -> None:
    """Its client keeps every key that it had, and tries whatever it is given."""
    town = Town("Ann", "Bob", "Eve")
    eve, ann = town["Eve"], town["Ann"]
    caught: list[bytes] = []

    def catch(_sender: Party, receiver: Party, message: bytes) -> tuple[bytes]:
        if receiver is not ann:
            caught.append(message)
        return (message,)

    town.run(1.0)
    town.pass_on = catch
    ann.say(Stream.SOUND)
    town.run(1.0)
    epoch = eve.group.group.epoch
    assert opens(eve, caught[0], epoch), "while it was in, it opened them"
    with pytest.raises(MlsError, match="removed"):
        GROUPS.process(eve.group, GROUPS.commit(ann.group, [eve.leaf]).commit)
    town.renew(["Eve"])
    town.run(1.0)
    caught.clear()
    heard = eve.incoming.opened
    for _ in range(50):
        ann.say(Stream.SOUND)
        ann.say(Stream.CAMERA)
        town.run(0.02)
    assert len(caught) >= 100
    for message in caught:
        eve.incoming.frame(message)
        assert not any(opens(eve, message, named) for named in (epoch, epoch + 1))
    town.run(HOLD_SECONDS + 1.0)
    eve.incoming.expire()
    assert eve.incoming.opened == heard


def test_what_the_removed_goes_on_sending_is_opened_by_nobody() -> None:
    town = Town("Ann", "Bob", "Eve")
    eve = town["Eve"]
    town.run(1.0)
    town.renew(["Eve"])
    town.run(0.5)  # the epoch before still opens for those who are in both
    heard = {party.name: party.incoming.opened for party in town.parties}
    before = {party.name: Counter(party.incoming.refused) for party in town.parties}
    for _ in range(50):
        eve.say(Stream.SOUND)
        eve.say(Stream.CAMERA)
        town.run(0.02)
    town.run(1.0)
    for party in town.parties:
        assert party.incoming.opened == heard[party.name]
        assert sum((party.incoming.refused - before[party.name]).values()) == 100


async def test_the_server_lets_go_of_who_is_removed(house: House) -> None:
    olga = own_person("Olga")

    def write(meeting: bytes, house_key: bytes) -> Charter:
        rights = Rights.SOUND | Rights.CAMERA
        fields = (Door.OPEN, Opens.ANYBODY, rights, (olga.subject,), bytes(TAG_SIZE))
        return Charter(meeting, house_key, 1, *fields)

    link = await house.link(write)
    async with (
        join(link, name="Olga", ca=house.ca, person=olga) as organiser,
        join(link, name="Ben", ca=house.ca) as ben,
        join(link, name="Eve", ca=house.ca) as eve,
    ):
        await until(lambda: organiser.count == ben.count == eve.count == 3)
        feed = ben.frames(Stream.SOUND, of=eve.me)
        await say(eve.publish(Stream.SOUND), 5)
        await hear(feed, 5)
        await organiser.organiser.remove(next(one for one in organiser.people if one.name == "Eve"))
        await until(lambda: eve.ended == "removed")
        await until(lambda: organiser.count == ben.count == 2)
        assert eve.people == ()
        assert organiser.epoch_code == ben.epoch_code
