"""Runs tests against mutants: one warm process with everything loaded, and a fork of it for each mutant.

    python -m tests.mutation.forks rules|checks [HOW AN ID BEGINS]

A fork puts its mutant into the living code, runs the tests that claim the check and come past it, and ends at the first
that fails. The last line is a JSON object of mutants and how each ended: `red`, `green` (nobody noticed) or `late`.

Some mutants make a program go round for ever: their test has no end, and what waits for it notices. A fork that uses up
its time of the processor, many times what sound tests need, is therefore `red`. One that merely waits is `late`, which
proves nothing: it may be a slow machine.
"""

import gc
import json
import os
import resource
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from itertools import zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType

import pytest

from tests.mutation.live import Living, changed_places, functions_below, put
from tests.mutation.places import SOURCE, Mutant, rule_mutants
from tests.mutation.table import check_mutants

ROOT = Path(__file__).parents[2]
AT_ONCE = {"rules": 2, "checks": 6}
"""How many forks there are at a time: the tests of the rules only compute, those of the server mostly wait."""
_POLICY_FILES = "policy", "policy_persons", "policy_places", "policy_rights", "policy_server"
RULE_TESTS = [f"tests/e2ee/mls/test_{name}.py" for name in ("calls", "places", "rules", *_POLICY_FILES)]
PATIENCE = 4, 60
"""Seconds of the processor, and of a clock, that a mutant's tests may take."""
CONTROL = 120, 240
"""The same for all tests together without a mutant."""
MEMORY = 2 << 30
"""Octets of address space: a mutant that asks for more is as red as one that answers wrongly."""
RED, GREEN, BROKEN = 10, 11, 12
"""How a fork ends; ``BROKEN`` means that this program is at fault."""

Outcomes = dict[str, str]
Tell = Callable[[str], None]


class Forks:
    """A pytest plugin that runs the collected tests once for each mutant instead of once."""

    def __init__(self, mutants: Sequence[Mutant], by_reach: bool, at_once: int, tell: Tell) -> None:
        """``by_reach``: of the tests that claim a mutant those run that come past it; so many forks ``at_once``."""
        self.mutants = mutants
        self._by_reach = by_reach
        self._at_once = at_once
        self.outcomes: Outcomes = {}
        self._tell = tell
        self._pipe = -1
        self._living: Living = {}
        self._running: dict[int, tuple[Mutant | None, int, float]] = {}

    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """Take the place of pytest's own loop."""
        if session.testsfailed:
            return None
        claimed = _in_turns([item for item in session.items if any(_claims(one, item) for one in self.mutants)])
        self._living = functions_below(SOURCE)
        gc.collect()
        gc.freeze()  # so that forks share what is there
        reached = self._control(claimed)
        for mutant in self.mutants:
            items = [item for item in claimed if _claims(mutant, item)]
            if not items:
                raise pytest.UsageError(f"no test claims {mutant.id}: {mutant.claims}")
            if self._by_reach:
                names = {f"{mutant.path}:{name}:{line}" for name, line in changed_places(mutant.path, mutant.code)}
                items = [item for item in items if not names.isdisjoint(reached[item.nodeid])]
            while len(self._running) >= self._at_once:
                self._note(*self._reap())
            self._fork(mutant, items)
        while self._running:
            self._note(*self._reap())
        return True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """In a fork: the first failure is the answer."""
        if report.failed and self._pipe >= 0:
            crash = getattr(report.longrepr, "reprcrash", None)
            why = f"{report.nodeid}: {getattr(crash, 'message', '')}".splitlines()[0]
            os.write(self._pipe, why.encode()[:400])
            os._exit(RED)

    def _control(self, items: Sequence[pytest.Item]) -> dict[str, list[str]]:
        """Run the tests without a mutant: they must be green. Return the functions of the product that each calls."""
        with TemporaryDirectory() as folder:
            path = Path(folder) / "reached.json"
            self._fork(None, items, path)
            _, outcome, why, _ = self._reap()
            if outcome != "green":
                raise pytest.UsageError(f"without a mutant the tests are {outcome}: {why}")
            reached: dict[str, list[str]] = json.loads(path.read_text("utf-8"))
        return reached

    def _note(self, mutant: Mutant | None, outcome: str, why: str, seconds: float) -> None:
        assert mutant is not None
        self.outcomes[mutant.id] = outcome
        self._tell(f"{outcome:5} {seconds:5.1f} s  {mutant.id}  {why}")

    def _fork(self, mutant: Mutant | None, items: Sequence[pytest.Item], reached: Path | None = None) -> None:
        heard, self._pipe = os.pipe()
        child = os.fork()
        if child == 0:
            os.setpgid(0, 0)
            try:
                self._run(mutant, items, reached)
            except BaseException as error:
                os.write(self._pipe, repr(error).encode()[:400])
                if mutant is not None and _ran_out_of_memory(error):
                    os._exit(RED)
            os._exit(BROKEN)
        os.close(self._pipe)
        self._pipe = -1
        self._running[child] = (mutant, heard, time.monotonic())

    def _reap(self) -> tuple[Mutant | None, str, str, float]:
        """Wait for the first fork that ends: its mutant, the outcome, why, and how many seconds it took."""
        child, status = os.wait()
        with suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)  # whatever a test has started
        mutant, heard, began = self._running.pop(child)
        seconds = time.monotonic() - began
        with os.fdopen(heard, "rb") as pipe:
            why = pipe.read().decode(errors="replace")
        if os.WIFSIGNALED(status):
            late = mutant is None or os.WTERMSIG(status) == signal.SIGALRM
            why = f"{why} {signal.Signals(os.WTERMSIG(status)).name}".lstrip()
            return mutant, "late" if late else "red", why, seconds
        outcome = {RED: "red", GREEN: "green"}.get(os.waitstatus_to_exitcode(status))
        if outcome is None:
            raise pytest.UsageError(f"{mutant and mutant.id}: {why}")
        return mutant, outcome, why, seconds

    def _run(self, mutant: Mutant | None, items: Sequence[pytest.Item], reached: Path | None) -> None:
        processor, clock = CONTROL if mutant is None else PATIENCE
        signal.setitimer(signal.ITIMER_VIRTUAL, processor)
        signal.setitimer(signal.ITIMER_REAL, clock)
        if mutant is not None:
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
            if put(mutant.path, mutant.code, self._living) == 0:
                raise LookupError("nothing alive changes")
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        os.dup2(silence, 2)
        called: dict[str, list[str]] = {}
        for item, following in zip_longest(items, items[1:]):
            seen = _Seen()
            if self._by_reach and mutant is None:
                sys.setprofile(seen)
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            sys.setprofile(None)
            called[item.nodeid] = seen.names()
        if reached is not None:
            reached.write_text(json.dumps(called), "utf-8")
        os._exit(GREEN)


