"""What a process holds in memory right now, read from outside (Linux)."""

from collections.abc import Iterator
from pathlib import Path


def regions(pid: int) -> Iterator[bytes]:
    """Every readable and writable mapping of the process: heap, stacks, anonymous memory."""
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            span, flags, *rest = line.split()
            if not flags.startswith("rw") or (len(rest) > 3 and rest[3].startswith("/dev")):
                continue
            start, end = (int(part, 16) for part in span.split("-"))
            try:
                memory.seek(start)
                yield memory.read(end - start)
            except OSError:  # a guard page or a mapping that has just gone
                continue


def holds(pid: int, needles: dict[str, bytes]) -> set[str]:
    """The names of those needles that the process's memory contains."""
    found: set[str] = set()
    for region in regions(pid):
        found |= {name for name, needle in needles.items() if needle in region}
    return found
