"""Some participants of the meeting in a process of their own: told what to do line by line, and answering with times.

Times are seconds of the system's monotonic clock, which all processes of a machine share. Arguments: a certificate to
trust, and what the participants share (``nothing``, ``checks`` or ``secrets``).
"""

import asyncio
import gc
import hashlib
import resource
import sys
import time
from collections.abc import Callable
from typing import Any

import uvloop
from relay.process import say, told

from aparte.client import Crowd, Meeting, join
from aparte.client.groups import Groups
from meeting.shared import SHARING, Sharing

LOOK_SECONDS = 0.002
WITHIN = 100.0


class People:
    """The participants of this process."""

    def __init__(self, ca: str, groups: Callable[[], Groups]) -> None:
        self._ca = ca
        self._groups = groups
        self._meetings: list[Meeting] = []

    async def join(self, link: str, names: list[str], people: int) -> dict[str, Any]:
        """Let all of them join in the same moment, and wait until the meeting has so many people for each of them."""
        began, before = time.monotonic(), _processor_seconds()
        joining = (self._enter(link, name) for name in names)
        self._meetings += await asyncio.gather(*joining)
        return {"began": began, "inside": time.monotonic(), **await self.see(people, before)}

    async def _enter(self, link: str, name: str) -> Meeting:
        return await join(link, name=name, ca=self._ca, groups=self._groups())

    async def see(self, people: int, before: float | None = None) -> dict[str, Any]:
        """Wait until everybody here sees so many people; tell when that was, and in which epoch they are."""
        deadline = time.monotonic() + WITHIN
        while not all(meeting.count == people for meeting in self._meetings):
            if time.monotonic() > deadline:
                raise TimeoutError(f"{min(meeting.count for meeting in self._meetings)} of {people} after {WITHIN} s")
            await asyncio.sleep(LOOK_SECONDS)
        seen = time.monotonic()
        epochs = {(meeting.epoch, meeting.epoch_code) for meeting in self._meetings}
        counters = [meeting.counters for meeting in self._meetings]
        return {
            "seen": seen,
            "epochs": [[epoch, hashlib.sha256(code.encode()).hexdigest()] for epoch, code in epochs],
            "commits_refused": sum(counted.commits_refused for counted in counters),
            "bytes_heard": sum(counted.bytes_heard for counted in counters),
            "bytes_sent": sum(counted.bytes_sent for counted in counters),
            "processor_s": _processor_seconds() - (before or 0.0),
            "rss_kb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
        }

    async def leave(self) -> dict[str, Any]:
        """Let the last of them leave; tell when it was clicked."""
        meeting = self._meetings.pop()
        clicked = time.monotonic()
        await meeting.leave()
        return {"clicked": clicked}

    async def end(self) -> dict[str, Any]:
        """Let all of them leave."""
        meetings, self._meetings = self._meetings, []
        await asyncio.gather(*(meeting.leave() for meeting in meetings))
        return {}


def _processor_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _groups(sharing: Sharing) -> Callable[[], Groups]:
    if sharing == "nothing":
        return Groups
    crowd = Crowd(secrets=sharing == "secrets")
    return lambda: crowd


async def main(ca: str, sharing: Sharing) -> None:
    # Nothing here is cyclic garbage in any amount, and looking for it takes a twentieth of the time.
    gc.freeze()
    gc.set_threshold(100_000, 50, 50)
    commands = told()
    people = People(ca, _groups(sharing))
    say(ready=True)
    while (command := await commands.get()) is not None:
        act = getattr(people, command.pop("do"))
        say(**await act(**command))


if __name__ == "__main__":
    ca, shared = sys.argv[1:]
    assert shared in SHARING
    uvloop.run(main(ca, SHARING[SHARING.index(shared)]))
