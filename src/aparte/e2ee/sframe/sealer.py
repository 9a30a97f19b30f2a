"""Sealing one stream and rendition of one sender."""

from dataclasses import dataclass

from aparte.core.wire.errors import WireError
from aparte.core.wire.header import MAX_SIZE, Header, Stream, build_header
from aparte.core.wire.limits import HEADER_SIZE, MAX_COUNTER
from aparte.e2ee.sframe.cipher import Cipher
from aparte.e2ee.sframe.errors import SealError, SealReason
from aparte.e2ee.sframe.kid import build_kid, context_of
from aparte.e2ee.sframe.suites import TAG_SIZE

_MAX_SFRAME_HEADER = 9  # config byte, KID and counter of 4 bytes each


@dataclass(frozen=True, slots=True)
class Marks:
    """What the wire header says of a frame besides stream, rendition and counter."""

    temporal: int = 0
    key: bool = False
    discardable: bool = False
    tl0: int = 0


class Sealer:
    """One sender context: its counter rises from 0 and never goes back, whatever the keys.

    So no (key, counter) pair comes twice, across epochs and reconnections; it lives for as long as the leaf.
    """

    __slots__ = ("_cipher", "_counter", "_rendition", "_stream")

    def __init__(self, stream: Stream, rendition: int = 0) -> None:
        self._stream = stream
        self._rendition = rendition
        self._counter = 0
        self._cipher: Cipher | None = None

    def rekey(self, base_key: bytes, leaf: int, epoch: int) -> None:
        """Seal under this epoch's key from now on: ``base_key`` 32 bytes, the sender's own leaf, the MLS epoch."""
        self._cipher = Cipher(base_key, build_kid(context_of(self._stream, self._rendition), leaf, epoch))

    def seal(self, marks: Marks, plaintext: bytes) -> bytes:
        """Return the whole binary message: wire header, SFrame header, ciphertext, tag.

        Raises ``SealError``: ``no-key`` before the first ``rekey``, ``exhausted`` when the counter is used up,
        ``too-large`` over the stream's limit, ``malformed`` for marks that the wire header does not allow.
        """
        if self._cipher is None:
            raise SealError(SealReason.NO_KEY)
        if self._counter > MAX_COUNTER:
            raise SealError(SealReason.EXHAUSTED)
        if HEADER_SIZE + _MAX_SFRAME_HEADER + len(plaintext) + TAG_SIZE > MAX_SIZE[self._stream]:
            raise SealError(SealReason.TOO_LARGE)
        counter = self._counter
        header = Header(self._stream, self._rendition, marks.temporal, marks.key, marks.discardable, marks.tl0, counter)
        try:
            metadata = build_header(header)
        except WireError:
            raise SealError(SealReason.MALFORMED) from None
        # Used up before the key touches anything: a failure on the way can only skip a number.
        self._counter = counter + 1
        return self._cipher.encrypt(counter, metadata, plaintext)
