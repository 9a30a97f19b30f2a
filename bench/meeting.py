"""Many participants with real keys on one real server: a storm of joins, and who leaves. Prints one JSON object.

    python bench/meeting.py --people 200 --leave-of 100 --processes 2 --share secrets

A real ``aparte serve`` with TLS 1.3 on loopback, in a process of its own; the participants are those of
``aparte.client`` in other processes: own connections, own seats, own leaves and keys, one MLS group. *Storm*: all
connect in the same moment; measured from the first connection to the moment in which each of them sees everybody, in
one epoch with one epoch code. *Leave*: one of them leaves; measured from its word to the moment in which the last of
the others has the new keys; the median of the rounds.

A machine that follows a commit needs 2 to 6 ms of processor time, and here two hundred of them share its few cores.
``--share`` says what they do not work out anew: ``nothing``; ``checks``, what needs no secret, once a process;
``secrets``, also the results of X-Wing and HKDF, which members of one group compute from the same input. What is sent,
what the server does and which keys come out is the same. With ``secrets`` the times are those of a meeting in which
each participant has a processor of its own, as far as that can be had here.
"""

import argparse
import asyncio
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from meeting.shared import SHARING, Sharing
from relay.process import Child, ended, processor_seconds, resident_kb
from relay.server import free_port

from aparte.cli.instant import Unmade, make_link

START_WITHIN = 60.0
PAUSE_SECONDS = 1.0
GOALS = {"storm_s": 5.0, "leave_ms": 60.0}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench/meeting.py", description="A storm of joins, and somebody who leaves.")
    parser.add_argument("--people", type=int, default=200, help="who join in the same moment; 0 leaves the storm out")
    parser.add_argument("--leave-of", type=int, default=100, help="people of whom one leaves; 0 leaves that out")
    parser.add_argument("--rounds", type=int, default=5, help="how many leave, one after the other")
    parser.add_argument("--processes", type=int, default=2, help="that the participants are spread over")
    parser.add_argument("--share", choices=SHARING, default="secrets", help="what is worked out once a process")
    options = parser.parse_args()
    for name, least, most in (("people", 0, 250), ("leave_of", 0, 250), ("rounds", 1, 50), ("processes", 1, 16)):
        if not least <= getattr(options, name) <= most:
            parser.error(f"--{name.replace('_', '-')}: {least} to {most}")
    return options


@dataclass(frozen=True)
class Server:
    """A running server."""

    pid: int
    port: int
    certificate: Path

    async def make_link(self) -> str:
        return await asyncio.to_thread(make_link, f"https://localhost:{self.port}", self.certificate)


@asynccontextmanager
async def served() -> AsyncIterator[Server]:
    folder, port = Path(tempfile.mkdtemp(prefix="aparte-bench-")), free_port()
    command = "from aparte.cli import main; main()"
    options = ["--port", str(port), "--data", str(folder / "data"), "--tls", "self-signed", "--no-instant"]
    with (folder / "log.txt").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", command, "serve", *options, stdout=log, stderr=log
        )
    try:
        server = Server(process.pid, port, folder / "data" / "tls" / "certificate.pem")
        deadline = time.monotonic() + START_WITHIN
        while True:
            try:
                await server.make_link()
                break
            except Unmade:
                if process.returncode is not None or time.monotonic() > deadline:
                    raise RuntimeError("aparte serve does not answer:\n" + (folder / "log.txt").read_text()) from None
                await asyncio.sleep(0.1)
        yield server
        if (told := (folder / "log.txt").read_text()).count('"error"'):
            raise RuntimeError("the server logged errors:\n" + told[-2_000:])
    finally:
        await ended(process)
        shutil.rmtree(folder, ignore_errors=True)


