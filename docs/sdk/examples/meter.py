"""Listen to the first person who turns a microphone on: how loud two seconds of it are."""

import asyncio
import os

import numpy as np

from aparte import join
from aparte.client import media


async def main() -> None:
    async with join(os.environ["APARTE_LINK"], name="Meter") as meeting:
        async for people in meeting.changes():
            person = next((person for person in people if person.mic and not person.is_me), None)
            if person is not None:
                break
        else:
            return
        pieces = []
        async for samples in media.sound(meeting, person):
            pieces.append(samples.pcm)  # float32, (samples, channels), 48 kHz
            if sum(map(len, pieces)) >= 2 * media.RATE:
                break
        power = float(np.mean(np.square(np.concatenate(pieces))))
        print(f"{person.name}: {10 * np.log10(power + 1e-12):.0f} dB", flush=True)


asyncio.run(main())
