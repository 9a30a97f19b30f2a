"""What encoding and decoding cost a Python participant: processor time a picture and a sound, and the bit rate.

    .venv/bin/python bench/encoders.py --pictures 120 --height 720

A scene that moves, with grain, at 30 pictures a second; the rate is the one of the rendition. The last line is one JSON
object: milliseconds of processor time (all threads) for each codec.
"""

import argparse
import json
import time
from collections.abc import Iterator

import av
import numpy as np

from aparte.client.frames import EncodedFrame, Frame
from aparte.client.media import LARGE, SMALL, Picture, Samples, ToneSound, encodable
from aparte.client.media.decode.sound import SoundDecoder
from aparte.client.media.decode.video import PictureDecoder
from aparte.client.media.encode.sound import SoundEncoder
from aparte.client.media.encode.video import PictureEncoder
from aparte.core.wire.header import Header, Stream
from aparte.e2ee.content import Codec

FPS = 30


def scene(count: int, width: int, height: int) -> Iterator[Picture]:
    chance = np.random.default_rng(1)
    texture = chance.integers(0, 230, (height // 8, width // 8, 3), np.uint8).repeat(8, 0).repeat(8, 1)
    for number in range(count):
        moved = np.roll(texture, (number, 2 * number), (0, 1))
        grain = chance.integers(0, 12, moved.shape, np.uint8)
        yield Picture.from_rgb(moved + grain, number * 1_000_000 // FPS)


def received(frame: EncodedFrame, stream: Stream) -> Frame:
    return Frame("", Header(stream, 0, frame.temporal, frame.key, frame.temporal == 2, 0, 0), frame.content)


def measure_pictures(codec: Codec, pictures: list[Picture]) -> dict[str, float]:
    encoder, decoder = PictureEncoder(codec, LARGE if pictures[0].height > SMALL.height else SMALL), PictureDecoder()
    began = time.process_time()
    frames = [frame for picture in pictures if (frame := encoder.encode(picture)) is not None]
    encoded = time.process_time()
    shown = sum(len(decoder.decode(received(frame, Stream.CAMERA))) for frame in frames)
    decoded = time.process_time()
    encoder.close()
    assert shown == len(pictures)
    size = sum(len(frame.content.chunk) for frame in frames)
    return {
        "encode_ms": round((encoded - began) * 1000 / shown, 2),
        "decode_ms": round((decoded - encoded) * 1000 / shown, 2),
        "kbit_per_s": round(size * 8 / 1000 * FPS / shown),
    }


def measure_sound(seconds: int) -> dict[str, float]:
    track = ToneSound(seconds=seconds)
    pieces: list[Samples] = list(iter(track.read, None))
    encoder, decoder = SoundEncoder(), SoundDecoder()
    began = time.process_time()
    frames = [frame for piece in pieces for frame in encoder.encode(piece)]
    encoded = time.process_time()
    for frame in frames:
        decoder.decode(received(frame, Stream.SOUND))
    decoded = time.process_time()
    return {
        "encode_ms": round((encoded - began) * 1000 / len(frames), 3),
        "decode_ms": round((decoded - encoded) * 1000 / len(frames), 3),
        "kbit_per_s": round(sum(len(frame.content.chunk) for frame in frames) * 8 / 1000 / seconds),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, default=120)
    parser.add_argument("--height", type=int, default=720)
    options = parser.parse_args()
    height = options.height
    pictures = list(scene(options.pictures, height * 16 // 9, height))
    result: dict[str, object] = {"height": height, "ffmpeg": av.ffmpeg_version_info, "av": av.__version__}
    for codec in encodable():
        result[codec.name] = measure_pictures(codec, pictures)
        print(codec.name, result[codec.name], flush=True)
    result["OPUS"] = measure_sound(20)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