class Crowds:
    """The processes of the participants."""

    def __init__(self, children: list[Child]) -> None:
        self.children = children

    @classmethod
    @asynccontextmanager
    async def started(cls, server: Server, processes: int, sharing: Sharing) -> "AsyncIterator[Crowds]":
        async with AsyncExitStack() as stack:
            children = []
            for _ in range(processes):
                child = await Child.start("meeting.people", str(server.certificate), sharing)
                stack.push_async_callback(child.stop)
                children.append(child)
            await asyncio.gather(*(child.hear() for child in children))
            yield cls(children)

    async def all(self, **command: Any) -> list[dict[str, Any]]:
        for child in self.children:
            child.tell(**command)
        return list(await asyncio.gather(*(child.hear() for child in self.children)))

    async def join(self, link: str, people: int) -> list[dict[str, Any]]:
        names = [f"Person {number}" for number in range(people)]
        for number, child in enumerate(self.children):
            child.tell(do="join", link=link, names=names[number :: len(self.children)], people=people)
        return list(await asyncio.gather(*(child.hear() for child in self.children)))


def one_epoch(answers: list[dict[str, Any]]) -> int:
    """The epoch in which all are, with the same code; anything else is a failure of the server or of the clients."""
    epochs = {tuple(epoch) for answer in answers for epoch in answer["epochs"]}
    if len(epochs) != 1:
        raise RuntimeError(f"{len(epochs)} epochs or codes where there should be one")
    return int(next(iter(epochs))[0])


async def storm(server: Server, crowds: Crowds, people: int) -> dict[str, Any]:
    before = processor_seconds(server.pid)
    answers = await crowds.join(await server.make_link(), people)
    began = min(answer["began"] for answer in answers)
    epochs = one_epoch(answers)
    result = {
        "people": people,
        "storm_s": round(max(answer["seen"] for answer in answers) - began, 3),
        "all_inside_s": round(max(answer["inside"] for answer in answers) - began, 3),
        "epochs": epochs + 1,
        "commits_refused": sum(answer["commits_refused"] for answer in answers),
        "server_processor_s": round(processor_seconds(server.pid) - before, 3),
        "server_rss_kb": resident_kb(server.pid),
        "people_processor_s": round(sum(answer["processor_s"] for answer in answers), 3),
        "people_rss_kb_each": sum(answer["rss_kb"] for answer in answers) // people,
        "down_mb": round(sum(answer["bytes_heard"] for answer in answers) / 1e6, 1),
        "up_mb": round(sum(answer["bytes_sent"] for answer in answers) / 1e6, 1),
    }
    await crowds.all(do="end")
    return result


async def leave(server: Server, crowds: Crowds, people: int, rounds: int) -> dict[str, Any]:
    answers = await crowds.join(await server.make_link(), people)
    epoch, times = one_epoch(answers), []
    for number in range(rounds):
        # Members rest between two commits, and nobody leaves that often.
        await asyncio.sleep(PAUSE_SECONDS)
        child = crowds.children[number % len(crowds.children)]
        child.tell(do="leave")
        left = await child.hear()
        answers = await crowds.all(do="see", people=people - number - 1)
        times.append(round((max(answer["seen"] for answer in answers) - left["clicked"]) * 1e3, 1))
        if one_epoch(answers) != epoch + number + 1:
            raise RuntimeError("more than one commit for one who left")
    await crowds.all(do="end")
    return {"people": people, "leave_ms": median(times), "leave_ms_least": min(times), "leave_ms_all": times}


async def main() -> None:
    options = arguments()
    report: dict[str, Any] = {
        "bench": "meeting",
        "shows": ["P27"],
        "goals": GOALS,
        "share": options.share,
        "processes": options.processes,
        "cores": os.cpu_count(),
    }
    async with served() as server, Crowds.started(server, options.processes, options.share) as crowds:
        if options.people:
            report["storm"] = await storm(server, crowds, options.people)
        if options.leave_of:
            report["leave"] = await leave(server, crowds, options.leave_of, options.rounds)
    met = [figures[goal] <= GOALS[goal] for figures, goal in _measured(report)]
    report["passed"] = all(met)
    print(json.dumps(report))


def _measured(report: dict[str, Any]) -> list[tuple[dict[str, Any], str]]:
    return [(report[name], f"{name}_{unit}") for name, unit in (("storm", "s"), ("leave", "ms")) if name in report]


if __name__ == "__main__":
    asyncio.run(main())
