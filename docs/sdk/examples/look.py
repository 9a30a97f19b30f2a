"""Look at the first person who turns a camera on: the mean colour of ten pictures, and how old they were."""

import asyncio
import os

from aparte import join
from aparte.client import Meeting, Person, media


async def first_camera(meeting: Meeting) -> Person:
    async for people in meeting.changes():
        for person in people:
            if person.camera and not person.is_me:
                return person
    raise SystemExit("nobody came")


async def main() -> None:
    async with join(os.environ["APARTE_LINK"], name="Viewer") as meeting:
        person = await first_camera(meeting)
        number = 0
        async for picture in media.pictures(meeting, person):
            red, green, blue = picture.rgb().mean(axis=(0, 1))
            age = (media.now_us() - picture.time_us) / 1000  # on one machine, where both clocks are the same
            print(f"{person.name}: {red:.0f} {green:.0f} {blue:.0f}, {age:.0f} ms", flush=True)
            number += 1
            if number == 10:
                return


asyncio.run(main())
