"""Count the sounds that everybody sends, for as many as we are asked to hear; say what did not open, and why."""

import asyncio
import os
from collections import Counter

from aparte import join
from aparte.client import Stream


async def main() -> None:
    wanted, heard = int(os.environ.get("SOUNDS", "50")), Counter[str]()
    async with join(os.environ["APARTE_LINK"], name="Listener") as meeting:
        sounds = meeting.frames(Stream.SOUND)
        async for frame in sounds:
            heard[frame.sender] += 1
            if heard.total() == wanted:
                break
        names = {person.seat: person.name for person in meeting.people}
        for seat, number in heard.items():
            print(f"{names.get(seat, 'somebody who left')}: {number} sounds", flush=True)
        print(f"lost because we were slow: {sounds.lost}", flush=True)
        print(f"did not open: {dict(meeting.counters.refused)}", flush=True)


asyncio.run(main())
