"""Files as sources: what is in them, when it is due, and what is no file of that kind."""

import random
import socket
import struct
from collections import Counter
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from aparte.client.media.errors import MediaError
from aparte.client.media.picture import Picture
from aparte.client.media.samples import Samples
from aparte.client.media.source.file import FilePictures, FileSound
from aparte.client.media.source.pattern import read_code
from tests.client.media.clips import loudest, patch_error, write_clip


def all_of(track: FilePictures | FileSound, most: int = 10_000) -> list[Picture | Samples]:
    pieces: list[Picture | Samples] = []
    while len(pieces) < most and (piece := track.read()) is not None:
        pieces.append(piece)
    track.close()
    return pieces


def pictures_of(path: Path, loop: bool = False, most: int = 10_000) -> list[Picture]:
    return [piece for piece in all_of(FilePictures(path, loop), most) if isinstance(piece, Picture)]


def sound_of(path: Path, loop: bool = False, most: int = 10_000) -> list[Samples]:
    return [piece for piece in all_of(FileSound(path, loop), most) if isinstance(piece, Samples)]


@pytest.mark.parametrize(
    ("name", "video", "sound"),
    [("clip.webm", "libvpx", "libopus"), ("clip.mp4", "libx264", "aac"), ("clip.mkv", "libvpx-vp9", "flac")],
)
def test_pictures_and_sound_come_with_their_times(tmp_path: Path, name: str, video: str, sound: str) -> None:
    path = write_clip(tmp_path / name, 2.0, video, sound)
    pictures = pictures_of(path)
    assert len(pictures) == 60
    for picture in pictures:
        mark, milliseconds = read_code(picture.rgb())
        assert mark == 7
        assert abs(milliseconds - picture.time_us / 1000) < 12
        assert patch_error(picture.rgb()) < 30
    pieces = sound_of(path)
    pcm = np.concatenate([piece.pcm for piece in pieces])[:, 0]
    assert 1.9 < len(pcm) / 48_000 < 2.1
    assert abs(loudest(pcm[4_800:90_000]) - 1000) < 3
    assert {len(piece.pcm) for piece in pieces[:-1]} == {960}
    assert abs(pieces[-1].time_us - (len(pieces) - 1) * 20_000) < 25_000


def test_a_file_without_sound_or_without_pictures_says_so(tmp_path: Path) -> None:
    silent = write_clip(tmp_path / "silent.webm", sound=None)
    dark = write_clip(tmp_path / "dark.webm", video=None)
    assert len(pictures_of(silent)) == 30
    with pytest.raises(MediaError, match=r"^no-sound$"):
        FileSound(silent)
    assert len(sound_of(dark)) >= 49
    with pytest.raises(MediaError, match=r"^no-picture$"):
        FilePictures(dark)


def test_what_is_no_media_says_so(tmp_path: Path) -> None:
    text = tmp_path / "text.webm"
    text.write_text("nothing to be seen")
    empty = tmp_path / "empty.mp4"
    empty.touch()
    for path, reason in (
        (text, "not-media"),
        (empty, "not-media"),
        (tmp_path / "none", "not-found"),
        (tmp_path, "not-found"),
    ):
        for kind in (FilePictures, FileSound):
            with pytest.raises(MediaError, match=rf"^{reason}$"):
                kind(path)


