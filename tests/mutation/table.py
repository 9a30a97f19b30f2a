"""The checks beside the rules of MLS: a table by hand (checks.toml) of what enforces them, and who has to notice.

`anchor` stands exactly once in `file`, and `instead` is what the program does without the check. `tests` are the
beginnings of the ids of tests: at least one of them fails then. In TypeScript an anchor is an expression or a whole
statement, and a test is named as vitest names it.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.mutation.places import Mutant

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the table."""

    id: str
    what: str
    file: str
    anchor: str
    instead: str
    tests: tuple[str, ...]

    @property
    def is_python(self) -> bool:
        """Whether it is the server's and Python's, and not the pages'."""
        return self.file.endswith(".py")


def checks() -> list[Check]:
    """Read the table; raises ``LookupError`` when an anchor does not stand exactly once in its file."""
    lines = tomllib.loads((Path(__file__).parent / "checks.toml").read_text("utf-8"))["check"]
    found = [Check(**{**line, "tests": tuple(line["tests"])}) for line in lines]
    times = {check.id: (ROOT / check.file).read_text("utf-8").count(check.anchor) for check in found}
    lost = [f"{check.id} ({times[check.id]} times in {check.file})" for check in found if times[check.id] != 1]
    if lost:
        raise LookupError(f"tests/mutation/checks.toml: these anchors do not stand in the code once: {', '.join(lost)}")
    return found


def check_mutants() -> Iterator[Mutant]:
    """Give a mutant for each check of the table that is in Python."""
    yield from (mutant_of(check) for check in checks() if check.is_python)


def mutant_of(check: Check) -> Mutant:
    """Make the mutant of a check in Python; raises ``ValueError`` when its lines would move."""
    path = ROOT / check.file
    text = path.read_text("utf-8").replace(check.anchor, check.instead)
    if check.anchor.count("\n") != check.instead.count("\n"):
        raise ValueError(f"{check.id}: functions are found by their lines, so there must be as many as before")
    claims = tuple(f"tests/{test}" for test in check.tests)
    return Mutant(f"{check.id}: {check.what}", path, compile(text, str(path), "exec"), claims)


def switches() -> list[dict[str, object]]:
    """Give the checks of the table that are in TypeScript, as the pages' half of the mutation check reads them."""
    return [
        {
            "id": check.id,
            "file": check.file,
            "anchor": check.anchor,
            "instead": check.instead,
            "tests": [f"src/{test}" for test in check.tests],
        }
        for check in checks()
        if not check.is_python
    ]
