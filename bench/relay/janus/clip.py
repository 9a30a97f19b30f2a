"""The clip that the peer's publisher sends as it is: 720p30 VP8 and 20 ms Opus at the bit rate of ``media``."""

import math
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import av
import numpy as np

from relay.media import FRAMES_PER_SECOND, PACKETS_PER_SECOND, SOUND_BYTES, TOTAL_BITS_PER_SECOND

WIDTH, HEIGHT, SECONDS = 1280, 720, 10
KEY_FRAMES = 60  # a subscriber waits at most two seconds for its first picture
SAMPLE_RATE = 48000


class Clip(NamedTuple):
    """Encoded frames in order: pictures, and sounds of 20 ms."""

    video: list[bytes]
    sound: list[bytes]

    @property
    def bits_per_second(self) -> float:
        return sum(map(len, self.video + self.sound)) * 8 / SECONDS


def load(path: Path) -> Clip:
    """Reads the clip; makes it first when it is not there, which takes some ten seconds."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".part.webm")
        make(unfinished)
        unfinished.rename(path)
    video: list[bytes] = []
    sound: list[bytes] = []
    with av.open(str(path)) as container:
        for packet in container.demux():
            if packet.size:
                (video if packet.stream.type == "video" else sound).append(bytes(packet))
    return Clip(video, sound)


def make(path: Path) -> None:
    """Encodes a moving texture with a moving square, and a tone in noise, in real-time settings at a constant rate."""
    bits = TOTAL_BITS_PER_SECOND - SOUND_BYTES * 8 * PACKETS_PER_SECOND
    generator = np.random.default_rng(1)
    texture = generator.integers(0, 255, (HEIGHT // 8, WIDTH // 8), dtype=np.uint8).repeat(8, 0).repeat(8, 1)
    samples = SAMPLE_RATE // FRAMES_PER_SECOND
    with av.open(str(path), "w") as container:
        video = container.add_stream("libvpx", rate=FRAMES_PER_SECOND)
        video.width, video.height, video.pix_fmt, video.bit_rate = WIDTH, HEIGHT, "yuv420p", bits
        video.options = {
            "deadline": "realtime",
            "cpu-used": "8",
            "lag-in-frames": "0",
            "minrate": str(bits),
            "maxrate": str(bits),
            "bufsize": str(bits // 2),
            "g": str(KEY_FRAMES),
            "keyint_min": str(KEY_FRAMES),
            "auto-alt-ref": "0",
            "error-resilient": "1",
            "max-intra-rate": "300",
        }
        sound = container.add_stream("libopus", rate=SAMPLE_RATE)
        sound.bit_rate = SOUND_BYTES * 8 * PACKETS_PER_SECOND
        sound.options = {"vbr": "off", "frame_duration": "20"}
        sound.layout = "mono"
        for number in range(SECONDS * FRAMES_PER_SECOND):
            noise = generator.integers(0, 24, (HEIGHT, WIDTH), dtype=np.uint8)
            luma = np.roll(texture, (number * 2, number * 3), (0, 1)) // 2 + noise
            x, y = int(640 + 400 * math.cos(number / 15)), int(360 + 200 * math.sin(number / 11))
            luma[y - 60 : y + 60, x - 60 : x + 60] = 235
            planes = np.concatenate([luma, np.full((HEIGHT // 2, WIDTH), 128, np.uint8)])
            picture = av.VideoFrame.from_ndarray(planes, format="yuv420p")
            picture.pts, picture.time_base = number, Fraction(1, FRAMES_PER_SECOND)
            container.mux(video.encode(picture))
            when = (np.arange(samples) + number * samples) / SAMPLE_RATE
            wave = np.sin(2 * np.pi * 220 * when) * 8000 + generator.normal(0, 2000, samples)
            tone = av.AudioFrame.from_ndarray(wave.astype(np.int16)[None], format="s16", layout="mono")
            tone.sample_rate, tone.pts, tone.time_base = SAMPLE_RATE, number * samples, Fraction(1, SAMPLE_RATE)
            container.mux(sound.encode(tone))
        container.mux(video.encode(None))
        container.mux(sound.encode(None))