def test_a_file_opens_nothing_but_files(tmp_path: Path) -> None:
    """A playlist may name an address: nobody is asked there."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.2)
        port = listener.getsockname()[1]
        address = f"http://127.0.0.1:{port}/clip.ts"
        for name, text in (
            ("list.m3u8", f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n{address}\n#EXT-X-ENDLIST\n"),
            ("list.ffconcat", f"ffconcat version 1.0\nfile {address}\n"),
        ):
            path = tmp_path / name
            path.write_text(text)
            with pytest.raises(MediaError, match=r"^(not-media|not-allowed|no-picture|broken)$"):
                FilePictures(path).read()
        with pytest.raises(TimeoutError):
            listener.accept()


def test_a_path_is_never_an_address() -> None:
    for name in ("http://127.0.0.1:9/clip.webm", "concat:a|b", "pipe:0", "lavfi:testsrc"):
        with pytest.raises(MediaError, match=r"^not-found$"):
            FilePictures(name)


def test_a_loop_keeps_sound_and_pictures_together(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.webm", 1.0)
    pictures = pictures_of(path, loop=True, most=95)
    sound = sound_of(path, loop=True, most=155)
    assert len(pictures) == 95
    assert len(sound) == 155
    times = [picture.time_us for picture in pictures]
    assert times == sorted(set(times))
    starts = [picture.time_us for picture in pictures if read_code(picture.rgb())[1] == 0]
    assert len(starts) == 4
    # The tone has the same length each time round, so what restarts with it lies as far apart.
    length = starts[1] - starts[0]
    assert abs(length - 1_000_000) < 60_000
    assert np.abs(np.diff(starts) - length).max() <= 1
    ends = [one.time_us for one, after in pairwise(sound) if after.time_us - one.time_us != 20_000]
    assert all(min(abs(end - start) for start in starts) < 60_000 for end in ends)


def test_a_still_picture_goes_round(tmp_path: Path) -> None:
    path = tmp_path / "still.png"
    with av.open(str(path), "w", format="image2", options={"update": "1"}) as container:
        stream = container.add_stream("png", rate=1)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = 90, 50, "rgb24"
        picture = av.VideoFrame.from_ndarray(np.full((50, 90, 3), (10, 200, 90), np.uint8), format="rgb24")
        container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
    pictures = pictures_of(path, loop=True, most=5)
    assert [picture.time_us for picture in pictures] == [0, 40_000, 80_000, 120_000, 160_000]
    assert np.abs(pictures[-1].rgb().astype(int) - (10, 200, 90)).max() <= 4


def test_a_file_that_is_cut_off_gives_what_is_there(tmp_path: Path) -> None:
    whole = write_clip(tmp_path / "whole.webm", 2.0)
    cut = tmp_path / "cut.webm"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    track = FilePictures(cut)
    count = 0
    try:
        while track.read() is not None:
            count += 1
    except MediaError as error:
        assert error.reason == "broken"  # noqa: PT017
    assert 5 < count < 60


@pytest.mark.parametrize(
    ("name", "video", "sound"),
    [("clip.webm", "libvpx", "libopus"), ("clip.mp4", "libx264", "aac"), ("clip.mkv", "libvpx-vp9", "flac")],
)
def test_a_damaged_file_ends_in_a_typed_error_or_in_media(tmp_path: Path, name: str, video: str, sound: str) -> None:
    chance = random.Random(name)
    whole = write_clip(tmp_path / name, 0.3, video, sound).read_bytes()
    reasons = {"not-media", "no-picture", "no-sound", "no-codec", "broken"}
    ends: Counter[str] = Counter()
    for number in range(40):
        data = bytearray(whole)
        for _ in range(chance.choice((1, 3, 20, 200))):
            data[chance.randrange(min(len(data), chance.choice((200, 2_000, 1_000_000))))] = chance.randrange(256)
        path = tmp_path / f"{number}-{name}"
        path.write_bytes(data)
        for kind in (FilePictures, FileSound):
            try:
                all_of(kind(path), 200)
            except MediaError as error:
                assert error.reason in reasons  # noqa: PT017
                ends[error.reason] += 1
            else:
                ends["read"] += 1
    assert ends["read"] > 10
    assert ends.total() - ends["read"] > 10


def test_a_closed_file_gives_nothing(tmp_path: Path) -> None:
    track = FilePictures(write_clip(tmp_path / "clip.webm", 0.2))
    assert track.read() is not None
    track.close()
    assert track.read() is None


def test_telephones_hold_pictures_upright(tmp_path: Path) -> None:
    """A film that says that it lies on its side is turned before it is sent."""
    path = write_clip(tmp_path / "clip.mp4", 0.2, "libx264", None)
    flat = pictures_of(path)[0]
    data = bytearray(path.read_bytes())
    # The matrix of the track's head, 40 bytes into version 0 (ISO 14496-12 section 8.3.2): a quarter turn clockwise.
    at = data.index(b"tkhd") + 4 + 40
    assert struct.unpack(">9i", data[at : at + 36])[:2] == (0x10000, 0)
    data[at : at + 36] = struct.pack(">9i", 0, 0x10000, 0, -0x10000, 0, 0, 0, 0, 0x40000000)
    path.write_bytes(data)
    upright = pictures_of(path)[0]
    assert (upright.width, upright.height) == (flat.height, flat.width)
    assert np.array_equal(upright.y, np.rot90(flat.y, -1))
    assert np.array_equal(upright.u, np.rot90(flat.u, -1))


@pytest.mark.parametrize("form", ["yuv422p10le", "yuvj420p", "bgr0", "yuv444p"])
def test_other_forms_of_pixels_are_brought_into_ours(tmp_path: Path, form: str) -> None:
    path = tmp_path / "clip.mkv"
    colour = np.full((90, 160, 3), (200, 60, 20), np.uint8)
    with av.open(str(path), "w") as container:
        codec = "mjpeg" if form == "yuvj420p" else "ffv1"
        stream = container.add_stream(codec, rate=30)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = 160, 90, form
        full = form == "yuvj420p"
        picture = av.VideoFrame.from_ndarray(colour, format="rgb24")
        if not form.startswith("bgr"):
            stream.codec_context.colorspace, stream.codec_context.color_range = 5, 2 if full else 1
            picture = picture.reformat(
                format=form, dst_colorspace=5, src_color_range=2, dst_color_range=2 if full else 1
            )
        container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
    (shown,) = pictures_of(path)
    assert not shown.colour.full_range
    assert np.abs(shown.rgb().astype(int) - (200, 60, 20)).max() <= 8
