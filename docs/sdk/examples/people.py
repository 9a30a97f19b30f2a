"""Say who is in a meeting, and the code that everybody there must see, until it is empty but for ourselves."""

import asyncio
import os

from aparte import join


async def main() -> None:
    async with join(os.environ["APARTE_LINK"], name="Notary") as meeting:
        async for people in meeting.changes():
            print(meeting.epoch_code, ", ".join(person.name for person in people), flush=True)
            if len(people) == 1:
                return


asyncio.run(main())
