"""The whole mutation check: `python -m tests.mutation`, or `make mutation`.

Each security check is switched off alone, in Python and in TypeScript, and a test that claims it has to fail. The last
line is `N passed, N failed`. The exit status is 1 when a mutant survived, or was not shown to be noticed.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.mutation.table import ROOT, switches

LIMIT = 600
"""Seconds that each of the three parts may take."""

Outcomes = dict[str, str]


def main() -> int:
    """Run all mutants and return the exit status."""
    parts: dict[str, Callable[[], Outcomes]] = {
        "Python, rules": lambda: python("rules"),
        "Python, table": lambda: python("checks"),
        "TypeScript": typescript,
    }
    outcomes: Outcomes = {}
    for part, run in parts.items():
        began = time.monotonic()
        ended = run()
        print(f"{part}: {len(ended)} mutants in {time.monotonic() - began:.0f} s", flush=True)
        outcomes |= {f"{part}: {name}": outcome for name, outcome in ended.items()}
    return verdict(outcomes)


def verdict(outcomes: Outcomes) -> int:
    """Print every mutant that is not red, and how many passed and failed; return the exit status."""
    failed = {name: outcome for name, outcome in outcomes.items() if outcome != "red"}
    for name, outcome in failed.items():
        print(f"{outcome:5} {name}")
    print(f"{len(outcomes) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed or not outcomes else 0


def python(kind: str) -> Outcomes:
    """Run one kind of mutants in Python; raises ``SystemExit`` when that was not possible."""
    told = _run([sys.executable, "-m", "tests.mutation.forks", kind])
    outcomes: Outcomes = json.loads(told.splitlines()[-1])
    return outcomes


def typescript() -> Outcomes:
    """Run all mutants of the pages; raises ``SystemExit`` when a test fails without any."""
    with TemporaryDirectory() as folder:
        table, record = Path(folder) / "checks.json", Path(folder) / "record.json"
        table.write_text(json.dumps(switches()), "utf-8")
        command = ["tools/web.sh", "vitest", "run", "--config=mutation/vitest.config.ts", "--reporter=json"]
        _run([*command, f"--outputFile.json={record}"], APARTE_CHECKS=str(table))
        return outcomes_in(json.loads(record.read_text("utf-8")))


def outcomes_in(record: Any) -> Outcomes:
    """Return how each mutant ended in a record of vitest: `red` when any test that claims it was."""
    ended: Outcomes = {}
    for file in record["testResults"]:
        for test in file["assertionResults"]:
            meta = test.get("meta", {})
            for name in meta.get("all", []):
                ended.setdefault(name, "green")
            for name, outcome in meta.get("mutants", {}).items():
                if ended.get(name) != "red" and outcome != "green":
                    ended[name] = outcome
                ended.setdefault(name, "green")
    return ended


def _run(command: list[str], **environment: str) -> str:
    """Run a part and return what it printed. It is stopped with all that it started when it takes too long."""
    process = subprocess.Popen(
        command, cwd=ROOT, env=os.environ | environment, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        told, _ = process.communicate(timeout=LIMIT)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    if process.returncode != 0:
        print(told)
        raise SystemExit(f"the mutation check could not run: {' '.join(command)}")
    return told


if __name__ == "__main__":
    sys.exit(main())
