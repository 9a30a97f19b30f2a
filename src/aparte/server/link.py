"""One connection of one participant: what it may say when, and how much; how it ends."""

import asyncio
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from picows import WSFrame, WSMsgType, WSTransport

from aparte.core.policy.rights import NONE, forbidden
from aparte.core.relay.feed import Wanted
from aparte.core.relay.replay import Replay
from aparte.core.room.commands import Refresh
from aparte.core.wire.control import (
    Admit,
    Bye,
    Commit,
    Create,
    Hello,
    Knock,
    Leave,
    Ping,
    Pong,
    ServerMessage,
    decode_client,
    encode_server,
)
from aparte.core.wire.errors import CLOSE_CODES, Reason, WireError
from aparte.core.wire.header import Stream, parse_header
from aparte.server.access.sessions import Holder
from aparte.server.allowance import Allowance
from aparte.server.config import Limits
from aparte.server.log import log
from aparte.server.plans.grant import Grant
from aparte.server.receiver import Receiver
from aparte.server.websocket import FAILED, INVALID, MAX_MESSAGE, Listener, Opcode, Payload, build_close, build_frame

if TYPE_CHECKING:
    from aparte.server.meeting import Meeting
    from aparte.server.rooms import Rooms

_TEXT: Final = WSMsgType.TEXT
_BINARY: Final = WSMsgType.BINARY
_CLOSE: Final = WSMsgType.CLOSE

_LARGE: Final = 32_768  # bytes of a message whose buffer is not kept
_MOST_WAITING: Final = 64  # control messages of one link that its room has not handled yet


class State(Enum):
    """spec/wire.md section 3; ARRIVING is a greeting whose door is being looked at."""

    GREETING = auto()
    ARRIVING = auto()
    ADMITTED = auto()
    MEMBER = auto()
    CLOSED = auto()


_STRANGE: Final = (State.GREETING, State.ARRIVING)


