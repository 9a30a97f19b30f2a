"""An implementation in a process of its own: orders and answers are lines of JSON."""

import json
import os
import select
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from tests.interop.implementation import Order, Refused

PATIENCE: Final = 120.0
"""Seconds after which a driver that says nothing has failed: no order takes one of them."""


class Process:
    """Runs a driver until it is closed."""

    def __init__(self, name: str, command: Sequence[str | Path]) -> None:
        self.name = name
        self._process = subprocess.Popen(
            [str(part) for part in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
        )
        self._read = b""

    def send(self, order: Order) -> None:
        """Give an order."""
        assert self._process.stdin is not None
        line = memoryview(json.dumps(order, separators=(",", ":")).encode() + b"\n")
        while line:
            line = line[self._process.stdin.write(line) :]

    def answer(self) -> Any:
        """Return the next answer.

        Raises ``Refused``, ``EOFError`` when the driver has died, and ``TimeoutError`` when it says nothing.
        """
        while b"\n" not in self._read:
            self._more()
        line, _, self._read = self._read.partition(b"\n")
        said = json.loads(line)
        if "refused" in said:
            raise Refused(f"{self.name}: {said['refused']}")
        return said["ok"]

    def _more(self) -> None:
        assert self._process.stdout is not None
        fd = self._process.stdout.fileno()
        if not select.select([fd], [], [], PATIENCE)[0]:
            self._process.kill()
            raise TimeoutError(f"the driver of {self.name} said nothing for {PATIENCE} s")
        octets = os.read(fd, 1 << 20)
        if not octets:
            raise EOFError(f"the driver of {self.name} has ended with {self._process.wait()}")
        self._read += octets

    def peak(self) -> int:
        """Return the most memory that the driver has had so far, in octets."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return 1024 * int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")))

    def close(self) -> None:
        """Let the driver end: its input is over."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        finally:
            self._process.stdout.close()
