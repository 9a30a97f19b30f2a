"""The mutation check itself: that it finds what it is for, and does not pass what nobody has noticed.

It runs whole as `make mutation`. Here a few mutants are enough.
"""

import json
import re
import subprocess
import sys
from collections import Counter

import pytest

from aparte.core.mls.errors import Rule
from tests.mutation.__main__ import outcomes_in, verdict
from tests.mutation.places import rule_mutants
from tests.mutation.table import ROOT, Check, check_mutants, checks, switches

CREDENTIAL = "src/aparte/core/mls/credential.py"
ANCHOR = "Rule.CREDENTIAL_TYPE"
RUN = """
import json, sys
from tests.mutation.forks import run
from tests.mutation.table import Check, mutant_of
checks = [Check(*one) for one in json.loads(sys.argv[1])]
print(json.dumps(run(map(mutant_of, checks), ["tests/e2ee/mls/test_rules.py"], by_reach=False)))
"""


def line_of(anchor: str) -> str:
    """Return the line of the credentials' check in which this stands."""
    (line,) = [line for line in (ROOT / CREDENTIAL).read_text("utf-8").splitlines() if anchor in line]
    return line.strip()


def credential(name: str, instead: str, test: str) -> Check:
    """Make a mutant of the one check of credentials."""
    return Check(name, "", CREDENTIAL, line_of(ANCHOR), instead, (f"e2ee/mls/test_rules.py::{test}",))


def forked(*mutants: Check) -> subprocess.CompletedProcess[str]:
    told = json.dumps([[one.id, one.what, one.file, one.anchor, one.instead, one.tests] for one in mutants])
    return subprocess.run([sys.executable, "-c", RUN, told], cwd=ROOT, capture_output=True, text=True, timeout=120)


@pytest.mark.promise("P33")
def test_a_mutant_is_red_when_its_test_fails_and_green_when_it_does_not() -> None:
    done = forked(
        credential("noticed", "pass", "test_m06_credential_type"),
        credential("never ends", "while True: pass", "test_m06_credential_type"),
        credential("not noticed", "pass", "test_m03_version"),
    )
    assert json.loads(done.stdout.splitlines()[-1]) == {
        "noticed: ": "red",
        "never ends: ": "red",
        "not noticed: ": "green",
    }


@pytest.mark.promise("P33")
def test_a_mutant_that_nobody_claims_stops_the_run() -> None:
    done = forked(credential("forgotten", "pass", "test_that_is_not_there"))
    assert done.returncode != 0
    assert "no test claims forgotten" in done.stdout + done.stderr


@pytest.mark.promise("P33")
def test_a_mutant_that_changes_nothing_stops_the_run() -> None:
    done = forked(credential("idle", line_of(ANCHOR), "test_m06_credential_type"))
    assert done.returncode != 0
    assert "nothing alive changes" in done.stdout + done.stderr


@pytest.mark.promise("P33")
def test_one_mutant_that_is_not_red_fails_the_whole(capsys: pytest.CaptureFixture[str]) -> None:
    assert verdict({"a": "red", "b": "red"}) == 0
    assert verdict({"a": "red", "b": "green", "c": "late"}) == 1
    assert verdict({}) == 1, "no mutants are no proof"
    assert capsys.readouterr().out.splitlines() == [
        "2 passed, 0 failed",
        "green b",
        "late  c",
        "1 passed, 2 failed",
        "0 passed, 0 failed",
    ]


@pytest.mark.promise("P33")
def test_of_the_tests_that_claim_a_mutant_in_typescript_one_has_to_fail() -> None:
    metas: list[dict[str, object]] = [
        {"all": ["nobody came near", "noticed"]},
        {"mutants": {"noticed": "green", "survived": "green", "waits": "late"}},
        {"mutants": {"noticed": "red", "waits": "green"}},
        {"mutants": {"noticed": "late"}},
    ]
    record = {"testResults": [{"assertionResults": [{"meta": meta}]} for meta in metas]}
    assert outcomes_in(record) == {"nobody came near": "green", "noticed": "red", "survived": "green", "waits": "late"}


@pytest.mark.promise("P33")
def test_every_rule_has_a_mutant() -> None:
    ids = [mutant.id for mutant in rule_mutants()]
    assert len(set(ids)) == len(ids)
    found = {match[1] for match in map(re.compile(r" ([A-Z]\d\d) part \d+$").search, ids) if match}
    assert found == {rule.id for rule in Rule}


@pytest.mark.promise("P33")
def test_the_table_of_checks_fits_the_code() -> None:
    every = checks()
    assert [id for id, times in Counter(check.id for check in every).items() if times > 1] == []
    assert len(list(check_mutants())) + len(switches()) == len(every)
    missing = [name for check in every for test in check.tests if not (ROOT / (name := file_of(check, test))).is_file()]
    assert missing == []


def file_of(check: Check, test: str) -> str:
    return f"tests/{test.partition('::')[0]}" if check.is_python else f"web/src/{test.partition(' > ')[0]}"