class Link(Listener):
    """A participant's end at the server. An error on it ends this link and nothing else."""

    def __init__(self, rooms: "Rooms", limits: Limits, token: bytes | None = None) -> None:
        """``token``: of the session that the upgrade came with."""
        super().__init__()
        self.token: Final = token
        self.holder: Holder | None = None  # whose link it is, once its greeting has been looked at
        self.grant: Grant | None = None  # what let it into a planned meeting
        self.stay: bytes | None = None  # in the meeting's history
        self.address = ""  # where it comes from
        self.state = State.GREETING
        self.meeting: Meeting | None = None
        self.seat: str | None = None
        self.receiver: Receiver | None = None
        self._connection: asyncio.Transport | None = None
        self._replay: Replay | None = None
        self._forbidden: frozenset[Stream] = forbidden(NONE)
        self._rooms: Final = rooms
        self._limits: Final = limits
        self._allowance: Final = Allowance(limits)
        self._waiting = 0
        self._parts = bytearray()  # of a fragmented message
        self._parts_kind: WSMsgType | None = None
        self._heard = False
        self._quiet = 0.0  # seconds

    # Events of the connection

    def on_ws_connected(self, transport: WSTransport) -> None:
        """The upgrade is done; the greeting may come. Later calls only tell of a renewal."""
        if self._connection is not None:
            return
        self._connection = transport.underlying_transport
        peer = self._connection.get_extra_info("peername")
        self.address = str(peer[0]) if peer else ""
        self.receiver = Receiver(self._connection, self._limits, self._ask)
        self._rooms.opened(self)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """A WebSocket frame came in."""
        try:
            self._hear(frame)
        except WireError as error:
            self.close(error.reason)
        except Exception as error:
            self.fail(error)
        if frame.payload_size > _LARGE and not frame.tail_size:
            self.renew()

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        """The connection is gone."""
        self._end()

    def pause_writing(self) -> None:
        """The receiver's gate sees to it."""

    def resume_writing(self) -> None:
        """The receiver's gate sees to it."""

    # What meetings do with it

    @property
    def is_open(self) -> bool:
        """Whether anything can still be said to it."""
        return self.state is not State.CLOSED

    def admit(self, meeting: "Meeting", seat: str) -> None:
        """It has a seat now."""
        self.meeting, self.seat = meeting, seat
        self._rooms.admitted(self)
        if self.is_open:
            self.state = State.ADMITTED

    def become_member(self, replay: Replay) -> None:
        """It may send frames now; ``replay`` knows the counters that its seat has used before."""
        self._replay = replay
        self.state = State.MEMBER

    def forbid(self, streams: frozenset[Stream]) -> None:
        """From now on nothing that it sends of these streams is passed on: its person has not the right."""
        self._forbidden = streams

    def committed(self, tidies: bool) -> None:
        """One of its commits, or its creation of the group, was accepted; removing who is gone costs it nothing."""
        if tidies:
            self._allowance.give_check()
            return
        try:
            self._allowance.take_commit()
        except WireError as error:
            self.close(error.reason)

    def handled(self) -> None:
        """One of its control messages is done."""
        self._waiting -= 1

    def frame(self, message: ServerMessage) -> bytes:
        """A control message as it is written."""
        return build_frame(Opcode.TEXT, encode_server(message).encode())

    def send(self, framed: bytes) -> None:
        """Send a control message. A link that leaves too many unread is closed."""
        if not self.is_open or self.receiver is None:
            return
        try:
            if not self.receiver.control(framed):
                self._rooms.relay.look_after(self.receiver)
        except WireError as error:
            self.close(error.reason)

    def close(self, reason: Reason) -> None:
        """Say ``bye`` and close; nothing happens when that is done already."""
        if self.is_open:
            self._close(self.frame(Bye(reason)) + build_close(CLOSE_CODES[reason], reason))

    def fail(self, error: Exception) -> None:
        """Close after an error of the server's own. Its kind and place are logged; its text may quote what came in."""
        trace, place = error.__traceback__, ""
        while trace is not None:
            place = f"{trace.tb_frame.f_code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}"
            trace = trace.tb_next
        log.error("link-failed", error=type(error).__name__, place=place)
        if self.is_open:
            self._close(build_close(FAILED, ""))

    def pass_time(self, seconds: float) -> None:
        """So much time has passed: allow more messages, and see whether the link has been silent for too long."""
        self._allowance.refill(seconds)
        if self._heard:
            self._heard, self._quiet = False, 0.0
            return
        self._quiet += seconds
        greeting = self.state is State.GREETING
        if self._quiet >= (self._limits.greeting_seconds if greeting else self._limits.silence_seconds):
            self.close(Reason.SILENT)

    # What it says

    @property
    def _most_bytes(self) -> int:
        """Of one message. Nothing that a stranger has to say is large."""
        return self._limits.greeting_bytes if self.state in _STRANGE else MAX_MESSAGE

    def _hear(self, frame: WSFrame) -> None:
        kind = frame.msg_type
        if not self.is_open:
            if kind == _CLOSE and self._connection is not None:
                self._connection.close()
        elif frame.rsv1 or frame.rsv2 or frame.rsv3:
            self._close(build_close(INVALID, ""))
        elif self.state in _STRANGE and frame.payload_size > self._most_bytes:
            raise WireError(Reason.TOO_LARGE)
        elif kind == _BINARY and frame.fin and self._parts_kind is None:
            self._frame(frame.get_payload_as_memoryview())
        elif kind == _TEXT and frame.fin and self._parts_kind is None:
            self._control(frame.get_payload_as_bytes())
        elif kind == _CLOSE:
            self._answer_close(frame)
        elif kind in (WSMsgType.PING, WSMsgType.PONG):
            self._allowance.take_control(frame.payload_size)
            if kind == WSMsgType.PING:
                self.send(build_frame(Opcode.PONG, frame.get_payload_as_bytes()))
        else:
            self._part(kind, frame)

    def _frame(self, message: Payload) -> None:
        self._allowance.take_frame(len(message))
        header = parse_header(message)
        if self.state is not State.MEMBER or self._replay is None or self.meeting is None or self.seat is None:
            raise WireError(Reason.OUT_OF_STATE)
        if not self._replay.rises(header):
            raise WireError(Reason.REPLAYED)
        self._heard = True
        if header.stream in self._forbidden:
            return
        self._rooms.relay.forward(self.meeting.routes.route(self.seat), self.seat, header, message)

    def _control(self, text: bytes | bytearray) -> None:
        self._allowance.take_control(len(text))
        message = decode_client(bytes(text))
        greeting = self.state is State.GREETING
        if isinstance(message, Hello) != greeting:
            raise WireError(Reason.OUT_OF_STATE)
        self._heard = True
        if isinstance(message, Hello):
            self.state = State.ARRIVING
            self._waiting += 1
            self._rooms.greet(self, message)
        elif isinstance(message, Ping):
            self.send(self.frame(Pong(n=message.n)))
        elif self.state is State.ARRIVING:
            # Nobody can say anything else before the welcome, but leave.
            raise WireError(Reason.LEFT if isinstance(message, Leave) else Reason.OUT_OF_STATE)
        else:
            self._waiting += 1
            if self._waiting > _MOST_WAITING:
                raise WireError(Reason.TOO_MANY)
            if isinstance(message, Create | Commit | Knock | Admit):
                self._allowance.take_check()
            self._rooms.say(self, message)

    def _part(self, kind: WSMsgType, frame: WSFrame) -> None:
        """Browsers send large messages in pieces (RFC 6455 section 5.4)."""
        if (kind == WSMsgType.CONTINUATION) != (self._parts_kind is not None):
            self._close(build_close(INVALID, ""))
            return
        if self._parts_kind is None:
            self._parts_kind = kind
        if len(self._parts) + frame.payload_size > self._most_bytes:
            raise WireError(Reason.TOO_LARGE)
        self._allowance.take_part()
        self._parts += frame.get_payload_as_memoryview()
        if not frame.fin:
            return
        whole, whole_kind = self._parts, self._parts_kind
        self._parts, self._parts_kind = bytearray(), None
        if whole_kind == _BINARY:
            self._frame(whole)
        else:
            self._control(whole)

    def _ask(self, wanted: Wanted) -> None:
        """Its receiver cannot show a sender's pictures before a key frame."""
        if self.meeting is not None and self.seat is not None:
            self.meeting.post(Refresh(self.seat, str(wanted.sender), wanted.stream, wanted.rendition))

    # How it ends

    def _answer_close(self, frame: WSFrame) -> None:
        """The peer closes: its code goes back to it, and the connection ends."""
        self._close(build_frame(Opcode.CLOSE, frame.get_payload_as_bytes()[:2]))
        if self._connection is not None:
            self._connection.close()

    def _close(self, last: bytes) -> None:
        """Say the last thing, then give the peer a moment to close."""
        if self._connection is not None:
            self._connection.write(last)
            asyncio.get_running_loop().call_later(self._limits.closing_seconds, self._connection.abort)
        self._end()

    def _end(self) -> None:
        if not self.is_open:
            return
        self.state = State.CLOSED
        if self.receiver is not None:
            self.receiver.close()
        self._rooms.closed(self)
