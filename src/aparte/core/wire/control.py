"""Control messages: JSON text, one typed object each (spec/wire.md section 2).

In the structs groups, infos, trees, commits, charters, doors and meetings are bytes; seats and tokens are their b64
text, because they serve as names. A struct built by hand is not checked: what is decoded is.
"""

from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from aparte.core.wire.b64 import b64_decode, b64_encode
from aparte.core.wire.errors import CLOSE_CODES, REFUSALS, Reason, WireError
from aparte.core.wire.header import Stream
from aparte.core.wire.limits import (
    ACCOUNT_IDENTITY_SIZE,
    ADMISSION_SIZE,
    DOOR_SIZE,
    GUEST_IDENTITY_SIZE,
    LEAF_KEY_SIZE,
    MAX_CHARTER,
    MAX_CLIENT_TEXT,
    MAX_COMMIT,
    MAX_GROUP,
    MAX_INFO,
    MAX_INTEGER,
    MAX_SERVER_TEXT,
    MAX_TREE,
    MEETING_SIZE,
    MIN_GROUP,
    VERSION,
)

# The last character of a canonical b64 text carries 2 or 4 bits of 16 or 32 bytes: only some characters end one.
Seat = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{21}[AQgw]\Z")]
Token = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]\Z")]
EntryCode = Annotated[str, Meta(pattern=r"^[0-9]{8}\Z")]
Natural = Annotated[int, Meta(ge=0, le=MAX_INTEGER)]
Rendition = Annotated[int, Meta(ge=0, le=2)]
Group = Annotated[bytes, Meta(min_length=MIN_GROUP, max_length=MAX_GROUP)]
Info = Annotated[bytes, Meta(min_length=1, max_length=MAX_INFO)]
Tree = Annotated[bytes, Meta(min_length=1, max_length=MAX_TREE)]
CommitBytes = Annotated[bytes, Meta(min_length=1, max_length=MAX_COMMIT)]
Identity = Annotated[bytes, Meta(min_length=GUEST_IDENTITY_SIZE, max_length=ACCOUNT_IDENTITY_SIZE)]
LeafKey = Annotated[bytes, Meta(min_length=LEAF_KEY_SIZE, max_length=LEAF_KEY_SIZE)]
AdmissionBytes = Annotated[bytes, Meta(min_length=ADMISSION_SIZE, max_length=ADMISSION_SIZE)]
CharterBytes = Annotated[bytes, Meta(min_length=1, max_length=MAX_CHARTER)]


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What control messages are made of."""


class _Message(_Part, frozen=True, tag_field="t", forbid_unknown_fields=True):
    """A control message; field ``t`` of the JSON names its type."""


# From a client


class ResumeRequest(_Part, frozen=True):
    """The seat to come back to, its token, and the epoch that the client is in."""

    seat: Seat
    token: Token
    epoch: Natural

    def __repr__(self) -> str:
        """Without the token."""
        return f"ResumeRequest({self.seat!r}, epoch={self.epoch})"


class Hello(_Message, frozen=True, tag="hello", omit_defaults=True):
    """First message of a link; ``door`` proves the link secret (spec/keys.md).

    ``code`` is a guest's part of an invitation (spec/plans.md).
    """

    v: Literal[1]
    meeting: Annotated[bytes, Meta(min_length=MEETING_SIZE, max_length=MEETING_SIZE)]
    door: Annotated[bytes, Meta(min_length=DOOR_SIZE, max_length=DOOR_SIZE)]
    resume: ResumeRequest | None = None
    code: EntryCode | None = None

    def __repr__(self) -> str:
        """Without the door and the code."""
        return f"Hello(v={self.v}, resume={self.resume!r})"


class Create(_Message, frozen=True, tag="create"):
    """The first one made the group; ``tree`` is the content of a ratchet_tree extension (RFC 9420 section 12.4.3.3)."""

    group: Group
    info: Info
    tree: Tree


class Commit(_Message, frozen=True, tag="commit"):
    """A commit, and the GroupInfo of the epoch that it makes."""

    commit: CommitBytes
    info: Info


class Knock(_Message, frozen=True, tag="knock"):
    """Who asks to come in: the ``identity`` of the leaf that would come, and its signature ``key``."""

    identity: Identity
    key: LeafKey


class Admit(_Message, frozen=True, tag="admit"):
    """This member lets somebody in who knocked: an ``Admission`` (spec/policy.md section 4)."""

    seat: Seat
    admission: AdmissionBytes


class Refuse(_Message, frozen=True, tag="refuse"):
    """This member does not let somebody in who knocked."""

    seat: Seat


class Nack(_Message, frozen=True, tag="nack"):
    """This member could not apply the commit that starts from ``epoch``."""

    epoch: Natural


class RefreshRequest(_Message, frozen=True, tag="refresh"):
    """Asks a sender for a key frame."""

    seat: Seat
    stream: Stream
    rendition: Rendition


class Ping(_Message, frozen=True, tag="ping"):
    """Says that the link lives."""

    n: Natural


class Leave(_Message, frozen=True, tag="leave"):
    """The person leaves."""


ClientMessage = Hello | Create | Commit | Knock | Admit | Refuse | Nack | RefreshRequest | Ping | Leave


# From the server


class Welcome(_Message, frozen=True, tag="welcome"):
    """Admitted: the seat, the token that brings it back after a cut, and the meeting's charter (spec/policy.md)."""

    v: Literal[1]
    seat: Seat
    token: Token
    charter: CharterBytes

    def __repr__(self) -> str:
        """Without the token."""
        return f"Welcome(v={self.v}, seat={self.seat!r})"


