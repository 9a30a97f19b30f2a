"""One stream that we send: encoded frames in, sealed frames out."""

import asyncio
from typing import Protocol

from aparte.client.frames import EncodedFrame
from aparte.core.wire.header import Stream
from aparte.e2ee.content import Sound, Video, build_sound, build_video
from aparte.e2ee.sframe.sealer import Marks


class Host(Protocol):
    """Who seals and sends."""

    @property
    def is_inside(self) -> bool:
        """Whether frames can be sent."""

    @property
    def is_congested(self) -> bool:
        """Whether more waits to leave this machine than a picture should wait behind."""

    def seal(self, stream: Stream, rendition: int, marks: Marks, plaintext: bytes) -> bool:
        """Seal and send; False when that cannot be."""

    async def writable(self) -> None:
        """Wait until the connection takes more."""

    def closed(self, publisher: "Publisher") -> None:
        """Nothing is sent any more."""


class Publisher:
    """Sound, or one rendition of a camera. While it is open the others are told that it sends.

    A picture needs what was sent before it: after one that could not be sent only a key frame is taken.
    ``keyframe_wanted`` is set whenever the next picture should be one: at the beginning, for newcomers, when somebody
    has lost the thread. Sending a key frame clears it.
    """

    def __init__(self, host: Host, stream: Stream, rendition: int) -> None:
        self.stream = stream
        self.rendition = rendition
        self.sent = 0
        self.dropped = 0
        self.keyframe_wanted = asyncio.Event()
        self._host = host
        self._tl0 = 0
        self._broken = True  # what the next picture needs has not been sent
        self._closed = False
        if stream is Stream.CAMERA:
            self.keyframe_wanted.set()

    @property
    def is_congested(self) -> bool:
        """Whether it is better to leave the next picture out before it is encoded."""
        return self._host.is_congested

    async def send(self, frame: EncodedFrame) -> bool:
        """Seal a frame and send it; False when it was dropped: nobody is connected, or a key frame has to come first.

        Waits while the connection takes no more. Raises ``ValueError`` for a frame that does not belong here or is too
        large, and ``ContentError`` for content that cannot be (spec/wire.md section 1).
        """
        marks, plaintext = self._prepare(frame)
        await self._host.writable()
        picture = self.stream is Stream.CAMERA
        if self._closed or not self._host.is_inside or (picture and self._broken and not frame.key):
            self._drop(frame)
            return False
        if picture and frame.temporal == 0:
            self._tl0 = (self._tl0 + 1) % 256
        marks = Marks(marks.temporal, marks.key, marks.discardable, self._tl0 if picture else 0)
        gone = False
        try:
            gone = self._host.seal(self.stream, self.rendition, marks, plaintext)
        finally:
            if not gone:
                self._drop(frame)
        if not gone:
            return False
        if frame.key:
            self._broken = False
            self.keyframe_wanted.clear()
        self.sent += 1
        return True

    def want_keyframe(self) -> None:
        """Somebody needs a key frame."""
        if self.stream is Stream.CAMERA:
            self.keyframe_wanted.set()

    def interrupt(self) -> None:
        """The connection or the leaf is another one: what comes next must stand alone."""
        self._broken = True
        self.want_keyframe()

    def close(self) -> None:
        """Send nothing more, and say so."""
        if not self._closed:
            self._closed = True
            self._host.closed(self)

    def _prepare(self, frame: EncodedFrame) -> tuple[Marks, bytes]:
        content = frame.content
        if isinstance(content, Sound) != (self.stream is Stream.SOUND):
            raise ValueError("this content is of another stream")
        if isinstance(content, Sound):
            if frame.key or frame.temporal:
                raise ValueError("sound has neither key frames nor layers")
            return Marks(), build_sound(content)
        if not isinstance(content, Video) or not 0 <= frame.temporal <= 2 or (frame.key and frame.temporal):
            raise ValueError("a picture has layer 0, 1 or 2, and a key frame layer 0")
        return Marks(frame.temporal, frame.key, frame.temporal == 2), build_video(content)

    def _drop(self, frame: EncodedFrame) -> None:
        self.dropped += 1
        # Nothing needs a picture of layer 2.
        if self.stream is Stream.CAMERA and frame.temporal < 2:
            self.interrupt()
