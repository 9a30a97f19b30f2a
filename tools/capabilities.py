"""Prints which capabilities and promises are shown by which tests, from the records that the test runs leave behind.

A record counts only when it is younger than every source file. With `--run` the steps whose record is missing or
outdated run first. The same answer is written to `build/capabilities.json`. The exit code is 1 when a marked test
failed, a record is missing, or an id is unknown.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CAPABILITIES = ROOT / "spec" / "capabilities.md"
PROMISES = ROOT / "SECURITY.md"
RECORDS = ROOT / "build" / "shows"
BENCHES = ROOT / "build" / "bench"
STEPS = {"python": "test", "web": "web", "browser": "browser"}  # record -> the step of make that writes it

ROW = re.compile(r"^\| ([ABP]\d{1,2}) \| (.+?) \| (.+?) \|", re.MULTILINE)
TITLE_IDS = re.compile(r"\[([ABP]\d{1,2}(?:[ ,]+[ABP]\d{1,2})*)\]")


@dataclass(frozen=True)
class Evidence:
    """One test or measurement: what it names and how it ended (`passed`, `failed` or `skipped`)."""

    test: str
    ids: frozenset[str]
    outcome: str


def rows(document: Path) -> dict[str, str]:
    """Give the id and the claim of every row of the tables of `document`."""
    return {match[1]: match[2] for match in ROW.finditer(document.read_text("utf-8"))}


def ids_in_title(title: str) -> frozenset[str]:
    """Give the ids that a web test names in its title, as in `seals every frame [B26 P4]`."""
    return frozenset(found for match in TITLE_IDS.finditer(title) for found in re.findall(r"[ABP]\d{1,2}", match[1]))


def newest_source() -> float:
    """Give the time of the last change to anything that a test could depend on, in seconds since 1970."""
    folders = [ROOT / name for name in ("src", "tests", "spec", "bench", "web/src", "web/plugins")]
    kinds = {".py", ".ts", ".tsx", ".css", ".html", ".json"}
    built = ROOT / "src" / "aparte" / "server" / "pages"
    files = [file for folder in folders for file in folder.rglob("*") if file.suffix in kinds]
    files += [ROOT / "pyproject.toml"]
    files += [ROOT / "web" / name for name in ("index.html", "package-lock.json", "vite.config.ts")]
    return max(file.stat().st_mtime for file in files if built not in file.parents)


def pytest_record(path: Path) -> tuple[float, list[Evidence]]:
    """Read what tests/conftest.py wrote: when the run started, and its marked tests."""
    record = json.loads(path.read_text("utf-8"))
    tests = [
        Evidence(name, frozenset(test.get("shows", []) + test.get("promise", [])), test["outcome"])
        for name, test in record["tests"].items()
    ]
    return record["started"], tests


def vitest_record(path: Path) -> tuple[float, list[Evidence]]:
    """Read vitest's JSON report: when the run started, and the tests whose titles name ids."""
    record = json.loads(path.read_text("utf-8"))
    tests = [
        Evidence(
            f"{Path(file['name']).relative_to(ROOT)}: {test['fullName']}",
            ids_in_title(test["fullName"]),
            test["status"] if test["status"] in {"passed", "failed"} else "skipped",
        )
        for file in record["testResults"]
        for test in file["assertionResults"]
        if ids_in_title(test["fullName"])
    ]
    return record["startTime"] / 1000, tests


def bench_records() -> Iterator[tuple[Path, Evidence]]:
    """Give the measurements that name rows: lines `{"shows": [ids], "passed": true or false, ...}`."""
    for path in sorted(BENCHES.glob("*.json")):
        for line in path.read_text("utf-8").splitlines():
            measured = json.loads(line)
            if "shows" in measured:
                outcome = "passed" if measured.get("passed") is True else "failed"
                yield path, Evidence(f"bench: {path.name}", frozenset(measured["shows"]), outcome)


def gather(since: float) -> tuple[list[Evidence], list[str]]:
    """Read every record that started after `since`; give the evidence and the names of the records that are missing."""
    found: list[Evidence] = []
    missing: list[str] = []
    for name in STEPS:
        path = RECORDS / f"{name}.json"
        if not path.exists():
            missing.append(name)
            continue
        started, tests = (vitest_record if name == "web" else pytest_record)(path)
        if started < since:
            missing.append(name)
        else:
            found += tests
    found += [evidence for path, evidence in bench_records() if path.stat().st_mtime >= since]
    return found, missing


def state(evidence: list[Evidence]) -> str:
    """Say what a row's evidence amounts to: a row is shown when something showed it and nothing failed."""
    outcomes = {one.outcome for one in evidence}
    if "failed" in outcomes:
        return "failed"
    return "shown" if "passed" in outcomes else "not shown"


def report(title: str, claims: dict[str, str], found: list[Evidence]) -> list[dict[str, object]]:
    """Print one table and give it as data."""
    words = {"shown": "held", "failed": "broken"} if claims.keys() & {"P1"} else {}
    table: list[dict[str, object]] = []
    silent: list[str] = []
    print(f"\n{title}")
    for row, claim in claims.items():
        evidence = sorted((one for one in found if row in one.ids), key=lambda one: one.test)
        verdict = state(evidence)
        tests = [{"test": one.test, "outcome": one.outcome} for one in evidence]
        table.append({"id": row, "claim": claim, "state": verdict, "passed": verdict == "shown", "tests": tests})
        if not evidence:
            silent.append(row)
            continue
        print(f"  {row:4} {words.get(verdict, verdict)}")
        for one in evidence:
            print(f"         {one.outcome:8} {one.test}")
    print(f"  without any test: {' '.join(silent) or 'none'}")
    return table


def main() -> int:
    """Run what is outdated when asked, print, write, and say whether all is well."""
    since = newest_source()
    found, missing = gather(since)
    if missing and "--run" in sys.argv[1:]:
        for name in missing:
            subprocess.run(["make", "--no-print-directory", STEPS[name]], cwd=ROOT, check=False)
        found, missing = gather(since)
    claims, promises = rows(CAPABILITIES), rows(PROMISES)
    tables = {
        "capabilities": report("Capabilities (spec/capabilities.md)", claims, found),
        "promises": report("Promises (SECURITY.md)", promises, found),
    }
    (ROOT / "build").mkdir(exist_ok=True)
    (ROOT / "build" / "capabilities.json").write_text(json.dumps(tables, indent=1) + "\n", "utf-8")
    unknown = sorted({row for one in found for row in one.ids} - claims.keys() - promises.keys())
    shown = {name: sum(row["passed"] is True for row in table) for name, table in tables.items()}
    print(
        f"\n{shown['capabilities']} of {len(claims)} capabilities and {shown['promises']} of {len(promises)} promises"
    )
    for name in missing:
        print(f"no up-to-date record of {name}: run make {STEPS[name]}", file=sys.stderr)
    for row in unknown:
        print(f"unknown id {row}", file=sys.stderr)
    return 1 if missing or unknown or any(one.outcome == "failed" for one in found) else 0


if __name__ == "__main__":
    sys.exit(main())
