"""Files with pictures and sound, made for tests, and what tests look for in them."""

import asyncio
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.container import OutputContainer
from numpy.typing import NDArray

from aparte.client import Meeting, Person
from aparte.client.frames import EncodedFrame, Frame
from aparte.client.media.picture import Picture, to_frame
from aparte.client.media.samples import RATE
from aparte.client.media.source.pattern import PatternPictures, ToneSound
from aparte.core.wire.header import Header, Stream
from aparte.e2ee.content import Video
from tests.client.conftest import SECONDS

Encode = Callable[[], Any]
"""Encodes one frame into packets."""

PATCHES = ((200, 40, 40), (40, 170, 60), (50, 70, 200), (220, 200, 60))


def pictures(count: int, mark: int = 7, width: int = 640, height: int = 360) -> Iterator[Picture]:
    """So many pictures of the pattern, from time 0 on."""
    track = PatternPictures(mark, width, height)
    for _ in range(count):
        picture = track.read()
        assert picture is not None
        yield picture


async def find(meeting: Meeting, name: str) -> Person:
    """The person of that name, as soon as it is there."""
    async with asyncio.timeout(SECONDS):
        async for people in meeting.changes():
            for person in people:
                if person.name == name:
                    return person
    raise AssertionError("the meeting is over")


def received(frame: EncodedFrame, counter: int = 0) -> Frame:
    """A frame as it comes out at the other end."""
    stream = Stream.CAMERA if isinstance(frame.content, Video) else Stream.SOUND
    header = Header(stream, 0, frame.temporal, frame.key, frame.temporal == 2, 0, counter)
    return Frame("somebody", header, frame.content)


def patch_error(rgb: NDArray[np.uint8]) -> int:
    """How far the middle of the worst patch is from what was drawn, in steps of 255."""
    height, width = rgb.shape[:2]
    columns = [(2 * number + 1) * width // 8 for number in range(4)]
    found = [rgb[height * 3 // 4, column].astype(int) for column in columns]
    return max(int(np.abs(was - np.array(drawn)).max()) for was, drawn in zip(found, PATCHES, strict=True))


def loudest(pcm: NDArray[np.float32]) -> float:
    """The frequency with most energy, Hz."""
    spectrum = np.abs(np.fft.rfft(pcm * np.hanning(len(pcm))))
    return float(spectrum.argmax()) * RATE / len(pcm)


def write_clip(
    path: Path, seconds: float = 1.0, video: str | None = "libvpx", sound: str | None = "libopus", quiet: float = 0.0
) -> Path:
    """A file with the pattern (mark 7, 320x180, 30 a second) and, after ``quiet`` seconds, a tone of 1 kHz."""
    with av.open(str(path), "w") as container:
        # Both streams before the first frame: that writes the file's head.
        pieces: list[tuple[float, Encode]] = []
        if video is not None:
            picture_stream = _video_stream(container, video)
            pieces += [(at, partial(picture_stream.encode, frame)) for at, frame in _frames(seconds)]
        if sound is not None:
            sound_stream: Any = container.add_stream(sound, rate=RATE, layout="mono")
            assert isinstance(sound_stream, av.AudioStream)
            kind = sound_stream.codec_context.format.name
            pieces += [(at, partial(sound_stream.encode, frame)) for at, frame in _tones(seconds, kind, quiet)]
        for _, encode in sorted(pieces, key=lambda piece: piece[0]):
            container.mux(encode())
        if video is not None:
            container.mux(picture_stream.encode(None))
        if sound is not None:
            container.mux(sound_stream.encode(None))
    return path


def _video_stream(container: OutputContainer, codec: str) -> av.VideoStream:
    stream = container.add_stream(codec, rate=30)
    assert isinstance(stream, av.VideoStream)
    stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
    stream.bit_rate = 1_000_000
    if codec.startswith("libvpx"):
        stream.options = {"deadline": "realtime", "cpu-used": "8", "threads": "1"}
    stream.codec_context.colorspace = 1
    return stream


def _frames(seconds: float) -> Iterator[tuple[float, av.VideoFrame]]:
    for number, picture in enumerate(pictures(round(seconds * 30), 7, 320, 180)):
        frame = to_frame(picture)
        frame.pts, frame.time_base = number, Fraction(1, 30)
        yield number / 30, frame


def _tones(seconds: float, kind: str, quiet: float) -> Iterator[tuple[float, av.AudioFrame]]:
    track = ToneSound(1000.0, seconds=seconds)
    number = 0
    while (samples := track.read()) is not None:
        pcm = samples.pcm.T * np.float32(number >= quiet * 50)
        if kind.startswith("flt"):
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(pcm), format=kind, layout="mono")
        else:
            whole = (pcm * 32767).astype(np.int16)
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(whole), format=kind, layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE, number * (RATE // 50), Fraction(1, RATE)
        yield number / 50, frame
        number += 1
