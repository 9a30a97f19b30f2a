"""The tables of capabilities and promises, and the ids that tests name, agree."""

from __future__ import annotations

import ast
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools import capabilities
from tools.capabilities import CAPABILITIES, PROMISES, ROOT, Evidence, ids_in_title, rows, state

WEB_TITLE = re.compile(r"""\b(?:describe|it|test)[\w.]*\((?:[^"'`]*\)\()?\s*(["'`])(.+?)\1""", re.DOTALL)


def python_marks(mark: str) -> Iterator[tuple[str, str]]:
    """Give (file, id) for every mark of that name written in a Python test, wherever it stands in the file."""
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == mark:
                for argument in node.args:
                    if isinstance(argument, ast.Constant):
                        yield str(path.relative_to(ROOT)), str(argument.value)


def web_marks() -> Iterator[tuple[str, str]]:
    """Give (file, id) for every id in a title of a web test."""
    for path in sorted((ROOT / "web" / "src").rglob("*.test.ts")):
        for match in WEB_TITLE.finditer(path.read_text("utf-8")):
            for row in ids_in_title(match[2]):
                yield str(path.relative_to(ROOT)), row


def test_every_row_has_one_id_a_claim_and_a_kind() -> None:
    text = CAPABILITIES.read_text("utf-8")
    ids = re.findall(r"^\| ([AB]\d\d) \| .{20,} \| [FQDNC](?:/[FQDNC])? \|$", text, re.MULTILINE)
    assert ids == sorted(set(ids))
    assert len(ids) == len(re.findall(r"^\| [AB]", text, re.MULTILINE)) == len(rows(CAPABILITIES))


def test_promises_are_numbered_from_1_to_34() -> None:
    assert list(rows(PROMISES)) == [f"P{number}" for number in range(1, 35)]


@pytest.mark.parametrize(("mark", "document"), [("shows", CAPABILITIES), ("promise", PROMISES)])
def test_every_id_that_a_python_test_names_exists(mark: str, document: Path) -> None:
    assert {(file, row) for file, row in python_marks(mark) if row not in rows(document)} == set()


def test_every_id_that_a_web_test_names_exists() -> None:
    known = rows(CAPABILITIES).keys() | rows(PROMISES).keys()
    assert {(file, row) for file, row in web_marks() if row not in known} == set()


def test_the_state_of_a_promise_says_whether_a_test_names_it() -> None:
    tested = {row for _, row in [*python_marks("promise"), *web_marks()] if row.startswith("P")}
    stated = re.findall(r"^\| (P\d+) \| .+ \| (first cut|not yet) \|$", PROMISES.read_text("utf-8"), re.MULTILINE)
    assert {row for row, word in stated if word == "first cut"} == tested


def test_titles_name_ids_in_brackets() -> None:
    assert ids_in_title("seals every frame [B26 P4]") == {"B26", "P4"}
    assert ids_in_title("reads a[0] and [x]") == frozenset()


def test_a_row_is_shown_only_by_a_pass_without_any_failure() -> None:
    def ended(*outcomes: str) -> str:
        return state([Evidence("test", frozenset({"B22"}), outcome) for outcome in outcomes])

    assert [ended(), ended("skipped"), ended("passed", "skipped")] == ["not shown", "not shown", "shown"]
    assert ended("passed", "failed") == "failed"


def test_records_older_than_the_sources_count_for_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capabilities, "RECORDS", tmp_path)
    monkeypatch.setattr(capabilities, "BENCHES", tmp_path / "bench")
    record = {"started": 100.0, "tests": {"tests/test_x.py::test_y": {"shows": ["B22"], "outcome": "passed"}}}
    (tmp_path / "python.json").write_text(json.dumps(record))

    found, missing = capabilities.gather(since=99.0)
    assert [one.ids for one in found] == [{"B22"}]
    assert missing == ["web", "browser"]

    found, missing = capabilities.gather(since=101.0)
    assert found == []
    assert missing == ["python", "web", "browser"]


def test_an_unknown_id_stops_a_run(tmp_path: Path) -> None:
    # The mark is put together, so that the scan above does not take this text for a test of the project.
    inner = tmp_path / "test_wrong.py"
    inner.write_text("import pytest\n@pytest.mark." + "shows('Z99')\ndef test_x(): pass\n")
    command = [str(ROOT / ".venv" / "bin" / "pytest"), "--rootdir", str(ROOT), "-c", str(ROOT / "pyproject.toml")]
    done = subprocess.run([*command, "-p", "tests.conftest", str(inner)], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "Z99" in done.stdout + done.stderr
