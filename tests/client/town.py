"""People whose proofs are real and whose clock is not: what they send passes through a server of the mind."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from functools import partial
from typing import Final

from aparte.client.frames import Frame
from aparte.client.groups import Groups
from aparte.client.incoming import Incoming
from aparte.client.outgoing import Outgoing
from aparte.client.people import Roster
from aparte.client.proofs import Proofs
from aparte.core.mls.message import write_message
from aparte.core.policy.charter import Charter
from aparte.core.policy.policy import Policy
from aparte.core.wire.header import Header, Stream, build_header
from aparte.e2ee.attest.witness import Doubt
from aparte.e2ee.content import Client, Codec, Colour, Sound, State, Video, build_sound, build_state, build_video
from aparte.e2ee.mls.meeting import MeetingGroup, Participant
from aparte.e2ee.sframe.cipher import Cipher
from aparte.e2ee.sframe.kid import build_kid, context_of
from aparte.e2ee.sframe.opener import Opened
from aparte.e2ee.sframe.sealer import Marks
from tests.charters import guest
from tests.client.hub import CHARTER, KEYS, TODAY, Time

GROUPS: Final = Groups()


def plaintext(stream: Stream, number: int = 0) -> bytes:
    """What an honest program seals."""
    if stream is Stream.STATE:
        return build_state(State(number != 666, True, Client.PYTHON))
    if stream is Stream.SOUND:
        return build_sound(Sound(number, 30, 1, 200, b"opus %d" % number))
    return build_video(Video(Codec.VP9, number, 640, 360, Colour(6, False, 6), b"vp9 %d" % number))


class Party:
    """A participant's sending and receiving side, without its connection."""

    def __init__(self, town: Town, name: str, group: MeetingGroup) -> None:
        self.town, self.name, self.group = town, name, group
        self.is_inside = True
        self.told: list[tuple[float, str, Doubt | None]] = []
        self.proofs = Proofs(self, GROUPS.verify)
        self.incoming = Incoming(self)
        self.outgoing = Outgoing(self._send, self.proofs.sent)
        self.roster = Roster()
        self.number = 0

    @property
    def leaf(self) -> int:
        return self.group.group.leaf

    @property
    def doubts(self) -> dict[str, Doubt]:
        """What is in doubt now, by name."""
        now: dict[str, Doubt] = {}
        for _, name, doubt in self.told:
            now.pop(name, None)
            if doubt is not None:
                now[name] = doubt
        return now

    def enter(self, group: MeetingGroup) -> None:
        """An epoch begins here."""
        self.group = group
        self.roster = GROUPS.roster(group, self.roster)
        base_key, number = group.sframe_base_key(), group.group.epoch
        self.outgoing.rekey(base_key, self.leaf, number)
        self.proofs.epoch(group, self.roster)
        self.incoming.epoch(base_key, number, self.leaf, self.roster)

    def say(self, stream: Stream, rendition: int = 0, marks: Marks | None = None) -> None:
        """Send something, if one is connected."""
        self.number += 1
        if self.is_inside:
            self.outgoing.seal(stream, rendition, marks or Marks(), plaintext(stream, self.number))

    def cut(self) -> None:
        self.is_inside = False
        self.proofs.cut()

    def resume(self) -> None:
        self.is_inside = True
        self.proofs.resume()

    def _send(self, message: bytes) -> None:
        self.town.carry(self, message)

    # Hosts

    def now(self) -> float:
        return self.town.time.now

    def later(self, seconds: float, task: Callable[[], None]) -> Callable[[], None]:
        return self.town.time.later(seconds, task)

    def send_proof(self, plaintext: bytes) -> None:
        self.outgoing.seal(Stream.PROOF, 0, Marks(), plaintext)

    def doubted(self, leaf: int, doubt: Doubt | None) -> None:
        self.told.append((self.now(), self.roster.members[self.roster.seats[leaf]].name, doubt))

    def wants(self, stream: int) -> bool:
        return True

    def state(self, seat: str, state: State) -> None:
        pass

    def heard(self, opened: Opened, message: bytes) -> None:
        self.proofs.heard(opened, message)

    def proof(self, leaf: int, plaintext: bytes) -> None:
        self.proofs.proof(leaf, plaintext)

    def opened(self, frame: Frame) -> None:
        pass


