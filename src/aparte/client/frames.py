"""Frames as a participant's program sees them: opened, sealed, and to be sealed."""

from dataclasses import dataclass

from aparte.core.wire.header import Header, Stream
from aparte.e2ee.content import Codec, Sound, Video

Content = Sound | Video
"""What is inside the seal of a sound or camera frame (spec/wire.md section 1): codec, capture time, chunk and marks."""


@dataclass(frozen=True, slots=True, repr=False)
class EncodedFrame:
    """An encoded frame to be sealed and sent. ``key`` and ``temporal`` (0 to 2) are a picture's; sound has neither."""

    content: Content
    key: bool = False
    temporal: int = 0


@dataclass(frozen=True, slots=True, repr=False)
class Frame:
    """A frame that opened: ``sender`` is the seat whose leaf sealed it, and everything here was authenticated."""

    sender: str
    header: Header
    content: Content

    @property
    def stream(self) -> Stream:
        """Sound or camera."""
        return self.header.stream

    @property
    def rendition(self) -> int:
        """Which of its sender's picture sizes: 0 to 2, 0 smallest."""
        return self.header.rendition

    @property
    def temporal(self) -> int:
        """The temporal layer: 0 to 2."""
        return self.header.temporal

    @property
    def key(self) -> bool:
        """Whether it can be decoded alone."""
        return self.header.key

    @property
    def codec(self) -> Codec:
        """How the payload is encoded."""
        return self.content.codec if isinstance(self.content, Video) else Codec.OPUS

    @property
    def capture_time(self) -> int:
        """In µs of the sender's one clock, the same for sound and pictures."""
        return self.content.time_us

    @property
    def payload(self) -> bytes:
        """The codec's chunk."""
        return self.content.chunk


@dataclass(frozen=True, slots=True, repr=False)
class SealedFrame:
    """A frame as it came from the server, unopened: ``message`` is the whole of it, header included.

    Nothing vouches for it; ``header`` is what the relay reads, or what somebody made of it on the way.
    """

    header: Header
    message: bytes
