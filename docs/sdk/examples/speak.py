"""Send two seconds of silence, encoded already, and say how much of it went out."""

import asyncio
import os
import time

from aparte import join
from aparte.client import EncodedFrame, Sound, Stream

SILENCE = b"\xf8\xff\xfe"  # an Opus packet of 20 ms (RFC 6716)


async def main() -> None:
    async with join(os.environ["APARTE_LINK"], name="Silent Bob") as meeting:
        microphone = meeting.publish(Stream.SOUND)
        for _ in range(100):
            sound = Sound(
                time_us=time.monotonic_ns() // 1_000, level=127, channels=1, duration_units=200, chunk=SILENCE
            )
            await microphone.send(EncodedFrame(sound))
            await asyncio.sleep(0.020)
        print(f"{microphone.sent} sounds sent, {microphone.dropped} dropped", flush=True)


asyncio.run(main())