class _Seen:
    """A profiler that notes the functions of the product."""

    def __init__(self) -> None:
        self._codes: set[object] = set()

    def __call__(self, frame: FrameType, event: str, argument: object) -> None:
        if event == "call":
            self._codes.add(frame.f_code)

    def names(self) -> list[str]:
        ours = [code for code in self._codes if str(getattr(code, "co_filename", "")).startswith(str(SOURCE))]
        return [f"{code.co_filename}:{code.co_qualname}:{code.co_firstlineno}" for code in ours]  # type: ignore[attr-defined]


def _ran_out_of_memory(error: BaseException | None) -> bool:
    """Whether that is what began it: pytest's own code fails of it too, and says something else then."""
    while error is not None and not isinstance(error, MemoryError):
        error = error.__cause__ or error.__context__
    return error is not None


def _in_turns(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """Sort tests so that each rule's first one comes before any second one: most mutants are red at once."""
    turn: Counter[str] = Counter()
    order: dict[str, int] = {}
    for item in items:
        rule = item.name[: len("test_x00")]
        order[item.nodeid] = turn[rule]
        turn[rule] += 1
    return sorted(items, key=lambda item: order[item.nodeid])


def _claims(mutant: Mutant, item: pytest.Item) -> bool:
    return any(
        item.name.startswith(claim[1:]) if claim.startswith("*") else item.nodeid.startswith(claim)
        for claim in mutant.claims
    )


def run(
    mutants: Iterable[Mutant], files: Sequence[str], by_reach: bool, at_once: int = 1, tell: Tell = print
) -> Outcomes:
    """Run the tests of ``files`` against mutants; raises when the tests are not green without any."""
    forks = Forks(list(mutants), by_reach, at_once, tell)
    arguments = ["-p", "no:cacheprovider", "-p", "no:xdist", "--capture=no", "--quiet", "--no-header", *files]
    with TemporaryDirectory() as folder:  # forks end without tidying up
        tempfile.tempdir = os.environ["TMPDIR"] = folder
        ended = pytest.main(arguments, plugins=[forks])
    if ended != pytest.ExitCode.OK:
        raise SystemExit(f"the mutation check could not run: {ended!r}")
    return forks.outcomes


def main() -> None:
    """Run one kind of mutants, all or those whose id begins in some way."""
    os.chdir(ROOT)
    _, kind, part = [*sys.argv, ""][:3]
    every = {"rules": rule_mutants, "checks": check_mutants}[kind]
    mutants = [mutant for mutant in every() if mutant.id.startswith(part)]
    claiming = sorted({claim.partition("::")[0] for mutant in mutants for claim in mutant.claims})
    files = RULE_TESTS if kind == "rules" else claiming
    print(json.dumps(run(mutants, files, by_reach=kind == "rules", at_once=AT_ONCE[kind])))


if __name__ == "__main__":
    main()
