"""An implementation in a process of its own: orders and answers are lines of JSON."""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.interop.implementation import Order, Refused


class Process:
    """Runs a driver until it is closed."""

    def __init__(self, name: str, command: Sequence[str | Path], cwd: Path | None = None) -> None:
        self.name = name
        self._process = subprocess.Popen(
            [str(part) for part in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=cwd, text=True
        )

    def send(self, order: Order) -> None:
        """Give an order."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order, separators=(",", ":")) + "\n")
        self._process.stdin.flush()

    def answer(self) -> Any:
        """Return the next answer; raises ``Refused``, or ``EOFError`` when the driver has died."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise EOFError(f"the driver of {self.name} has ended with {self._process.wait()}")
        said = json.loads(line)
        if "refused" in said:
            raise Refused(f"{self.name}: {said['refused']}")
        return said["ok"]

    def peak(self) -> int:
        """Return the most memory that the driver has had so far, in octets."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return 1024 * int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")))

    def close(self) -> None:
        """Let the driver end: its input is over."""
        self._process.communicate()
