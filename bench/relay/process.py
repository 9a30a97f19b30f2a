"""Processor time and memory of a process as the kernel counts them, and children that talk in lines of JSON."""

import asyncio
import json
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

BENCH = Path(__file__).parents[1]
ANSWER_WITHIN = 120.0  # seconds: the longest window and the slowest start


def processor_seconds(pid: int) -> float:
    """User and system time of all threads of a process so far, to the nanosecond (clock_getcpuclockid(3) on Linux).

    It is the sum of ``utime`` and ``stime`` of proc(5) without their rounding to 10 ms.
    """
    return time.clock_gettime(~pid << 3 | 2)


def waiting_seconds() -> float:
    """Time since start in which some process of the machine waited for a core; 0 where the kernel does not say."""
    with suppress(OSError):
        some = Path("/proc/pressure/cpu").read_text().split("\n", 1)[0]
        return int(some.rsplit("total=", 1)[1]) / 1e6
    return 0.0


def resident_kb(pid: int) -> int:
    """Resident memory of a process in kB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise RuntimeError(f"process {pid} has no memory: it has ended")


class Child:
    """A process of the bench. It says one line of JSON when it is ready and one for each line that it is told."""

    def __init__(self, process: asyncio.subprocess.Process, name: str) -> None:
        self._process = process
        self._name = name

    @classmethod
    async def start(cls, module: str, *arguments: str) -> "Child":
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            module,
            *arguments,
            cwd=BENCH,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=64 * 1024 * 1024,
        )
        return cls(process, module)

    async def hear(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = await asyncio.wait_for(self._process.stdout.readline(), ANSWER_WITHIN)
        if not line:
            raise RuntimeError(f"{self._name} ended with {await self._process.wait()}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def tell(self, **message: Any) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(message).encode() + b"\n")

    async def stop(self) -> None:
        """Ends the child; it notices that nobody talks to it any more."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), 5)
        except TimeoutError:
            with suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()


def say(**message: Any) -> None:
    """The child's side of ``Child.hear``."""
    print(json.dumps(message), flush=True)


def told() -> "asyncio.Queue[dict[str, Any] | None]":
    """The child's side of ``Child.tell``: what it is told, and None when the parent is gone."""
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()

    def read() -> None:
        for line in sys.stdin:
            loop.call_soon_threadsafe(queue.put_nowait, json.loads(line))
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(queue.put_nowait, None)

    threading.Thread(target=read, daemon=True).start()
    return queue


async def ended(process: asyncio.subprocess.Process, signals: Sequence[str] = ("terminate", "kill")) -> None:
    """Ends a server in the order of politeness."""
    for signal in signals:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                getattr(process, signal)()
            with suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), 10)