class Town:
    """``pass_on`` is the server: it makes what a receiver gets of a message of somebody."""

    def __init__(self, *names: str, seed: int = 0, charter: Charter = CHARTER) -> None:
        self.charter = charter
        self.random = random.Random(seed)
        self.time = Time()
        self.parties: list[Party] = []
        self.pass_on: Callable[[Party, Party, bytes], Iterable[bytes]] = lambda sender, receiver, message: (message,)
        self.delay: Callable[[], float] = lambda: 0.02
        self._last: dict[str, float] = {}
        for name in names:
            self.join(name)

    def __getitem__(self, name: str) -> Party:
        return next(party for party in self.parties if party.name == name)

    def join(self, name: str) -> Party:
        who = Participant(self.random.randbytes(16), guest(name), KEYS, self.charter, lambda: TODAY)
        if not self.parties:
            group, _, _ = GROUPS.create(who)
            party = Party(self, name, group)
            self.parties.append(party)
            party.enter(group)
            return party
        self._settle()
        there = self.parties[0].group
        described = write_message(there.group.info(with_tree=False))
        proposed = GROUPS.join(described, there.group.public.tree.encoded, who, None)
        party = Party(self, name, proposed.group)
        self._follow(proposed.commit)
        self.parties.append(party)
        party.enter(proposed.group)
        return party

    def renew(self, removed: Iterable[str] = ()) -> None:
        """Somebody makes a new epoch, without some."""
        self._settle()
        gone = [self[name] for name in removed]
        self.parties = [party for party in self.parties if party not in gone]
        maker = self.random.choice(self.parties)
        proposed = GROUPS.commit(maker.group, [party.leaf for party in gone])
        self._follow(proposed.commit, but=maker)
        maker.enter(proposed.group)
        for party in gone:
            party.proofs.forget()

    def direct(self, policy: Policy) -> None:
        """Whoever came first changes the policy."""
        self._settle()
        maker = self.parties[0]
        proposed = maker.group.commit([], self.random.randbytes, policy)
        self._follow(proposed.commit, but=maker)
        maker.enter(proposed.group)

    def _settle(self) -> None:
        """One commit after the other."""
        while len({party.group.group.epoch for party in self.parties}) > 1:
            self.run(0.01)

    def _follow(self, commit: bytes, but: Party | None = None) -> None:
        for party in self.parties:
            if party is not but:
                self._deliver(party, partial(self._process, party, commit))

    def _process(self, party: Party, commit: bytes) -> None:
        party.enter(GROUPS.process(party.group, commit))

    def carry(self, sender: Party, message: bytes) -> None:
        for receiver in self.parties:
            if receiver is not sender and receiver.is_inside:
                for passed in self.pass_on(sender, receiver, message):
                    self.inject(receiver, passed)

    def inject(self, receiver: Party, message: bytes) -> None:
        """The server sends this to somebody."""
        self._deliver(receiver, lambda: receiver.incoming.frame(message) if receiver.is_inside else None)

    def _deliver(self, receiver: Party, task: Callable[[], None]) -> None:
        """One connection: nothing overtakes anything."""
        now = self.time.now
        at = max(now + self.delay(), self._last.get(receiver.name, 0.0))
        self._last[receiver.name] = at
        self.time.later(at - now, task)

    def run(self, seconds: float) -> None:
        self.time.pass_(seconds)


def forge(thief: Party, victim: Party, header: Header, content: bytes, epoch: int | None = None) -> bytes:
    """Seal as another, with the key that all members have."""
    group = thief.group
    number = group.group.epoch if epoch is None else epoch
    kid = build_kid(context_of(header.stream, header.rendition), victim.leaf, number)
    return Cipher(group.sframe_base_key(), kid).encrypt(header.counter, build_header(header), content)
