"""Sends pictures and sound into a meeting: one by one, or from a source at its pace."""

import asyncio
import threading
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from aparte.client.frames import EncodedFrame
from aparte.client.media.clock import now_us
from aparte.client.media.encode.size import LARGE, Rendition
from aparte.client.media.encode.sound import SoundEncoder
from aparte.client.media.encode.video import PictureEncoder
from aparte.client.media.errors import MediaError
from aparte.client.media.picture import Picture, Plane
from aparte.client.media.samples import Samples
from aparte.client.media.source.file import FilePictures, FileSound
from aparte.client.media.source.track import Piece, Track
from aparte.client.meeting import Meeting
from aparte.core.wire.header import Stream
from aparte.e2ee.content import Codec

_LATE_US: Final = {Stream.CAMERA: 60_000, Stream.SOUND: 200_000}
"""What is later than this is left out. A machine that is too slow for all pictures stays this close behind."""
_BEHIND_US: Final = 1_000_000
"""A source that is later than this cannot be read in time: it goes on from here, slower than it should."""
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


class _Pace:
    """The real time of a source whose pieces count from its start; its tracks share one."""

    def __init__(self) -> None:
        self._start_us: int | None = None

    async def when(self, time_us: int, late_us: int) -> int | None:
        """Wait until a piece is due, and return its time on our clock; None when it is later than ``late_us``."""
        now = now_us()
        if self._start_us is None or now - self._start_us - time_us > _BEHIND_US:
            self._start_us = now - time_us
        due = self._start_us + time_us
        if due > now:
            await asyncio.sleep((due - now) / 1_000_000)
        return due if now - due <= late_us else None


class Publication:
    """What is being sent from a source. ``camera`` and ``microphone`` say what went out."""

    def __init__(self, camera: Camera | None, microphone: Microphone | None, tasks: list[asyncio.Task[None]]) -> None:
        """For ``publish``."""
        self.camera = camera
        self.microphone = microphone
        self._tasks = tasks

    async def __aenter__(self) -> Self:
        """Send, until the end of the block."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        await self.stop()

    async def wait(self) -> None:
        """Wait until the source has ended; raises what ended it otherwise, such as ``MediaError(broken)``."""
        try:
            await asyncio.gather(*self._tasks)
        finally:
            await self.stop()

    async def stop(self) -> None:
        """Send nothing more."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


def publish(
    meeting: Meeting,
    pictures: Track[Picture] | None = None,
    sound: Track[Samples] | None = None,
    codec: Codec = Codec.VP9,
    rendition: Rendition = LARGE,
) -> Publication:
    """Begin to send what sources give, at their pace; a file's pictures and sound stay together.

    Raises ``MediaError(no-codec)``; ``ValueError`` if the meeting has a camera or microphone already.
    """
    pace = _Pace()
    camera = microphone = None
    tasks = []
    if pictures is not None:
        camera = Camera(meeting, codec, rendition)
        tasks.append(asyncio.create_task(_run(pictures, camera, pace)))
    if sound is not None:
        microphone = Microphone(meeting)
        tasks.append(asyncio.create_task(_run(sound, microphone, pace)))
    return Publication(camera, microphone, tasks)


async def publish_file(
    meeting: Meeting, path: Path | str, loop: bool = False, codec: Codec = Codec.VP9, rendition: Rendition = LARGE
) -> Publication:
    """Begin to send the pictures and the sound of a file, whichever it has.

    Raises ``MediaError``: ``not-found``, ``not-allowed``, ``not-media``, ``no-picture`` when it has neither.
    """
    pictures, sound = await asyncio.to_thread(_open_file, path, loop)
    return publish(meeting, pictures, sound, codec, rendition)


def _open_file(path: Path | str, loop: bool) -> tuple[FilePictures | None, FileSound | None]:
    try:
        pictures = FilePictures(path, loop)
    except MediaError as error:
        if error.reason != "no-picture":
            raise
        try:
            return None, FileSound(path, loop)
        except MediaError as second:
            raise MediaError("no-picture" if second.reason == "no-sound" else second.reason) from second
    try:
        return pictures, FileSound(path, loop)
    except MediaError as error:
        if error.reason == "no-sound":
            return pictures, None
        pictures.close()
        raise


async def _run(track: Track[Piece], sender: Camera | Microphone, pace: _Pace) -> None:
    reading = asyncio.create_task(asyncio.to_thread(track.read))
    try:
        while (piece := await reading) is not None:
            # The next one is read while this one is encoded.
            reading = asyncio.create_task(asyncio.to_thread(track.read))
            when = piece.time_us if track.live else await pace.when(piece.time_us, _LATE_US[sender.stream])
            if when is None:
                sender.sent.left_out["late"] += 1
            else:
                await sender.send(replace(piece, time_us=when))  # type: ignore[arg-type]
    finally:
        # What it still has to say is not listened to.
        reading.add_done_callback(lambda task: task.cancelled() or task.exception())
        reading.cancel()
        sender.close()
        track.close()
