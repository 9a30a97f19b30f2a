"""Pictures and sound between participants of a real server: what one shows and says, the other sees and hears."""

import asyncio
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from aparte.client import EncodedFrame, Meeting, Stream, media
from aparte.client.media import Camera, MediaError, Microphone, PatternPictures, Picture, Samples, ToneSound, read_code
from aparte.e2ee.content import Codec, Colour, Video
from tests.client.conftest import SECONDS, Enter, until
from tests.client.liar import Liar
from tests.client.media.clips import find, loudest, patch_error, pictures, write_clip

SMALL = media.SMALL
ROUND_US = 2_008_000
"""How long a clip of two seconds lasts with the end of its last sound."""


async def see(meeting: Meeting, name: str, count: int) -> list[Picture]:
    """So many pictures of somebody."""
    seen: list[Picture] = []
    async with asyncio.timeout(SECONDS):
        async for picture in media.pictures(meeting, await find(meeting, name)):
            seen.append(picture)
            if len(seen) == count:
                break
    return seen


async def hear(meeting: Meeting, name: str, count: int) -> list[Samples]:
    """So many pieces of somebody's sound."""
    heard: list[Samples] = []
    async with asyncio.timeout(SECONDS):
        async for samples in media.sound(meeting, await find(meeting, name)):
            heard.append(samples)
            if len(heard) == count:
                break
    return heard


@pytest.mark.parametrize("codec", media.encodable())
async def test_one_sees_and_hears_what_another_sends(enter: Enter, codec: Codec) -> None:
    ada, bob = await enter("Ada"), await enter("Bob")
    source = PatternPictures(9, 640, 360), ToneSound(700.0)
    async with media.publish(ada, *source, codec=codec, rendition=SMALL) as publication:
        seen, heard = await asyncio.gather(see(bob, "Ada", 30), hear(bob, "Ada", 50))
        assert (await find(bob, "Ada")).camera
        assert publication.camera is not None
        assert publication.camera.sent.frames >= 30
    codes = [read_code(picture.rgb()) for picture in seen]
    assert {mark for mark, _ in codes} == {9}
    assert max(patch_error(picture.rgb()) for picture in seen) <= 14
    # The code counts from the start of the source: the capture times do the same, on one clock.
    starts = [picture.time_us / 1000 - milliseconds for picture, (_, milliseconds) in zip(seen, codes, strict=True)]
    assert max(starts) - min(starts) <= 1.1
    assert abs(seen[-1].time_us - media.now_us()) < SECONDS * 1_000_000
    pcm = np.concatenate([samples.pcm for samples in heard])[9_600:, 0]
    assert abs(loudest(pcm) - 700) < 3
    assert {piece.channels for piece in heard} == {1}


async def test_whoever_comes_later_begins_with_a_key_frame(enter: Enter) -> None:
    ada, bob = await enter("Ada"), await enter("Bob")
    async with media.publish(ada, PatternPictures(3, 320, 180)):
        assert len(await see(bob, "Ada", 20)) == 20
        cleo = await enter("Cleo")
        first, again = await asyncio.gather(see(cleo, "Ada", 10), see(bob, "Ada", 10))
    assert {read_code(picture.rgb())[0] for picture in (*first, *again)} == {3}


async def test_sound_and_pictures_of_a_file_stay_together(enter: Enter, tmp_path: Path) -> None:
    """The tone of the file begins after one second: it is heard at the time of the picture that shows that second."""
    path = write_clip(tmp_path / "clip.webm", 2.0, quiet=1.0)
    ada, bob = await enter("Ada"), await enter("Bob")
    watching = asyncio.gather(see(bob, "Ada", 10), hear(bob, "Ada", 80))
    await find(bob, "Ada")
    publication = await media.publish_file(ada, path, loop=True)
    async with publication:
        seen, heard = await watching
    start = seen[0].time_us - read_code(seen[0].rgb())[1] * 1000
    onset = next(
        samples.time_us + int((np.abs(samples.pcm[:, 0]) > 0.1).argmax()) * 1_000_000 // media.RATE
        for before, samples in pairwise(heard)
        if np.abs(samples.pcm).max() > 0.15 > np.abs(before.pcm).max()
    )
    late = (onset - start) % ROUND_US - 1_000_000
    assert abs(late) < 25_000
    assert patch_error(seen[-1].rgb()) < 30