class Wait(_Message, frozen=True, tag="wait"):
    """Not yet: ``why`` says what for. ``someone``: somebody is there who may let people in."""

    why: Literal["present", "admission", "locked", "closed"]
    someone: bool


class Admitted(_Message, frozen=True, tag="admitted"):
    """A member lets you in: your commit carries this. A turn follows."""

    admission: AdmissionBytes


class KnockNotice(_Message, frozen=True, tag="knock"):
    """To members who may admit: somebody knocks."""

    seat: Seat
    identity: Identity
    key: LeafKey


class Unknock(_Message, frozen=True, tag="unknock"):
    """Somebody knocks no longer."""

    seat: Seat


class GroupState(_Part, frozen=True):
    """The group as an admitted seat needs it for its external commit."""

    group: Group
    epoch: Natural
    info: Info
    tree: Tree


class Turn(_Message, frozen=True, tag="turn"):
    """It is your turn to come in: join this group by an external commit, or make one when there is none."""

    group: GroupState | None


class PastCommit(_Part, frozen=True):
    """A commit that a cut member has missed."""

    epoch: Natural
    seat: Seat
    commit: CommitBytes


class Resumed(_Message, frozen=True, tag="resumed"):
    """The link is back; ``commits`` start at the client's epoch, ``token`` is the next one."""

    token: Token
    epoch: Natural
    commits: tuple[PastCommit, ...]
    gone: tuple[Seat, ...]
    away: tuple[Seat, ...]

    def __repr__(self) -> str:
        """Without the token."""
        return f"Resumed(epoch={self.epoch}, commits={len(self.commits)}, gone={self.gone}, away={self.away})"


class Accepted(_Message, frozen=True, tag="accepted"):
    """To the committer alone: apply what you sent, the new epoch is ``epoch``."""

    epoch: Natural


class CommitNotice(_Message, frozen=True, tag="commit"):
    """To every other member: apply this commit to ``epoch``."""

    epoch: Natural
    seat: Seat
    commit: CommitBytes


class Refused(_Message, frozen=True, tag="refused"):
    """Nothing happened; ``reason`` is one of ``REFUSALS`` (``ValueError`` otherwise)."""

    of: Literal["create", "commit", "refresh", "admit"]
    reason: Reason

    def __post_init__(self) -> None:
        """Keep reasons that end links out."""
        if self.reason not in REFUSALS:
            raise ValueError("not a refusal")


class Reopened(_Message, frozen=True, tag="reopened"):
    """The commit that started from ``epoch`` is withdrawn: that epoch is in force again."""

    epoch: Natural


class Away(_Message, frozen=True, tag="away"):
    """A member's connection is cut."""

    seat: Seat


class Back(_Message, frozen=True, tag="back"):
    """A cut member is back."""

    seat: Seat


class Gone(_Message, frozen=True, tag="gone"):
    """A member is not coming back: somebody removes its leaf."""

    seat: Seat


class RefreshNotice(_Message, frozen=True, tag="refresh"):
    """Somebody needs a key frame."""

    stream: Stream
    rendition: Rendition


class Pong(_Message, frozen=True, tag="pong"):
    """The answer to ``ping``."""

    n: Natural


