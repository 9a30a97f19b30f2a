"""Watch what a relay sees: sizes and kinds of sealed frames, without opening any."""

import asyncio
import os

from aparte import join


async def main() -> None:
    async with join(os.environ["APARTE_LINK"], name="Meter") as meeting:
        number = 0
        async for frame in meeting.sealed():
            print(f"{frame.header.stream.name.lower()}: {len(frame.message)} bytes", flush=True)
            number += 1
            if number == 20:
                return


asyncio.run(main())
