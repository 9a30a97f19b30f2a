"""Opening everybody else's frames, or refusing them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from aparte.core.wire.errors import WireError
from aparte.core.wire.header import Header, Stream, parse_header
from aparte.core.wire.limits import HEADER_SIZE
from aparte.e2ee.sframe.errors import SealError, SealReason
from aparte.e2ee.sframe.header import parse_sframe_header
from aparte.e2ee.sframe.keyring import Keyring
from aparte.e2ee.sframe.kid import context_of, parse_kid
from aparte.e2ee.sframe.suites import TAG_SIZE

__all__ = ["Opened", "Opener"]


@dataclass(frozen=True, slots=True, repr=False)
class Opened:
    """An authentic frame: whose it is and the number of its KID, its wire header, what was sealed."""

    leaf: int
    kid: int
    header: Header
    plaintext: bytes


class Opener:
    """One participant's receiving side. ``now`` is in seconds of any clock that never goes back."""

    __slots__ = ("_forbidden", "_keyring")

    def __init__(self) -> None:
        self._keyring = Keyring()
        self._forbidden: Mapping[int, frozenset[Stream]] = {}

    def rekey(
        self,
        base_key: bytes,
        epoch: int,
        own_leaf: int,
        members: Iterable[int],
        now: float,
        forbidden: Mapping[int, frozenset[Stream]] | None = None,
    ) -> None:
        """Enter an epoch: ``base_key`` 32 bytes, ``members`` every leaf of its tree (one's own may be among them).

        ``forbidden``: what a leaf may not send; nothing of it is opened from now on. Frames of the epoch before still
        open for 3 s, from those who are members of both.
        """
        self._keyring.rekey(base_key, epoch, own_leaf, members, now)
        self._forbidden = forbidden or {}

    def expire(self, now: float) -> None:
        """Drop the keys whose time is over; ``open`` does so too, but frames may stop coming."""
        self._keyring.expire(now)

    def open(self, message: bytes, now: float) -> Opened:
        """Open a whole binary message with the one key that it names; raises ``SealError`` with the reason.

        ``future-epoch`` may be tried again when the commit on its way has been processed; every other frame is lost.
        """
        try:
            header = parse_header(message)
        except WireError:
            raise SealError(SealReason.MALFORMED) from None
        behind = memoryview(message)[HEADER_SIZE:]
        sframe = parse_sframe_header(behind)
        kid = parse_kid(sframe.kid)
        if kid is None or len(behind) < sframe.size + TAG_SIZE:
            raise SealError(SealReason.MALFORMED)
        if sframe.ctr != header.counter:
            raise SealError(SealReason.COUNTER_MISMATCH, kid.leaf, header.stream)
        if kid.context != context_of(header.stream, header.rendition):
            raise SealError(SealReason.WRONG_CONTEXT, kid.leaf, header.stream)
        if header.stream in self._forbidden.get(kid.leaf, ()):
            raise SealError(SealReason.NOT_PERMITTED, kid.leaf, header.stream)
        lane = self._keyring.find(kid, now)
        if isinstance(lane, SealReason):
            raise SealError(lane, kid.leaf, header.stream)
        if not lane.window.is_fresh(sframe.ctr):
            raise SealError(SealReason.REPLAYED, kid.leaf, header.stream)
        sframe_header, sealed = bytes(behind[: sframe.size]), behind[sframe.size :]
        plaintext = lane.cipher.decrypt(sframe.ctr, sframe_header, message[:HEADER_SIZE], sealed)
        if plaintext is None:
            raise SealError(SealReason.NOT_AUTHENTIC, kid.leaf, header.stream)
        # Only an authentic frame may move the window.
        lane.window.accept(sframe.ctr)
        return Opened(kid.leaf, sframe.kid, header, plaintext)