async def test_a_file_that_ends_turns_camera_and_microphone_off(enter: Enter, tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.webm", 0.5)
    ada, bob = await enter("Ada"), await enter("Bob")
    publication = await media.publish_file(ada, path)
    await until(lambda: any(person.camera for person in bob.people))
    async with asyncio.timeout(SECONDS):
        await publication.wait()
    await until(lambda: not any(person.camera or person.mic for person in bob.people))
    assert publication.camera is not None
    assert publication.camera.sent.frames + publication.camera.sent.left_out.total() == 15


async def test_files_without_one_of_both_send_the_other(enter: Enter, tmp_path: Path) -> None:
    ada = await enter("Ada")
    dark = await media.publish_file(ada, write_clip(tmp_path / "dark.webm", 0.2, video=None))
    assert dark.camera is None
    assert dark.microphone is not None
    await dark.stop()
    silent = await media.publish_file(ada, write_clip(tmp_path / "silent.webm", 0.2, sound=None))
    assert silent.camera is not None
    assert silent.microphone is None
    await silent.stop()
    (tmp_path / "text").write_text("text")
    with pytest.raises(MediaError, match=r"^not-media$"):
        await media.publish_file(ada, tmp_path / "text")


async def test_arrays_are_sent_with_their_times(enter: Enter) -> None:
    ada, bob = await enter("Ada"), await enter("Bob")
    watching = asyncio.create_task(see(bob, "Ada", 4))
    camera = Camera(ada)
    start = media.now_us()
    sent = []
    for number in range(200):
        array = np.full((120, 160, 3), (200, 60, 20), np.uint8)
        if await camera.send(array, start + number * 40_000):
            sent.append(start + number * 40_000)
        if watching.done():
            break
        await asyncio.sleep(0.01)
    seen = await watching
    camera.close()
    assert [picture.time_us for picture in seen] == sent[sent.index(seen[0].time_us) :][:4]
    assert np.abs(seen[-1].rgb().astype(int) - (200, 60, 20)).max() <= 8


async def test_more_pictures_than_agreed_are_left_out(enter: Enter) -> None:
    camera = Camera(await enter("Ada"))
    start = media.now_us()
    gone = [
        await camera.send(picture, start + number * 5_000) for number, picture in enumerate(pictures(20, 1, 64, 36))
    ]
    assert sum(gone) == 4
    assert camera.sent.left_out == {"too-many": 16}


async def test_bad_arrays_and_times_are_refused(enter: Enter) -> None:
    ada = await enter("Ada")
    camera, microphone = Camera(ada), Microphone(ada)
    with pytest.raises(MediaError, match=r"^bad-array$"):
        await camera.send(np.zeros((4, 4), np.uint8))
    start = media.now_us()
    assert await camera.send(np.zeros((36, 64, 3), np.uint8), start)
    with pytest.raises(MediaError, match=r"^bad-time$"):
        await camera.send(np.zeros((36, 64, 3), np.uint8), start - 1)
    with pytest.raises(ValueError, match="already"):
        Camera(ada)
    with pytest.raises(ValueError, match="already"):
        Microphone(ada)
    camera.close()
    microphone.close()
    Camera(ada).close()


async def test_a_source_that_breaks_is_told(enter: Enter) -> None:
    camera = media.DevicePictures("testsrc=size=64x36:rate=30:duration=0.2,realtime", "lavfi")
    publication = media.publish(await enter("Ada"), camera)
    async with asyncio.timeout(SECONDS):
        with pytest.raises(MediaError, match=r"^broken$"):
            await publication.wait()


async def test_a_device_is_sent_live(enter: Enter) -> None:
    ada, bob = await enter("Ada"), await enter("Bob")
    async with media.publish(
        ada,
        media.DevicePictures("testsrc=size=320x180:rate=30,realtime", "lavfi"),
        media.DeviceSound("sine=frequency=700:sample_rate=44100,arealtime", "lavfi"),
    ):
        seen, heard = await asyncio.gather(see(bob, "Ada", 10), hear(bob, "Ada", 50))
    assert {(picture.width, picture.height) for picture in seen} == {(320, 180)}
    assert abs(loudest(np.concatenate([samples.pcm for samples in heard])[9_600:, 0]) - 700) < 3
    assert abs(seen[-1].time_us - heard[-1].time_us) < 3_000_000


async def test_what_cannot_be_decoded_is_counted_and_a_key_frame_asked_for(enter: Enter) -> None:
    """A member who sends rubbish: nothing of it is shown, and what is good afterwards is."""
    ada, bob = await enter("Ada"), await enter("Bob")
    watched = media.pictures(bob, await find(bob, "Ada"))
    seen: list[Picture] = []

    async def watch() -> None:
        async for picture in watched:
            seen.append(picture)

    watching = asyncio.create_task(watch())
    publisher = ada.publish(Stream.CAMERA)
    rubbish = Video(Codec.VP9, 1, 64, 36, Colour(1, False, 1), b"\x00rubbish")
    async with asyncio.timeout(SECONDS):
        while not watched.refused:
            await publisher.send(EncodedFrame(rubbish, key=True))
            await asyncio.sleep(0.05)
    assert watched.refused.keys() == {"cannot-decode"}
    assert seen == []
    # Sending key frames has cleared the wish; now it is asked for again.
    async with asyncio.timeout(SECONDS):
        await publisher.keyframe_wanted.wait()
    publisher.close()
    async with media.publish(ada, PatternPictures(5, 320, 180)):
        await until(lambda: len(seen) >= 5)
    watching.cancel()
    assert {read_code(picture.rgb())[0] for picture in seen} == {5}


async def test_one_can_look_away_and_back(enter: Enter) -> None:
    ada, bob = await enter("Ada"), await enter("Bob")
    async with media.publish(ada, PatternPictures(6, 320, 180)):
        for _ in range(2):
            seen = await see(bob, "Ada", 5)
            assert {read_code(picture.rgb())[0] for picture in seen} == {6}


async def test_pictures_and_sound_go_on_after_a_cut(enter: Enter, liar: Liar, link: str) -> None:
    """The sender's connection is lost: what is made meanwhile is left out, and afterwards a key frame comes first."""
    ada, bob = await enter("Ada", liar.link(link)), await enter("Bob")
    seen: list[Picture] = []
    heard: list[Samples] = []
    person = await find(bob, "Ada")

    async def watch() -> None:
        async for picture in media.pictures(bob, person):
            seen.append(picture)

    async def listen() -> None:
        async for samples in media.sound(bob, person):
            heard.append(samples)

    tasks = [asyncio.create_task(watch()), asyncio.create_task(listen())]
    async with media.publish(ada, PatternPictures(8, 320, 180), ToneSound(), rendition=SMALL) as publication:
        await until(lambda: len(seen) >= 10 and len(heard) >= 10)
        await liar.cut()
        await until(lambda: not ada.is_connected)
        await until(lambda: ada.is_connected)
        before = len(seen), len(heard)
        await until(lambda: len(seen) >= before[0] + 10 and len(heard) >= before[1] + 10)
        assert publication.microphone is not None
        assert publication.microphone.sent.left_out["not-sent"] > 0
    for task in tasks:
        task.cancel()
    assert {read_code(picture.rgb())[0] for picture in seen} == {8}
    times = [samples.time_us for samples in heard]
    assert times == sorted(times)
    assert max(after - one for one, after in pairwise(times)) > 20_000


async def test_watching_ends_with_the_meeting(enter: Enter) -> None:
    ada, bob = await enter("Ada"), await enter("Bob")

    async def watch() -> int:
        return len([picture async for picture in media.pictures(bob, await find(bob, "Ada"))])

    watching = asyncio.create_task(watch())
    async with media.publish(ada, PatternPictures(6, 320, 180)):
        await until(lambda: bob.counters.opened > 10)
        await bob.leave()
        async with asyncio.timeout(SECONDS):
            assert await watching > 0


async def test_after_the_end_nothing_is_sent(enter: Enter) -> None:
    ada = await enter("Ada")
    camera = Camera(ada)
    await ada.leave()
    assert not await camera.send(np.zeros((36, 64, 3), np.uint8))
    assert camera.sent.frames == 0
    assert camera.sent.left_out.total() == 1
