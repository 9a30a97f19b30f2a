"""Sound through Opus and back: pitch, level, equal sizes, and times that stay right."""

import random

import numpy as np
import pytest
from numpy.typing import NDArray

from aparte.client.frames import EncodedFrame
from aparte.client.media.decode.sound import SoundDecoder
from aparte.client.media.encode.sound import FRAME, SoundEncoder
from aparte.client.media.errors import MediaError
from aparte.client.media.samples import RATE, Samples, level
from aparte.e2ee.content import Sound
from tests.client.media.clips import loudest, received


def sine(hertz: float, seconds: float, rate: int = RATE, amplitude: float = 0.3) -> NDArray[np.float32]:
    when = np.arange(round(seconds * rate)) / rate
    return (amplitude * np.sin(2 * np.pi * hertz * when)).astype(np.float32)


def content(frame: EncodedFrame) -> Sound:
    assert isinstance(frame.content, Sound)
    return frame.content


def heard(frames: list[EncodedFrame]) -> tuple[list[int], NDArray[np.float32]]:
    """The times of the pieces, and all samples."""
    decoder = SoundDecoder()
    pieces = [decoder.decode(received(frame)) for frame in frames]
    return [piece.time_us for piece in pieces], np.concatenate([piece.pcm for piece in pieces])


