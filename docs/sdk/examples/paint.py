"""Send pictures made with NumPy: a grey that grows lighter, for four seconds."""

import asyncio
import os

import numpy as np

from aparte import join
from aparte.client import media


async def main() -> None:
    async with join(os.environ["APARTE_LINK"], name="Painter") as meeting:
        camera = media.Camera(meeting, rendition=media.SMALL)
        for number in range(100):
            picture = np.full((180, 320, 3), 60 + number, np.uint8)
            await camera.send(picture)
            await asyncio.sleep(0.040)
        print(f"{camera.sent.frames} pictures sent", flush=True)


asyncio.run(main())
