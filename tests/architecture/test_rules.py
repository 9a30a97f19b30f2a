"""The table of numbered rules in spec/checks.md against the code and the tests: a list kept by hand would rot."""

import ast
import re
from pathlib import Path

import pytest

from aparte.core.mls.errors import Reason, Rule

ROOT = Path(__file__).parents[2]
TESTS = ROOT / "tests" / "e2ee" / "mls"
ROW = re.compile(r"^\| ([MFLKTGPCA]\d\d) \|.*\| `([a-z-]+)` \| (\S+\.py) \| (test_\w+) \|$", re.MULTILINE)
TABLE = {row[0]: row[1:] for row in ROW.findall((ROOT / "spec" / "checks.md").read_text("utf-8"))}


def functions(path: Path) -> dict[str, str]:
    """The source of every function of a file."""
    text = path.read_text("utf-8")
    found = {node.name: node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)}
    return {name: ast.get_source_segment(text, node) or "" for name, node in found.items()}


WEB = ROOT / "web" / "src"
IN_TYPESCRIPT = {
    name: (number, reason)
    for name, number, reason in re.findall(
        r'^  ([A-Z_]+): rule\("([A-Z]\d\d)", "([a-z-]+)"\),$',
        (WEB / "core" / "mls" / "errors.ts").read_text("utf-8"),
        re.MULTILINE,
    )
}
WRITTEN = {name: text for path in TESTS.glob("test_*.py") for name, text in functions(path).items()}


def test_the_table_has_every_rule_once() -> None:
    assert sorted(TABLE) == sorted(rule.id for rule in Rule)
    assert len({rule.id for rule in Rule}) == len(Rule)


@pytest.mark.parametrize("rule", Rule, ids=lambda rule: rule.id)
def test_a_rule_is_where_the_table_says(rule: Rule) -> None:
    reason, code, test = TABLE[rule.id]
    assert reason == rule.reason
    assert re.search(rf"\bRule\.{rule.name}\b", (ROOT / "src" / "aparte" / code).read_text("utf-8"))
    assert re.search(rf"\bRule\.{rule.name}\b", WRITTEN[test]), "its test expects exactly this rule"
    assert f"_{rule.id.lower()}_" in test


def test_every_reason_belongs_to_a_rule() -> None:
    assert {rule.reason for rule in Rule} == set(Reason)


def test_both_languages_have_the_same_rules() -> None:
    expected = {rule.name: (rule.id, str(rule.reason)) for rule in Rule}
    assert expected == IN_TYPESCRIPT


def test_every_rule_is_broken_in_typescript_too() -> None:
    folders = ("core/mls", "core/policy", "e2ee/mls")
    text = "\n".join(path.read_text("utf-8") for folder in folders for path in WEB.glob(f"{folder}/*.test.ts"))
    assert [
        name
        for name in IN_TYPESCRIPT
        if not re.search(rf"\b[Rr]ules?\.{name}\b|^  {name}: [\[A-Z]", text, re.MULTILINE)
    ] == []
