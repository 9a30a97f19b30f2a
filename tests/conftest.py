"""What every test shares: the official vectors, and the record of what a test shows.

With `APARTE_EVIDENCE=FILE` in the environment a run writes down which capabilities and promises its tests name and
how each test ended; `make capabilities` reads these files. Ids that the documents do not have stop the run.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tools.capabilities import CAPABILITIES, PROMISES, ROOT, rows

MARKS = {"shows": CAPABILITIES, "promise": PROMISES}


def marked_ids(item: pytest.Item, mark: str) -> list[str]:
    """Give the ids that the marks called `mark` of a test name, each once, in order."""
    ids = [str(argument) for marker in item.iter_markers(mark) for argument in marker.args]
    return sorted(set(ids), key=ids.index)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse unknown ids, and let each report carry the ids of its test (also across xdist's processes)."""
    known = {mark: rows(document).keys() for mark, document in MARKS.items()}
    for item in items:
        for mark, document in MARKS.items():
            ids = marked_ids(item, mark)
            if unknown := set(ids) - known[mark]:
                raise pytest.UsageError(f"{item.nodeid}: {sorted(unknown)} not in {document.relative_to(ROOT)}")
            item.user_properties.append((mark, ids))


class Evidence:
    """Collects the outcome of every marked test of one run and writes them to one file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._started = time.time()
        self._tests: dict[str, dict[str, object]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take one phase of a test: a test has passed when its call passed and no phase failed."""
        marks = {name: ids for name, ids in report.user_properties if name in MARKS and ids}
        if not marks:
            return
        entry = self._tests.setdefault(report.nodeid, {**marks, "outcome": "passed"})
        if report.failed:
            entry["outcome"] = "failed"
        elif report.skipped and entry["outcome"] == "passed":
            entry["outcome"] = "skipped"  # an expected failure counts as skipped too: it shows nothing

    def pytest_sessionfinish(self) -> None:
        """Write the record; a run that was cut short never gets here and leaves none."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        record = {"started": self._started, "tests": self._tests}
        self._path.write_text(json.dumps(record, indent=1) + "\n", "utf-8")


def pytest_configure(config: pytest.Config) -> None:
    """Keep a record when asked, in the one process that sees every report."""
    path = os.environ.get("APARTE_EVIDENCE")
    if path and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Evidence(ROOT / path), "aparte-evidence")


@pytest.fixture(scope="session")
def official_vectors() -> Callable[[str], Path]:
    """Give the way to a file or folder of the official vectors, as `official_vectors("sframe")`.

    They lie in `APARTE_VECTORS`, or else in `../shared/vectors` beside the checkout, and are no part of it. Without
    them a test is skipped, and fails where `CI=true`.
    """
    folder = Path(os.environ.get("APARTE_VECTORS") or ROOT.parent / "shared" / "vectors")

    def find(name: str) -> Path:
        path = folder / name
        if not path.exists():
            reason = f"official vectors missing: no {name} in the folder that APARTE_VECTORS names"
            if os.environ.get("CI") == "true":
                pytest.fail(reason)
            pytest.skip(reason)
        return path

    return find