class Bye(_Message, frozen=True, tag="bye"):
    """The last message; ``reason`` is one of ``CLOSE_CODES`` (``ValueError`` otherwise)."""

    reason: Reason

    def __post_init__(self) -> None:
        """Keep reasons that end nothing out."""
        if self.reason not in CLOSE_CODES:
            raise ValueError("not a close reason")


ServerMessage = (
    Welcome
    | Wait
    | Admitted
    | KnockNotice
    | Unknock
    | Turn
    | Resumed
    | Accepted
    | CommitNotice
    | Refused
    | Reopened
    | Away
    | Back
    | Gone
    | RefreshNotice
    | Pong
    | Bye
)

_CLIENT_TYPES: Final = frozenset(
    {"hello", "create", "commit", "knock", "admit", "refuse", "nack", "refresh", "ping", "leave"}
)
_SERVER_TYPES: Final = frozenset(
    {
        "welcome",
        "wait",
        "admitted",
        "knock",
        "unknock",
        "turn",
        "resumed",
        "accepted",
        "commit",
        "refused",
        "reopened",
        "away",
        "back",
        "gone",
        "refresh",
        "pong",
        "bye",
    }
)
_OCTETS: Final = frozenset(
    {"meeting", "door", "group", "info", "tree", "commit", "charter", "identity", "key", "admission"}
)
_LARGE: Final = {"info": MAX_INFO, "tree": MAX_TREE, "commit": MAX_COMMIT}


def decode_client(text: str | bytes) -> ClientMessage:
    """Read a message from a client; raises ``WireError`` (malformed, too-large, unknown-kind, bad-version)."""
    message: ClientMessage = _decode(text, MAX_CLIENT_TEXT, _CLIENT_TYPES, ClientMessage)
    return message


def decode_server(text: str | bytes) -> ServerMessage:
    """Read a message from the server; raises ``WireError`` (malformed, too-large, unknown-kind, bad-version)."""
    message: ServerMessage = _decode(text, MAX_SERVER_TEXT, _SERVER_TYPES, ServerMessage)
    return message


def encode_client(message: ClientMessage) -> str:
    """Write a client's message as JSON."""
    return _encode(message)


def encode_server(message: ServerMessage) -> str:
    """Write a server's message as JSON."""
    return _encode(message)


def _decode(text: str | bytes, limit: int, types: frozenset[str], union: Any) -> Any:
    try:
        data = text.encode() if isinstance(text, str) else text
        if len(data) > limit:
            raise WireError(Reason.TOO_LARGE)
        fields = msgspec.json.decode(data)
        if not isinstance(fields, dict) or not isinstance(fields.get("t"), str):
            raise WireError(Reason.MALFORMED)
        if fields["t"] not in types:
            raise WireError(Reason.UNKNOWN_KIND)
        if fields["t"] in ("hello", "welcome") and _another_version(fields.get("v")):
            raise WireError(Reason.BAD_VERSION)
        return msgspec.convert(_to_bytes(fields), union, builtin_types=(bytes,))
    except (ValueError, RecursionError):
        # The parser's own text may quote the message: it is not passed on.
        raise WireError(Reason.MALFORMED) from None


def _another_version(v: object) -> bool:
    return type(v) in (int, float) and v != VERSION


def _to_bytes(value: Any) -> Any:
    """Turn the b64 texts of byte fields into bytes and numbers into integers, wherever in the message they are."""
    if isinstance(value, list):
        return [_to_bytes(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)  # JSON has one kind of number: 1.0 and 1e0 are 1
    if not isinstance(value, dict):
        return value
    return {
        name: _octets(name, item) if name in _OCTETS and isinstance(item, str) else _to_bytes(item)
        for name, item in value.items()
    }


def _octets(name: str, text: str) -> bytes:
    data = b64_decode(text)
    if len(data) > _LARGE.get(name, len(data)):
        raise WireError(Reason.TOO_LARGE)
    return data


def _encode(message: msgspec.Struct) -> str:
    return msgspec.json.encode(_to_text(msgspec.to_builtins(message, builtin_types=(bytes,)))).decode()


def _to_text(value: Any) -> Any:
    """Turn bytes into b64 text, wherever in the message they are."""
    if isinstance(value, bytes):
        return b64_encode(value)
    if isinstance(value, (list, tuple)):
        return [_to_text(item) for item in value]
    if isinstance(value, dict):
        return {name: _to_text(item) for name, item in value.items()}
    return value
