"""Pictures through every codec and back, and what the layers, key frames and limits are worth."""

import random

import av
import numpy as np
import pytest

from aparte.client.frames import EncodedFrame, Frame
from aparte.client.media.decode.video import PictureDecoder
from aparte.client.media.encode.size import SMALL
from aparte.client.media.encode.video import PictureEncoder, encodable
from aparte.client.media.errors import MediaError
from aparte.client.media.picture import Picture
from aparte.client.media.source.pattern import read_code
from aparte.e2ee.content import Codec, Colour, Video
from tests.client.media.clips import patch_error, pictures, received

LAYERED = [Codec.VP9, Codec.VP8]
SINGLE = [Codec.H264, Codec.AV1]


def encoded(codec: Codec, count: int, keys: frozenset[int] = frozenset(), width: int = 640) -> list[EncodedFrame]:
    """So many frames of the pattern; ``keys`` are asked for."""
    encoder = PictureEncoder(codec)
    frames = []
    for number, picture in enumerate(pictures(count, 7, width, width * 9 // 16)):
        if number in keys:
            encoder.want_key()
        frame = encoder.encode(picture)
        assert frame is not None
        frames.append(frame)
    encoder.close()
    return frames


def content(frame: EncodedFrame) -> Video:
    assert isinstance(frame.content, Video)
    return frame.content


def test_this_machine_has_every_codec() -> None:
    assert set(encodable()) == {Codec.VP9, Codec.VP8, Codec.AV1, Codec.H264}


@pytest.mark.parametrize("codec", [*LAYERED, *SINGLE])
def test_what_is_seen_survives(codec: Codec) -> None:
    """Colours within tolerance, and each picture is the one that its time says."""
    decoder = PictureDecoder()
    times = []
    for frame in encoded(codec, 40, frozenset({25})):
        for picture in decoder.decode(received(frame)):
            rgb = picture.rgb()
            mark, milliseconds = read_code(rgb)
            assert (mark, milliseconds) == (7, picture.time_us // 1000)
            assert patch_error(rgb) <= 14
            assert (picture.width, picture.height) == (640, 360)
            times.append(picture.time_us)
    assert times == [number * 1_000_000 // 30 for number in range(40)]


@pytest.mark.parametrize("codec", [*LAYERED, *SINGLE])
def test_key_frames_come_first_and_on_demand(codec: Codec) -> None:
    frames = encoded(codec, 24, frozenset({9}), 320)
    assert [number for number, frame in enumerate(frames) if frame.key] == [0, 9]
    later = PictureDecoder()
    shown = [len(later.decode(received(frame))) for frame in frames[5:]]
    assert shown == [0] * 4 + [1] * 15


@pytest.mark.parametrize("codec", LAYERED)
def test_layers_are_those_of_the_pattern(codec: Codec) -> None:
    frames = encoded(codec, 14, frozenset({6}), 320)
    assert [frame.temporal for frame in frames] == [0, 2, 1, 2, 0, 2, 0, 2, 1, 2, 0, 2, 1, 2]


@pytest.mark.parametrize("codec", SINGLE)
def test_codecs_without_layers_say_so(codec: Codec) -> None:
    assert {frame.temporal for frame in encoded(codec, 8, width=320)} == {0}


@pytest.mark.parametrize("codec", LAYERED)
@pytest.mark.parametrize("layers", [{0}, {0, 1}, {0, 1, 2}])
def test_layers_can_be_left_out_bit_for_bit(codec: Codec, layers: set[int]) -> None:
    """spec/layers.md section 1, with layers lost at random: what depends on nothing lost is exactly as without loss."""
    frames = encoded(codec, 90, frozenset({37, 38, 71}), 320)
    whole = decoded(frames)
    chance = random.Random(3)
    kept, one = [], True
    for frame in frames:
        lost = frame.temporal not in layers or (layers == {0, 1, 2} and chance.random() < 0.4)
        if frame.temporal == 0:
            one, keep = True, True
        elif frame.temporal == 1:
            one = keep = not lost
        else:
            keep = one and not lost
        if keep:
            kept.append(frame)
    assert len(kept) < len(frames)
    some = decoded(kept)
    assert len(some) == len(kept)
    assert all(np.array_equal(planes, whole[time_us]) for time_us, planes in some.items())


def decoded(frames: list[EncodedFrame]) -> dict[int, np.ndarray]:
    """Every picture by its time, as one array of all its planes."""
    decoder = PictureDecoder()
    shown = [picture for frame in frames for picture in decoder.decode(received(frame))]
    return {one.time_us: np.concatenate([one.y.ravel(), one.u.ravel(), one.v.ravel()]) for one in shown}


@pytest.mark.parametrize("codec", [*LAYERED, *SINGLE])
def test_the_bit_rate_is_kept(codec: Codec) -> None:
    """A moving scene with grain wants more than it gets: no more than a half too much, key frame included."""
    chance = np.random.default_rng(1)
    scene = chance.integers(0, 230, (45, 80, 3), np.uint8).repeat(8, 0).repeat(8, 1)
    encoder = PictureEncoder(codec, SMALL)
    size = 0
    for number in range(60):
        array = np.roll(scene, (2 * number, 3 * number), (0, 1)) + chance.integers(0, 20, scene.shape, np.uint8)
        frame = encoder.encode(Picture.from_rgb(array, number * 1_000_000 // 30))
        assert frame is not None
        size += len(content(frame).chunk)
    encoder.close()
    assert 0.5 * SMALL.bitrate < size * 8 / 2 < 1.5 * SMALL.bitrate


@pytest.mark.parametrize("codec", [*LAYERED, *SINGLE])
def test_another_size_midway_is_a_new_start(codec: Codec) -> None:
    encoder, decoder = PictureEncoder(codec), PictureDecoder()
    seen = []
    sizes = [(640, 360), (640, 360), (200, 320), (200, 320), (1920, 1080), (1920, 1080)]
    for number, (width, height) in enumerate(sizes):
        picture = next(pictures(1, 9, width, height))
        moved = Picture(number * 40_000, picture.y, picture.u, picture.v, picture.colour)
        frame = encoder.encode(moved)
        assert frame is not None
        for shown in decoder.decode(received(frame)):
            assert (shown.width, shown.height) == (content(frame).width, content(frame).height)
            assert read_code(shown.rgb())[0] == 9
            seen.append((shown.width, shown.height, frame.key))
    encoder.close()
    fitted = [(640, 360), (200, 320), (1280, 720)]
    assert seen == [(*size, key) for size in fitted for key in (True, False)]


@pytest.mark.parametrize("size", [(641, 361), (321, 181), (99, 65)])
def test_odd_sizes_are_sent_even(size: tuple[int, int]) -> None:
    frame = PictureEncoder(Codec.VP9).encode(Picture.from_rgb(np.full((*size[::-1], 3), 90, np.uint8), 0))
    assert frame is not None
    sent = content(frame)
    assert sent.width % 2 == sent.height % 2 == 0
    assert abs(sent.width - size[0]) <= 1
    assert abs(sent.height - size[1]) <= 1


@pytest.mark.parametrize(("library", "codec"), [("libvpx-vp9", Codec.VP9), ("libvpx", Codec.VP8)])
def test_odd_sizes_of_others_are_shown(library: str, codec: Codec) -> None:
    """We send even sizes; somebody else may not."""
    context = av.CodecContext.create(library, "w")
    assert isinstance(context, av.VideoCodecContext)
    context.width, context.height, context.pix_fmt, context.bit_rate = 321, 181, "yuv420p", 500_000
    context.options = {"lag-in-frames": "0", "deadline": "realtime", "cpu-used": "8", "qmax": "8"}
    frame = av.VideoFrame.from_ndarray(np.full((181, 321, 3), (40, 90, 200), np.uint8), format="rgb24")
    packets = context.encode(frame.reformat(format="yuv420p", dst_colorspace=1, dst_color_range=1))
    chunk = b"".join(map(bytes, packets))
    sent = EncodedFrame(Video(codec, 5, 321, 181, Colour(1, False, 1), chunk), key=True)
    (picture,) = PictureDecoder().decode(received(sent))
    rgb = picture.rgb()
    assert rgb.shape == (181, 321, 3)
    assert np.abs(rgb.astype(int) - (40, 90, 200)).max() <= 6


def test_the_sealed_colour_goes_before_the_codec_s() -> None:
    (frame,) = encoded(Codec.VP9, 1)
    inside = content(frame)
    other = EncodedFrame(Video(inside.codec, 0, 640, 360, Colour(5, True, 2), inside.chunk), key=True)
    (picture,) = PictureDecoder().decode(received(other))
    assert picture.colour == Colour(5, True, 2)
    unstated = EncodedFrame(Video(inside.codec, 0, 640, 360, Colour(2, False, 2), inside.chunk), key=True)
    (picture,) = PictureDecoder().decode(received(unstated))
    assert picture.colour.matrix == 1


def test_pictures_of_one_time_are_refused() -> None:
    encoder = PictureEncoder(Codec.VP9)
    picture = next(pictures(1))
    encoder.encode(picture)
    with pytest.raises(MediaError, match=r"^bad-time$"):
        encoder.encode(picture)


def test_opus_is_no_codec_of_pictures() -> None:
    with pytest.raises(MediaError, match=r"^no-codec$"):
        PictureEncoder(Codec.OPUS)


@pytest.mark.parametrize("codec", [*LAYERED, *SINGLE])
def test_too_many_pixels_are_refused_before_they_take_memory(codec: Codec) -> None:
    huge = EncodedFrame(content(encoded(codec, 1, width=1280)[0]), key=True)
    decoder = PictureDecoder(most_pixels=640 * 360)
    with pytest.raises(MediaError, match=r"^cannot-decode$"):
        decoder.decode(received(huge))
    assert decoder.key_wanted


def damaged(frame: Frame, chance: random.Random) -> Frame:
    """The frame with some bytes of its chunk changed, cut off or added."""
    video = frame.content
    assert isinstance(video, Video)
    chunk = bytearray(video.chunk)
    for _ in range(chance.choice((1, 1, 2, 8, 40))):
        chunk[chance.randrange(min(len(chunk), chance.choice((8, 64, 100_000))))] = chance.randrange(256)
    match chance.randrange(4):
        case 0:
            del chunk[chance.randrange(1, len(chunk)) :]
        case 1:
            chunk += chance.randbytes(chance.randrange(64))
    codec = chance.choice([video.codec, video.codec, Codec.VP9, Codec.VP8, Codec.AV1, Codec.H264])
    broken = Video(codec, video.time_us, video.width, video.height, video.colour, bytes(chunk))
    return Frame(frame.sender, frame.header, broken)


@pytest.mark.promise("P19")
@pytest.mark.parametrize("codec", [*LAYERED, *SINGLE])
def test_damaged_chunks_end_in_a_typed_error_or_a_picture(codec: Codec) -> None:
    chance = random.Random(int(codec))
    frames = [received(frame) for frame in encoded(codec, 24, frozenset({12}), 192)]
    decoder = PictureDecoder()
    refused = 0
    for number in range(600):
        frame = frames[number % len(frames)]
        hurt = damaged(frame, chance) if chance.random() < 0.5 else frame
        try:
            decoder.decode(hurt)
        except MediaError as error:
            assert error.reason == "cannot-decode"  # noqa: PT017
            assert decoder.key_wanted
            refused += 1
    assert refused > 20
    # Whatever it has been through, a key frame brings it back.
    decoder.reset()
    (picture,) = decoder.decode(frames[0])
    assert read_code(picture.rgb())[0] == 7


def test_a_decoder_that_failed_waits_for_a_key_frame() -> None:
    frames = [received(frame) for frame in encoded(Codec.VP9, 12, frozenset({6}), 320)]
    decoder = PictureDecoder()
    assert decoder.key_wanted
    assert len(decoder.decode(frames[0])) == 1
    assert not decoder.key_wanted
    rubbish = Frame("somebody", frames[1].header, Video(Codec.VP9, 1, 2, 2, Colour(1, False, 1), b"\x00rubbish"))
    with pytest.raises(MediaError, match=r"^cannot-decode$"):
        decoder.decode(rubbish)
    assert [len(decoder.decode(frame)) for frame in frames[2:]] == [0, 0, 0, 0, 1, 1, 1, 1, 1, 1]


def test_a_change_of_codec_needs_a_key_frame() -> None:
    vp9, vp8 = encoded(Codec.VP9, 2, width=320), encoded(Codec.VP8, 2, width=320)
    decoder = PictureDecoder()
    decoder.decode(received(vp9[0]))
    with pytest.raises(MediaError, match=r"^cannot-decode$"):
        decoder.decode(received(vp8[1]))
    assert len(decoder.decode(received(vp8[0]))) == 1
