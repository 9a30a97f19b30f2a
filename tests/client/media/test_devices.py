"""Cameras and microphones: real ones that are not there, and FFmpeg's own in the place of real ones that are."""

import collections
import threading
import time
from collections.abc import Callable

import numpy as np
import pytest

from aparte.client.media.clock import ClockMap, now_us
from aparte.client.media.errors import MediaError
from aparte.client.media.samples import Samples
from aparte.client.media.source.device import DevicePictures, DeviceSound
from tests.client.media.clips import loudest

CAMERA = "testsrc=size=320x180:rate=30,realtime"
MICROPHONE = "sine=frequency=700:sample_rate=44100,arealtime"


@pytest.mark.parametrize(
    ("open_device", "reasons"),
    [
        (lambda: DevicePictures("/dev/video99"), "not-found"),
        (lambda: DevicePictures("/dev/null"), "not-found|not-media"),
        (lambda: DeviceSound("hw:99"), "not-found|not-media"),
        (lambda: DeviceSound("no such microphone"), "not-found|not-media"),
        (lambda: DevicePictures("/dev/video0", "no-such-kind"), "no-device"),
        (lambda: DeviceSound("default", "no-such-kind"), "no-device"),
    ],
    ids=["camera", "null", "card", "name", "pictures", "sound"],
)
def test_a_device_that_is_not_there_says_so(open_device: Callable[[], object], reasons: str) -> None:
    with pytest.raises(MediaError, match=rf"^({reasons})$"):
        open_device()


def test_a_camera_gives_pictures_at_its_pace_and_by_our_clock() -> None:
    camera = DevicePictures(CAMERA, "lavfi")
    assert camera.live
    before = now_us()
    pictures = [camera.read() for _ in range(20)]
    after = now_us()
    camera.close()
    times = [picture.time_us for picture in pictures if picture is not None]
    assert len(times) == 20
    assert {(picture.width, picture.height) for picture in pictures if picture is not None} == {(320, 180)}
    assert before - 1_000_000 < times[0] <= times[-1] <= after
    assert abs(float(np.median(np.diff(times))) - 33_333) < 5_000


def test_a_microphone_gives_sound_at_its_pace_and_by_our_clock() -> None:
    microphone = DeviceSound(MICROPHONE, "lavfi")
    pieces: list[Samples] = []
    while sum(piece.duration_us for piece in pieces) < 500_000:
        piece = microphone.read()
        assert piece is not None
        pieces.append(piece)
    microphone.close()
    assert {piece.rate for piece in pieces} == {48_000}
    pcm = np.concatenate([piece.pcm for piece in pieces])[:, 0]
    assert abs(loudest(pcm) - 700) < 5
    assert abs(pieces[-1].time_us - now_us()) < 1_000_000


def test_a_device_of_the_wrong_kind_says_so() -> None:
    for device, reason in (
        (DevicePictures(MICROPHONE, "lavfi"), "no-picture"),
        (DeviceSound(CAMERA, "lavfi"), "no-sound"),
    ):
        with pytest.raises(MediaError, match=rf"^{reason}$"):
            device.read()
        device.close()


def test_a_device_that_ends_is_broken() -> None:
    camera = DevicePictures("testsrc=size=64x36:rate=30:duration=0.2,realtime", "lavfi")
    pictures = iter(camera.read, None)
    with pytest.raises(MediaError, match=r"^broken$"):
        collections.deque(pictures, maxlen=0)


def test_whoever_reads_slowly_gets_what_is_new() -> None:
    """A device does not wait: the oldest pictures go, and no more than a few are ever held."""
    camera = DevicePictures(CAMERA, "lavfi")
    first = camera.read()
    assert first is not None
    deadline = time.monotonic() + 10
    while now_us() - first.time_us < 1_000_000:
        assert time.monotonic() < deadline
        threading.Event().wait(0.02)
    late = camera.read()
    camera.close()
    assert late is not None
    assert late.time_us - first.time_us > 500_000


def test_a_closed_device_lets_its_reader_go() -> None:
    camera = DevicePictures("testsrc=size=64x36:rate=1/60,realtime", "lavfi")
    assert camera.read() is not None
    # What the device had given before it was closed may still come; then nothing does.
    reader = threading.Thread(target=lambda: list(iter(camera.read, None)))
    reader.start()
    camera.close()
    reader.join(3)
    assert not reader.is_alive()


def test_the_clock_of_a_device_is_taken_from_what_waited_least() -> None:
    clock = ClockMap()
    assert clock.observe(0, 1_000_000) == 1_000_000
    assert clock.observe(40_000, 1_050_000) == 1_040_000
    assert clock.observe(80_000, 1_070_000) == 1_070_000
    assert clock.observe(120_000, 1_300_000) == 1_110_000


def test_a_device_whose_clock_jumps_back_is_followed_at_once() -> None:
    clock = ClockMap()
    clock.observe(10_000_000, 20_000_000)
    assert clock.observe(0, 20_040_000) == 20_040_000


def test_our_clock_is_of_the_epoch_and_never_goes_back() -> None:
    times = [now_us() for _ in range(1_000)]
    assert times == sorted(times)
    assert abs(times[0] - time.time() * 1_000_000) < 60_000_000
