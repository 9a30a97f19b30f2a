"""The sheet of OWASP ASVS 5.0: every requirement once, every test that it names there, its figures as they are."""

import ast
import json
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SHEET = (ROOT / "docs" / "asvs.md").read_text("utf-8")
LEVELS = {
    id: level
    for level, ids in json.loads(Path(__file__).with_name("asvs.json").read_text("utf-8")).items()
    for id in ids
}
ROW = re.compile(r"^\| v5\.0\.0-(\d+\.\d+\.\d+) \| (L[123]) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
ROWS = ROW.findall(SHEET)
TESTS = re.compile(r"`((?:tests|web/src)/[^`:]+)::([^`]+)`")
WORDS = {"shown": "shown by tests", "not applicable": "not applicable", "open": "open"}


def kind(cell: str) -> str:
    """One of the three kinds of a row; fails for anything else."""
    if re.fullmatch(rf"{TESTS.pattern}(?: {TESTS.pattern})*", cell):
        return "shown"
    match = re.fullmatch(r"(not applicable|open): \S.+", cell)
    assert match, cell
    return match[1]


@cache
def titles_of(path: Path) -> frozenset[str]:
    """The tests of a file: names of functions in Python, titles in TypeScript."""
    text = path.read_text("utf-8")
    if path.suffix == ".ts":
        return frozenset(re.findall(r'^\s*(?:it|test)\(\s*"([^"]+)"', text, re.MULTILINE))
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(node.name for node in ast.parse(text).body if isinstance(node, functions))


def test_every_requirement_stands_there_once_with_its_level() -> None:
    assert len(LEVELS) == 345
    assert Counter(LEVELS.values()) == {"L1": 70, "L2": 183, "L3": 92}
    assert [(id, level) for id, level, _, _ in ROWS] == sorted(
        LEVELS.items(), key=lambda one: [int(part) for part in one[0].split(".")]
    )
    assert len(ROWS) == SHEET.count("| v5.0.0-"), "no row has another form"


def test_every_row_is_of_one_kind_and_in_few_words() -> None:
    for _, _, about, cell in ROWS:
        assert kind(cell)
        assert len(about.split()) <= 9, about


def test_every_test_that_is_named_exists() -> None:
    named = {(file, name) for _, _, _, cell in ROWS for file, name in TESTS.findall(cell)}
    assert named
    missing = {(file, name) for file, name in named if name not in titles_of(ROOT / file)}
    assert missing == set()
    assert {name for file, name in named if file.startswith("tests/") and not name.startswith("test_")} == set()


def test_the_figures_are_counted() -> None:
    counted = Counter((level, kind(cell)) for _, level, _, cell in ROWS)
    lines = []
    for name, levels in (("L1", ["L1"]), ("L2", ["L2"]), ("L3", ["L3"]), ("all", ["L1", "L2", "L3"])):
        figures = [sum(counted[level, one] for level in levels) for one in WORDS]
        lines.append(f"| {name} | {' | '.join(map(str, figures))} | {sum(figures)} |")
    table = "\n".join([f"| level | {' | '.join(WORDS.values())} | all |", "|---|---|---|---|---|", *lines])
    assert table in SHEET


@pytest.mark.parametrize("cell", ["", "yes", "open:", "not applicable", "`tests/x.py`", "`tests/x.py::y` and more"])
def test_another_kind_is_noticed(cell: str) -> None:
    with pytest.raises(AssertionError):
        kind(cell)