@pytest.mark.parametrize("hertz", [220.0, 1000.0, 3000.0])
def test_a_tone_keeps_its_pitch_and_level(hertz: float) -> None:
    frames = SoundEncoder().encode(Samples.from_array(sine(hertz, 1.0), 5_000_000))
    times, pcm = heard(frames)
    assert pcm.shape == (RATE, 1)
    assert pcm.dtype == np.float32
    assert abs(loudest(pcm[RATE // 4 :, 0]) - hertz) < 3
    assert abs(float(pcm[RATE // 4 :].std()) - 0.212) < 0.03
    assert {content(frame).level for frame in frames} <= {13, 14}
    assert np.diff(times).tolist() == [20_000] * 49


def test_frames_have_equal_sizes_whatever_is_said() -> None:
    """What an observer sees of a frame is its size: it is that of silence (RFC 6562)."""
    chance = np.random.default_rng(1)
    noise = (chance.normal(0, 0.2, RATE // 2)).astype(np.float32)
    spoken = np.concatenate([np.zeros(RATE // 2, np.float32), noise, sine(300, 0.5)])
    frames = SoundEncoder().encode(Samples.from_array(spoken, 0))
    assert {len(content(frame).chunk) for frame in frames} == {80}
    assert {(content(frame).channels, content(frame).duration_units) for frame in frames} == {(1, 200)}


def test_what_is_heard_has_the_time_at_which_it_was_said() -> None:
    """A click 300 ms after the start comes out within 1 ms of it: the encoder's delay is taken off the times."""
    pcm = np.zeros(RATE, np.float32)
    click = RATE * 3 // 10
    pcm[click : click + 48] = 0.9
    times, out = heard(SoundEncoder().encode(Samples.from_array(pcm, 7_000_000)))
    found = int(np.abs(out[:, 0]).argmax())
    piece, inside = divmod(found, FRAME)
    assert abs(times[piece] + inside * 1_000_000 / RATE - 7_300_000) < 1_500


@pytest.mark.parametrize("rate", [8_000, 16_000, 44_100, 96_000])
def test_other_rates_are_resampled(rate: int) -> None:
    encoder = SoundEncoder()
    pcm = sine(500, 1.0, rate)
    frames = []
    for start in range(0, len(pcm), rate // 50):
        frames += encoder.encode(Samples.from_array(pcm[start : start + rate // 50], start * 1_000_000 // rate, rate))
    assert 46 <= len(frames) <= 50
    _, out = heard(frames)
    assert abs(loudest(out[RATE // 4 :, 0]) - 500) < 3


def test_two_channels_stay_apart() -> None:
    both = np.stack([sine(440, 1.0), sine(880, 1.0)], axis=1)
    _, out = heard(SoundEncoder(channels=2).encode(Samples.from_array(both, 0)))
    assert out.shape == (RATE, 2)
    assert abs(loudest(out[RATE // 4 :, 0]) - 440) < 3
    assert abs(loudest(out[RATE // 4 :, 1]) - 880) < 3


def test_two_channels_become_one() -> None:
    both = np.stack([sine(440, 1.0), np.zeros(RATE, np.float32)], axis=1)
    _, out = heard(SoundEncoder().encode(Samples.from_array(both, 0)))
    assert out.shape == (RATE, 1)
    assert abs(float(out[RATE // 4 :].std()) - 0.106) < 0.02


def test_pieces_of_any_length_join() -> None:
    encoder = SoundEncoder()
    pcm = sine(440, 1.0)
    frames, start = [], 0
    for length in [1, 700, 961, 5000, 12_000, 48_000]:
        piece = pcm[start : start + length]
        frames += encoder.encode(Samples.from_array(piece, 1_000_000 + start * 1_000_000 // RATE))
        start += len(piece)
    times, out = heard(frames)
    assert len(frames) == 50
    assert np.abs(np.diff(times) - 20_000).max() <= 1
    assert abs(loudest(out[RATE // 4 :, 0]) - 440) < 3


def test_a_pause_starts_afresh() -> None:
    encoder = SoundEncoder()
    before = encoder.encode(Samples.from_array(sine(440, 0.050), 0))
    after = encoder.encode(Samples.from_array(sine(440, 0.050), 3_000_000))
    assert [len(before), len(after)] == [2, 2]
    assert content(after[0]).time_us == 3_000_000 - 6_500


def test_levels_are_those_of_rfc_6464() -> None:
    square = np.ones((960, 1), np.float32)
    assert [level(square), level(square * 0.1), level(square * 0), level(square * 1e-9)] == [0, 20, 127, 127]
    assert level(square * 3) == 0


@pytest.mark.parametrize(
    ("array", "rate"),
    [
        (np.zeros(10, np.float64), RATE),
        (np.zeros(10, np.int16), RATE),
        (np.zeros((10, 3), np.float32), RATE),
        (np.zeros(0, np.float32), RATE),
        (np.zeros((2, 2, 2), np.float32), RATE),
        (np.full(10, np.nan, np.float32), RATE),
        (np.zeros(10, np.float32), 4_000),
        ([0.0, 1.0], RATE),
    ],
    ids=["doubles", "integers", "three", "none", "cube", "nan", "slow", "list"],
)
def test_what_is_no_sound_is_refused(array: NDArray[np.float32], rate: int) -> None:
    with pytest.raises(MediaError, match=r"^bad-array$"):
        Samples.from_array(array, 0, rate)


@pytest.mark.promise("P19")
def test_damaged_chunks_end_in_a_typed_error_or_sound() -> None:
    chance = random.Random(5)
    frames = SoundEncoder().encode(Samples.from_array(sine(440, 0.4), 0))
    decoder = SoundDecoder()
    refused = 0
    for number in range(2_000):
        sound = content(frames[number % len(frames)])
        chunk = bytearray(sound.chunk)
        for _ in range(chance.choice((1, 4, 20))):
            chunk[chance.randrange(len(chunk))] = chance.randrange(256)
        if chance.random() < 0.3:
            del chunk[chance.randrange(1, len(chunk)) :]
        channels = chance.choice((1, 1, 1, 2, 3, 255))
        try:
            out = decoder.decode(received(EncodedFrame(Sound(0, 0, channels, 200, bytes(chunk)))))
        except MediaError as error:
            assert error.reason == "cannot-decode"  # noqa: PT017
            refused += 1
        else:
            assert out.pcm.shape[1] == channels
            assert len(out.pcm) <= RATE * 120 // 1000
            assert np.isfinite(out.pcm).all()
    assert refused > 20
    _, pcm = heard(frames)
    assert abs(loudest(pcm[:, 0]) - 440) < 3
