"""Sends what a source gives, at its pace."""

import asyncio
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Final, Protocol, Self, TypeVar

from aparte.client.media.clock import now_us
from aparte.client.media.encode.size import LARGE, Rendition
from aparte.client.media.errors import MediaError
from aparte.client.media.picture import Picture
from aparte.client.media.samples import Samples
from aparte.client.media.send import Camera, Microphone, Sent
from aparte.client.media.source.file import FilePictures, FileSound
from aparte.client.media.source.track import Piece, Track
from aparte.client.meeting import Meeting
from aparte.core.wire.header import Stream
from aparte.e2ee.content import Codec

_LATE_US: Final = {Stream.CAMERA: 60_000, Stream.SOUND: 200_000}
"""What is later than this is left out. A machine that is too slow for all pictures stays this close behind."""
_BEHIND_US: Final = 1_000_000
"""A source that is later than this cannot be read in time: it goes on from here, slower than it should."""

_Taken = TypeVar("_Taken", Picture, Samples, contravariant=True)


class _Sender(Protocol[_Taken]):
    """What a camera and a microphone have in common for whoever has a piece for them."""

    @property
    def stream(self) -> Stream:
        """What it sends."""

    @property
    def sent(self) -> Sent:
        """What went out."""

    async def send(self, piece: _Taken, /) -> bool:
        """Encode and send a piece."""

    def close(self) -> None:
        """Send nothing more."""


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


async def _run(track: Track[Piece], sender: _Sender[Piece], pace: _Pace) -> None:
    reading = asyncio.create_task(asyncio.to_thread(track.read))
    try:
        while (piece := await reading) is not None:
            # The next one is read while this one is encoded.
            reading = asyncio.create_task(asyncio.to_thread(track.read))
            when = piece.time_us if track.live else await pace.when(piece.time_us, _LATE_US[sender.stream])
            if when is None:
                sender.sent.left_out["late"] += 1
            else:
                await sender.send(replace(piece, time_us=when))
    finally:
        # What it still has to say is not listened to.
        reading.add_done_callback(lambda task: task.cancelled() or task.exception())
        reading.cancel()
        sender.close()
        track.close()
