"""Show a film in a meeting: the pictures and the sound of the file that FILM names, once."""

import asyncio
import os

from aparte import join
from aparte.client import media


async def main() -> None:
    async with join(os.environ["APARTE_LINK"], name="Projector") as meeting:
        film = await media.publish_file(meeting, os.environ["FILM"])
        await film.wait()
        for what, sender in (("pictures", film.camera), ("sounds", film.microphone)):
            if sender is not None:
                print(f"{sender.sent.frames} {what} sent, left out: {dict(sender.sent.left_out)}", flush=True)


asyncio.run(main())
