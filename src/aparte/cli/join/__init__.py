"""``aparte join``: take part in a meeting from a terminal, as a member whom everybody sees."""

import asyncio
import os
import signal
import sys
from dataclasses import dataclass
from getpass import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import uvloop

from aparte.cli.join.rates import Rates
from aparte.cli.join.sources import SourceError, open_sources
from aparte.cli.join.view import View, make_view
from aparte.client.enter import join as enter
from aparte.client.errors import JoinError, MeetingEnded
from aparte.client.feeds import EventFeed
from aparte.client.meeting import Meeting

if TYPE_CHECKING:
    from aparte.cli.join.sources import Sources

LINK_VARIABLE: Final = "APARTE_LINK"
_USAGE: Final = 2
_NOT_IN: Final = 3
_PUT_OUT: Final = 4
_WRONG: Final = frozenset({"bad-link", "bad-name", "insecure"})
"""Reasons that lie in what was typed."""
_SECOND: Final = 1.0


@dataclass(frozen=True, slots=True, repr=False)
class Wishes:
    """What was asked for on the command line."""

    link: str
    name: str
    video: str | None
    audio: str | None
    loop: bool
    stats: bool
    ca: Path | None


def join(
    link: str | None, name: str, video: str | None, audio: str | None, loop: bool, stats: bool, ca: Path | None
) -> int:
    """Take part until Ctrl-C. Returns the exit code.

    0: left; 2: something typed is wrong, or a file or device does not serve; 3: could not enter; 4: the meeting ended,
    or one was put out. Except for 0 the last line on standard error is ``aparte: `` and the reason.
    """
    wishes = Wishes(_read_link(link), name, video, audio, loop, stats, ca)
    try:
        sources = open_sources(video, audio, loop)
    except SourceError as error:
        return _fail(_USAGE, str(error))
    try:
        return uvloop.run(_join(wishes, sources))
    except JoinError as error:
        return _fail(_USAGE if error.reason in _WRONG else _NOT_IN, error.reason)
    except MeetingEnded as error:
        return _fail(_PUT_OUT, error.reason)
    finally:
        sources.close()


def _read_link(argument: str | None) -> str:
    if argument not in (None, "-"):
        return argument or ""
    if argument is None and (from_environment := os.environ.get(LINK_VARIABLE)):
        return from_environment.strip()
    if sys.stdin.isatty():
        return getpass("Link of the meeting (not shown): ").strip()
    return sys.stdin.readline().strip()


def _fail(code: int, reason: str) -> int:
    print(f"aparte: {reason}", file=sys.stderr)
    return code


async def _join(wishes: Wishes, sources: "Sources") -> int:
    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    leaving = asyncio.create_task(stopping.wait())
    entering = asyncio.create_task(_enter(wishes))
    await asyncio.wait((leaving, entering), return_when=asyncio.FIRST_COMPLETED)
    if not entering.done():
        entering.cancel()
        await asyncio.gather(entering, return_exceptions=True)
        return 0
    async with entering.result() as meeting:
        return await _take_part(meeting, wishes, sources, leaving)


async def _enter(wishes: Wishes) -> Meeting:
    return await enter(wishes.link, name=wishes.name, ca=wishes.ca)


async def _take_part(meeting: Meeting, wishes: Wishes, sources: "Sources", leaving: asyncio.Task[bool]) -> int:
    rates = Rates() if wishes.stats else None
    feed = meeting.events()  # from here on nothing is missed
    with make_view(meeting, sources, rates) as view:
        tasks = [
            leaving,
            asyncio.create_task(_follow(feed, view)),
            asyncio.create_task(_tick(view)),
            asyncio.create_task(_count(meeting, rates)),
        ]
        sending = asyncio.create_task(_send(meeting, sources, view))
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in (*tasks[1:], sending):
                task.cancel()
            await asyncio.gather(*tasks[1:], sending, return_exceptions=True)
        view.say("left")
    return 0


async def _follow(feed: EventFeed, view: View) -> None:
    async for event in feed:
        view.event(event)


async def _tick(view: View) -> None:
    while True:
        view.tick(asyncio.get_running_loop().time())
        await asyncio.sleep(_SECOND)


async def _count(meeting: Meeting, rates: Rates | None) -> None:
    """Open what the others send, only to count it; without ``--stats`` it is not even opened."""
    if rates is None:
        await asyncio.Event().wait()
        return
    feed = meeting.frames()
    async for frame in feed:
        rates.count(frame)
        rates.lost = feed.lost


async def _send(meeting: Meeting, sources: "Sources", view: View) -> None:
    """Send until the sources end; what ends them otherwise is told, and one stays in the meeting."""
    try:
        await sources.send(meeting)
    except SourceError as error:
        view.say(f"sending stopped: {error}")
    else:
        if sources.names:
            view.say("sending ended")
