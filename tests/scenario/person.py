"""A client as spec/wire.md describes it, with a group that is a hash chain instead of MLS."""

from __future__ import annotations

import json
from hashlib import sha256

from aparte.core.wire import control
from aparte.core.wire.control import ClientMessage, GroupState, ServerMessage
from aparte.core.wire.errors import Reason
from tests.scenario.host import Host
from tests.scenario.network import Line, Network, Way


class Group:
    """Who is in it and a digest of everything that made it so: two members agree if and only if these are equal."""

    def __init__(self, digest: str, leaves: frozenset[str]) -> None:
        self.digest = digest
        self.leaves = leaves

    @classmethod
    def read(cls, info: bytes) -> Group:
        fields = json.loads(info)
        return cls(fields["digest"], frozenset(fields["leaves"]))

    @property
    def info(self) -> bytes:
        return json.dumps({"digest": self.digest, "leaves": sorted(self.leaves)}).encode()

    def after(self, commit: bytes) -> Group:
        fields = json.loads(commit)
        leaves = self.leaves | set(fields["adds"])
        assert leaves >= set(fields["removes"])
        return Group(sha256(self.digest.encode() + commit).hexdigest(), leaves - set(fields["removes"]))


class Person:
    """Joins, follows the chain, removes who is gone, comes back after a cut, or joins anew when it cannot."""

    def __init__(self, network: Network, host: Host, way: Way) -> None:
        self.network = network
        self.seat = ""
        self.epoch = 0
        self.group: Group | None = None  # none while it is not a member
        self.joined_at: float | None = None
        self.tries = 0  # commits sent for the present purpose
        self.most_tries = 0
        self.shown_away: set[str] = set()
        self.wants_in = False
        self.ended: Reason | None = None
        self._host = host
        self._way = way
        self._line: Line | None = None
        self._greeted = False  # the line has said `welcome` or `resumed`
        self._token = ""
        self._gone: set[str] = set()
        self._pending: tuple[int, bytes, Group] | None = None  # epoch it starts from, commit, the group it makes

    # What its owner does

    def join(self) -> None:
        self.wants_in, self.ended = True, None
        self.group, self._pending, self.tries, self.seat = None, None, 0, ""
        self.shown_away, self._gone = set(), set()
        self._connect(None)

    def leave(self) -> None:
        self.wants_in, self.group, self._pending = False, None, None
        if self._line is not None:
            self._line.send("up", control.Leave())

    def cut(self) -> None:
        if self._line is not None:
            self._line.cut()

    def crash(self) -> None:
        """Gone without a word, keys and all."""
        self.cut()
        self._line = None
        self.wants_in, self.group, self._pending = False, None, None

    def update(self) -> None:
        """A commit that removes who is gone, or nobody: fresh keys either way."""
        if self.group is None or self._pending is not None or not self._greeted:
            return
        self._commit(self.group, self.epoch, [], sorted(self._gone & self.group.leaves))

    # What it hears

    def hear(self, line: Line, message: ClientMessage | ServerMessage) -> None:
        if line is not self._line or not self.wants_in:
            return
        match message:
            case control.Welcome(_, seat, token, group):
                self.seat, self._token, self._greeted = seat, token, True
                self._enter(group)
            case control.Accepted(epoch):
                self._accept(epoch)
            case control.CommitNotice(epoch, _, commit):
                self._apply(epoch, commit)
            case control.Resumed(token, epoch, commits, gone, away):
                self._catch_up(token, epoch, commits, gone, away)
            case control.Refused(_, reason, group):
                self._refused(reason, group)
            case control.Away(seat):
                self.shown_away.add(seat)
            case control.Back(seat):
                self.shown_away.discard(seat)
            case control.Gone(seat):
                self.shown_away.discard(seat)
                self._hear_gone(seat)
            case control.Bye(reason):
                self._end(reason)

    def lost(self, line: Line) -> None:
        if line is not self._line or not self.wants_in:
            return
        self._line, self._greeted = None, False
        epoch = self.epoch
        if self.group is None:
            if self._pending is None:
                self.join()
                return
            epoch = max(self._pending[0], 0)
        self._connect(control.ResumeRequest(self.seat, self._token, epoch))

    def _connect(self, resume: control.ResumeRequest | None) -> None:
        self._line, self._greeted = Line(self.network, self, self._host, self._way), False
        self._line.send("up", control.Hello(1, b"m" * 16, b"d" * 32, resume))

    def _enter(self, state: GroupState | None) -> None:
        if state is None:
            group = Group(sha256(self.seat.encode()).hexdigest(), frozenset({self.seat}))
            self._pending = (-1, b"", group)
            self._send(control.Create(self.seat.encode().ljust(16), group.info))
        else:
            self._commit(Group.read(state.info), state.epoch, [self.seat], [])

    def _commit(self, group: Group, epoch: int, adds: list[str], removes: list[str]) -> None:
        nonce = self.network.random.getrandbits(64)
        commit = json.dumps({"adds": adds, "removes": removes, "nonce": nonce}).encode()
        made = group.after(commit)
        self._pending = (epoch, commit, made)
        self._send(control.Commit(epoch, commit, made.info, tuple(removes)))

    def _send(self, message: ClientMessage) -> None:
        self.tries += 1
        self.most_tries = max(self.most_tries, self.tries)
        assert self._line is not None
        self._line.send("up", message)

    def _accept(self, epoch: int) -> None:
        assert self._pending is not None
        start, _, made = self._pending
        assert epoch == start + 1
        assert self.group is None or self.epoch == start, "accepted from the epoch that it is in"
        self.epoch, self.group, self._pending, self.tries = epoch, made, None, 0
        if self.joined_at is None:
            self.joined_at = self.network.now
        self._tidy()

    def _apply(self, epoch: int, commit: bytes) -> None:
        assert self.group is not None, "a commit is told to members alone"
        assert epoch == self.epoch, "in order"
        self.epoch, self.group = epoch + 1, self.group.after(commit)
        # A commit of its own that has lost stays pending until its refusal comes: answers do not say what they answer.
        self._gone &= self.group.leaves

    def _catch_up(
        self,
        token: str,
        epoch: int,
        commits: tuple[control.PastCommit, ...],
        gone: tuple[str, ...],
        away: tuple[str, ...],
    ) -> None:
        self._token, self._greeted = token, True
        pending, self._pending = self._pending, None
        if pending is not None and pending[0] == -1:
            self.epoch, self.group = 0, pending[2]
        for past in commits:
            if pending is not None and past.seat == self.seat and past.commit == pending[1]:
                self.epoch, self.group = past.epoch + 1, pending[2]
            elif self.group is not None:
                self._apply(past.epoch, past.commit)
        assert self.group is not None
        assert self.epoch == epoch
        if self.joined_at is None:
            self.joined_at = self.network.now
        self.shown_away = set(away)
        self._gone = set(gone)
        self._tidy()

    def _refused(self, reason: Reason, state: GroupState | None) -> None:
        self._pending = None
        if self.group is None:
            self._enter(state)
        elif reason is Reason.STALE_EPOCH:
            self._tidy()

    def _hear_gone(self, seat: str) -> None:
        self._gone.add(seat)
        self._tidy()

    def _tidy(self) -> None:
        """Remove who is gone, a little later: somebody else may be quicker."""
        if self.group is not None and self._gone & self.group.leaves:
            self.network.after(self.network.random.random() * 0.5, self._remove)

    def _remove(self) -> None:
        if self.group is not None and self._gone & self.group.leaves:
            self.update()
        else:
            self.tries = 0

    def _end(self, reason: Reason) -> None:
        self._line, self.ended = None, reason
        if self.wants_in and reason is Reason.UNKNOWN_SEAT:
            self.join()
        elif self.wants_in:
            self.wants_in, self.group = False, None
