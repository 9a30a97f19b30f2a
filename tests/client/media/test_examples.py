"""The media examples of docs/sdk run as they are, each in a process of its own, on a real server."""

import asyncio
import math
from pathlib import Path

from aparte.client import media
from aparte.client.media import PatternPictures, ToneSound, read_code
from tests.client.conftest import SECONDS, Enter
from tests.client.media.clips import find, write_clip
from tests.client.test_examples import Start, environment, run

__all__ = ["environment", "run"]


async def test_film(enter: Enter, run: Start, tmp_path: Path) -> None:
    ada = await enter("Ada")
    film = write_clip(tmp_path / "film.webm", 3.0)
    example = await run("film.py", FILM=str(film))
    async with asyncio.timeout(SECONDS):
        async for picture in media.pictures(ada, await find(ada, "Projector")):
            assert read_code(picture.rgb())[0] == 7
            break
    said = await example.rest()
    assert [line.split(" sent")[0].split()[1] for line in said] == ["pictures", "sounds"]
    assert int(said[0].split()[0]) > 0


async def test_paint_and_look(enter: Enter, run: Start) -> None:
    ada = await enter("Ada")
    looking = await run("look.py")
    await find(ada, "Viewer")
    painting = await run("paint.py")
    seen = await looking.rest()
    assert len(seen) == 10
    for line in seen:
        name, _, rest = line.partition(": ")
        red, green, blue = map(int, rest.split(",")[0].split())
        assert name == "Painter"
        assert max(red, green, blue) - min(red, green, blue) <= 4
        assert 55 <= green <= 165
    assert (await painting.rest())[0].endswith(" pictures sent")


async def test_look_at_colours(enter: Enter, run: Start) -> None:
    ada = await enter("Ada")
    looking = await run("look.py")
    await find(ada, "Viewer")
    async with media.publish(ada, PatternPictures(1, 320, 180)):
        seen = await looking.rest()
    assert {line.partition(": ")[0] for line in seen} == {"Ada"}


async def test_meter(enter: Enter, run: Start) -> None:
    ada = await enter("Ada")
    metering = await run("meter.py")
    await find(ada, "Meter")
    async with media.publish(ada, sound=ToneSound(amplitude=0.5)):
        (said,) = await metering.rest()
    loud = round(20 * math.log10(0.5 / math.sqrt(2)))
    assert said in {f"Ada: {loud + off} dB" for off in (-1, 0, 1)}
