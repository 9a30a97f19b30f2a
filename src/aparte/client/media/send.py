"""Encodes pictures and sound one by one, and sends them into a meeting."""

import asyncio
import threading
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Final

from aparte.client.frames import EncodedFrame
from aparte.client.media.clock import now_us
from aparte.client.media.encode.size import LARGE, Rendition
from aparte.client.media.encode.sound import SoundEncoder
from aparte.client.media.encode.video import PictureEncoder
from aparte.client.media.picture import Picture, Plane
from aparte.client.media.samples import Samples
from aparte.client.meeting import Meeting
from aparte.core.wire.header import Stream
from aparte.e2ee.content import Codec

_EARLIEST: Final = 0.75
"""A picture may come after this share of the usual interval and still counts."""


@dataclass(slots=True)
class Sent:
    """What went out: frames, bytes of their chunks, and what was left out, by reason.

    ``late``, ``too-many`` (pictures a second), ``congested`` (the line is behind), ``encoder``, ``too-large``,
    ``not-sent`` (nobody is connected, or a key frame has to come first).
    """

    frames: int = 0
    bytes: int = 0
    left_out: Counter[str] = field(default_factory=Counter)

    def count(self, frame: EncodedFrame, gone: bool) -> bool:
        """Count a frame that was handed in."""
        if gone:
            self.frames += 1
            self.bytes += len(frame.content.chunk)
        else:
            self.left_out["not-sent"] += 1
        return gone


class Camera:
    """Encodes pictures and sends them. Everybody sees that the camera is on until ``close``.

    Pages show VP9 and nothing else.
    """

    stream: Final = Stream.CAMERA

    def __init__(self, meeting: Meeting, codec: Codec = Codec.VP9, rendition: Rendition = LARGE) -> None:
        """Raise ``MediaError(no-codec)``; ``ValueError`` if this meeting has a camera already."""
        self.sent = Sent()
        self._rendition = rendition
        self._encoder = PictureEncoder(codec, rendition)
        self._publisher = meeting.publish(self.stream)
        self._last_us = -1_000_000
        # A send that is given up leaves its thread behind: the next one must not encode beside it.
        self._lock = threading.Lock()

    async def send(self, picture: Picture | Plane, time_us: int | None = None) -> bool:
        """Encode a picture, or an array (height, width, 3) of uint8 in sRGB, and send it.

        ``time_us`` is the capture time by ``now_us()``; without it an array was made just now. Returns False for a
        picture that is left out (``sent.left_out`` says why). Raises ``MediaError``: ``bad-array``, ``bad-time``,
        ``cannot-encode``.
        """
        made = picture.time_us if isinstance(picture, Picture) else now_us()
        when = made if time_us is None else time_us
        if 0 <= when - self._last_us < _EARLIEST * 1_000_000 / self._rendition.fps:
            return self._leave_out("too-many")
        if self._publisher.is_congested:
            return self._leave_out("congested")
        frame = await asyncio.to_thread(self._encode, picture, when, self._publisher.keyframe_wanted.is_set())
        self._last_us = when
        if frame is None:
            return self._leave_out("encoder")
        try:
            gone = await self._publisher.send(frame)
        except ValueError:
            # The limit of a frame's size (spec/wire.md section 1). What follows would need it.
            self._publisher.want_keyframe()
            return self._leave_out("too-large")
        return self.sent.count(frame, gone)

    def close(self) -> None:
        """Turn the camera off."""
        self._publisher.close()
        with self._lock:
            self._encoder.close()

    def _encode(self, picture: Picture | Plane, time_us: int, key: bool) -> EncodedFrame | None:
        if not isinstance(picture, Picture):
            picture = Picture.from_rgb(picture, time_us)
        with self._lock:
            if key:
                self._encoder.want_key()
            return self._encoder.encode(replace(picture, time_us=time_us))

    def _leave_out(self, reason: str) -> bool:
        self.sent.left_out[reason] += 1
        return False


class Microphone:
    """Encodes sound and sends it, in frames of 20 ms. Everybody sees that the microphone is on until ``close``."""

    stream: Final = Stream.SOUND

    def __init__(self, meeting: Meeting, channels: int = 1) -> None:
        """Raise ``MediaError(no-codec)``; ``ValueError`` if this meeting has a microphone already."""
        self.sent = Sent()
        self._encoder = SoundEncoder(channels)
        self._publisher = meeting.publish(self.stream)
        self._lock = threading.Lock()

    async def send(self, samples: Samples) -> bool:
        """Encode samples of any length and send the frames that they complete; False if one of them could not go.

        Raises ``MediaError(cannot-encode)``.
        """
        frames = await asyncio.to_thread(self._encode, samples)
        return all([self.sent.count(frame, await self._publisher.send(frame)) for frame in frames])

    def close(self) -> None:
        """Turn the microphone off."""
        self._publisher.close()

    def _encode(self, samples: Samples) -> list[EncodedFrame]:
        with self._lock:
            return self._encoder.encode(samples)
