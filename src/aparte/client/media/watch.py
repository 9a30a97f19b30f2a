"""Decodes what somebody in the meeting sends."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from typing import Final

from aparte.client.frames import Frame
from aparte.client.media.decode.sound import SoundDecoder
from aparte.client.media.decode.video import PictureDecoder
from aparte.client.media.errors import MediaError
from aparte.client.media.picture import Picture
from aparte.client.media.samples import Samples
from aparte.client.meeting import Meeting
from aparte.client.people import Person
from aparte.core.wire.header import Stream

_ASK_SECONDS: Final = 1.0


class Pictures:
    """An asynchronous iterator of one person's pictures, in order, of one rendition.

    A chunk that cannot be decoded is counted in ``refused`` by reason; a key frame is asked for and waited for. It
    ends, or raises ``MeetingEnded``, as ``meeting.frames()`` does.
    """

    def __init__(self, meeting: Meeting, of: Person, rendition: int = 0) -> None:
        self.refused: Counter[str] = Counter()
        self._meeting = meeting
        self._of = of
        self._rendition = rendition
        self._asked = float("-inf")

    async def __aiter__(self) -> AsyncIterator[Picture]:
        """Decode from the next key frame on."""
        decoder = PictureDecoder()
        async for frame in self._meeting.frames(Stream.CAMERA, self._of):
            if frame.rendition != self._rendition:
                continue
            for picture in await self._decoded(decoder, frame):
                yield picture

    async def _decoded(self, decoder: PictureDecoder, frame: Frame) -> list[Picture]:
        try:
            pictures = await asyncio.to_thread(decoder.decode, frame)
        except MediaError as error:
            self.refused[error.reason] += 1
            pictures = []
        now = asyncio.get_running_loop().time()
        if decoder.key_wanted and now - self._asked >= _ASK_SECONDS:
            self._asked = now
            await self._meeting.refresh(self._of, Stream.CAMERA, self._rendition)
        return pictures


class Sounds:
    """An asynchronous iterator of one person's sound: 48 kHz, in pieces as they were sent, usually of 20 ms.

    What did not come leaves a gap in ``time_us``. A chunk that cannot be decoded is counted in ``refused`` by reason.
    """

    def __init__(self, meeting: Meeting, of: Person) -> None:
        self.refused: Counter[str] = Counter()
        self._meeting = meeting
        self._of = of

    async def __aiter__(self) -> AsyncIterator[Samples]:
        """Decode from the next frame on."""
        decoder = SoundDecoder()
        async for frame in self._meeting.frames(Stream.SOUND, self._of):
            try:
                samples = await asyncio.to_thread(decoder.decode, frame)
            except MediaError as error:
                self.refused[error.reason] += 1
                continue
            yield samples


def pictures(meeting: Meeting, of: Person, rendition: int = 0) -> Pictures:
    """Return an iterator of somebody's decoded pictures."""
    return Pictures(meeting, of, rendition)


def sound(meeting: Meeting, of: Person) -> Sounds:
    """Return an iterator of somebody's decoded sound."""
    return Sounds(meeting, of)
