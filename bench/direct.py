"""How fast an organiser's act holds: freeze, and removal, against somebody who goes on sending. Prints one JSON object.

    python bench/direct.py --people 50 --rounds 5

A real server with TLS 1.3 on loopback and participants of ``aparte.client``, all in this process, each with a seat, a
leaf and keys of its own. One of them is the intruder: its client is changed and sends sound every 20 ms whatever its
rights are. Measured from the organiser's act (the click)

- to the last frame of the intruder that anybody opened (``openable``),
- to the moment in which the last honest member is in the new epoch (``keys``),
- to the last frame of the intruder that the server passed on to anybody (``relayed``).

The participants share what needs no secret, and what X-Wing and HKDF give for the same input (``Crowd``).
"""

import argparse
import asyncio
import json
import os
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import median
from typing import Any, Final

from aparte.cli.instant import make_link
from aparte.client import Crowd, Door, EncodedFrame, Meeting, Person, Rights, Sound, Stream, join
from aparte.client.session import Session
from aparte.core.policy.charter import TAG_SIZE, Charter, Opens
from aparte.e2ee.person import OwnPerson
from aparte.e2ee.sframe.sealer import Marks
from aparte.server.config import Config, Limits
from aparte.server.serve import Server

GOAL_MS: Final = 1_000.0
"""Senders are on the new key within a second at 50 members (P11); the relay stops within 100 ms."""
RELAY_GOAL_MS: Final = 100.0
SOUND_SECONDS: Final = 0.020
QUIET_SECONDS: Final = 1.5


class Changed(Session):
    """A client that does not ask what it may do."""

    def seal(self, stream: Stream, rendition: int, marks: Marks, plaintext: bytes) -> bool:
        return self.is_inside and self.outgoing.seal(stream, rendition, marks, plaintext)


class Ears:
    """When a member last opened something of the intruder, and when the server last passed something on."""

    def __init__(self, meeting: Meeting, intruder: str) -> None:
        self.opened = self.passed = 0.0
        self._tasks = [
            asyncio.create_task(self._open(meeting, intruder)),
            asyncio.create_task(self._pass(meeting)),
        ]

    async def _open(self, meeting: Meeting, intruder: str) -> None:
        async for frame in meeting.frames(Stream.SOUND):
            if frame.sender == intruder:
                self.opened = time.perf_counter()

    async def _pass(self, meeting: Meeting) -> None:
        async for _ in meeting.sealed(Stream.SOUND):
            self.passed = time.perf_counter()

    def close(self) -> None:
        for task in self._tasks:
            task.cancel()


async def speak(meeting: Meeting) -> None:
    """Send sound, and do not stop before the connection does."""
    microphone, number = meeting.publish(Stream.SOUND), 0
    while meeting.ended is None:
        await microphone.send(EncodedFrame(Sound(number * 20_000, 30, 1, 200, bytes(80))))
        number += 1
        await asyncio.sleep(SOUND_SECONDS)


async def until(true: Callable[[], bool]) -> None:
    while not true():  # noqa: ASYNC110 - what is waited for has no event of its own
        await asyncio.sleep(0.001)


def named(meeting: Meeting, name: str) -> Person:
    return next(person for person in meeting.people if person.name == name)


async def one(server: Server, people: int, act: Callable[[Meeting, Person], Awaitable[None]]) -> dict[str, float]:
    """One meeting, one act."""
    olga, crowd = OwnPerson.guest(os.urandom(32), "Olga"), Crowd(secrets=True)

    def write(meeting: bytes, house_key: bytes) -> Charter:
        rights = Rights.SOUND | Rights.CAMERA
        return Charter(meeting, house_key, 1, Door.OPEN, Opens.ANYBODY, rights, (olga.subject,), bytes(TAG_SIZE))

    link = await asyncio.to_thread(make_link, f"https://localhost:{server.port}", server.certificate, write)
    async with AsyncExitStack() as stack:

        async def enter(name: str, person: OwnPerson | None = None) -> Meeting:
            coming = join(link, name=name, ca=server.certificate, groups=crowd, person=person)
            return await stack.enter_async_context(coming)

        organiser = await enter("Olga", olga)
        others = [await enter(f"Person {number}") for number in range(people - 2)]
        intruder = await enter("Eve")
        intruder._session.__class__ = Changed
        honest = [organiser, *others]
        await until(lambda: all(meeting.count == people for meeting in honest))
        ears = [Ears(meeting, intruder.me.seat) for meeting in honest]
        talking = asyncio.create_task(speak(intruder))
        await until(lambda: all(ear.opened for ear in ears))
        epoch = organiser.epoch
        clicked = time.perf_counter()
        doing = asyncio.ensure_future(act(organiser, named(organiser, "Eve")))
        await until(lambda: all(meeting.epoch > epoch for meeting in honest))
        keys = time.perf_counter()
        await doing
        await asyncio.sleep(QUIET_SECONDS)
        talking.cancel()
        for ear in ears:
            ear.close()
        last_opened, last_passed = max(ear.opened for ear in ears), max(ear.passed for ear in ears)
        times = {"openable": last_opened, "relayed": last_passed, "keys": keys}
        return {name: round((at - clicked) * 1e3, 1) for name, at in times.items()}


async def main() -> None:
    parser = argparse.ArgumentParser(prog="bench/direct.py", description="How fast an organiser's act holds.")
    parser.add_argument("--people", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    if not 3 <= options.people <= 250 or not 1 <= options.rounds <= 50:
        parser.error("--people: 3 to 250, --rounds: 1 to 50")
    acts: dict[str, Callable[[Meeting, Person], Awaitable[None]]] = {
        "freeze": lambda meeting, _: meeting.organiser.freeze(),
        "remove": lambda meeting, eve: meeting.organiser.remove(eve),
        "mute": lambda meeting, eve: meeting.organiser.take(eve, Rights.SOUND),
    }
    report: dict[str, Any] = {"bench": "direct", "shows": ["P7"], "people": options.people, "cores": os.cpu_count()}
    with tempfile.TemporaryDirectory(prefix="aparte-bench-") as folder:
        limits = Limits(meetings_a_minute=10_000, closing_seconds=0.5)
        server = Server(Config(port=0, data=Path(folder), self_signed=True, limits=limits))
        await server.start()
        try:
            for name, act in acts.items():
                rounds = [await one(server, options.people, act) for _ in range(options.rounds)]
                report[name] = {
                    f"{what}_ms": median(times[what] for times in rounds) for what in ("openable", "relayed", "keys")
                } | {"openable_ms_most": max(times["openable"] for times in rounds)}
        finally:
            await server.stop()
    report["goals"] = {"openable_ms": GOAL_MS, "relayed_ms": RELAY_GOAL_MS}
    report["passed"] = all(
        report[name]["openable_ms_most"] <= GOAL_MS and report[name]["relayed_ms"] <= RELAY_GOAL_MS for name in acts
    )
    print(json.dumps(report))


if __name__ == "__main__":
    asyncio.run(main())
