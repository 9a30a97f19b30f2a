"""What a publisher takes, what it drops, and which marks its frames carry."""

import pytest

from aparte.client.frames import EncodedFrame
from aparte.client.publisher import Publisher
from aparte.core.wire.header import Stream
from aparte.e2ee.content import Codec, Colour, ContentError, Sound, Video
from aparte.e2ee.sframe.sealer import Marks

SOUND = EncodedFrame(Sound(0, 0, 1, 200, b"opus"))


def picture(temporal: int = 0, key: bool = False) -> EncodedFrame:
    return EncodedFrame(Video(Codec.VP9, 0, 640, 360, Colour(1, False, 1), b"vp9"), key, temporal)


class Desk:
    """Who would seal."""

    is_congested = False

    def __init__(self) -> None:
        self.is_inside = True
        self.too_large = False
        self.sealed: list[Marks] = []
        self.gone: list[Publisher] = []

    def seal(self, stream: Stream, rendition: int, marks: Marks, plaintext: bytes) -> bool:
        if self.too_large:
            raise ValueError("too large a frame")
        if self.is_inside:
            self.sealed.append(marks)
        return self.is_inside

    async def writable(self) -> None:
        pass

    def closed(self, publisher: Publisher) -> None:
        self.gone.append(publisher)


async def test_pictures_carry_their_layers() -> None:
    desk = Desk()
    camera = Publisher(desk, Stream.CAMERA, 0)
    for temporal, key in ((0, True), (2, False), (1, False), (2, False), (0, False)):
        assert await camera.send(picture(temporal, key))
    assert [(m.temporal, m.key, m.discardable, m.tl0) for m in desk.sealed] == [
        (0, True, False, 1),
        (2, False, True, 1),
        (1, False, False, 1),
        (2, False, True, 1),
        (0, False, False, 2),
    ]
    assert (camera.sent, camera.dropped) == (5, 0)


async def test_a_picture_whose_basis_was_not_sent_is_not_sent_either() -> None:
    desk = Desk()
    camera = Publisher(desk, Stream.CAMERA, 0)
    assert camera.keyframe_wanted.is_set()
    assert not await camera.send(picture())
    assert await camera.send(picture(key=True))
    assert not camera.keyframe_wanted.is_set()
    desk.is_inside = False
    assert not await camera.send(picture(temporal=2))
    desk.is_inside = True
    assert await camera.send(picture()), "nothing needs layer 2"
    desk.is_inside = False
    assert not await camera.send(picture())
    desk.is_inside = True
    assert not await camera.send(picture(temporal=1))
    assert camera.keyframe_wanted.is_set()
    assert await camera.send(picture(key=True))
    assert [marks.tl0 for marks in desk.sealed] == [1, 2, 3]
    assert (camera.sent, camera.dropped) == (3, 4)


async def test_a_frame_that_is_too_large_breaks_the_thread() -> None:
    desk = Desk()
    camera = Publisher(desk, Stream.CAMERA, 0)
    assert await camera.send(picture(key=True))
    desk.too_large = True
    with pytest.raises(ValueError, match="too large"):
        await camera.send(picture())
    desk.too_large = False
    assert not await camera.send(picture(temporal=1))
    assert camera.keyframe_wanted.is_set()


async def test_sound_needs_no_key_frame() -> None:
    desk = Desk()
    microphone = Publisher(desk, Stream.SOUND, 0)
    microphone.want_keyframe()
    microphone.interrupt()
    assert not microphone.keyframe_wanted.is_set()
    assert await microphone.send(SOUND)
    assert desk.sealed == [Marks()]


@pytest.mark.parametrize(
    ("stream", "frame"),
    [
        (Stream.SOUND, picture(key=True)),
        (Stream.CAMERA, SOUND),
        (Stream.CAMERA, picture(temporal=3)),
        (Stream.CAMERA, picture(temporal=1, key=True)),
        (Stream.SOUND, EncodedFrame(Sound(0, 0, 1, 200, b"opus"), key=True)),
        (Stream.SOUND, EncodedFrame(Sound(0, 0, 1, 200, b"opus"), temporal=1)),
    ],
)
async def test_what_does_not_belong_here_is_an_error(stream: Stream, frame: EncodedFrame) -> None:
    with pytest.raises(ValueError, match=r"stream|layer"):
        await Publisher(Desk(), stream, 0).send(frame)


async def test_content_that_cannot_be_is_an_error() -> None:
    with pytest.raises(ContentError):
        await Publisher(Desk(), Stream.SOUND, 0).send(EncodedFrame(Sound(0, 128, 1, 200, b"opus")))


async def test_closed_means_closed_and_is_said_once() -> None:
    desk = Desk()
    microphone = Publisher(desk, Stream.SOUND, 0)
    microphone.close()
    microphone.close()
    assert desk.gone == [microphone]
    assert not await microphone.send(SOUND)
    assert desk.sealed == []
