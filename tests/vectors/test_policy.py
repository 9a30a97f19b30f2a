"""Python agrees with every file of spec/vectors/policy."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from aparte.core.policy.admission import Admission
from aparte.core.policy.charter import Charter
from aparte.core.policy.check import check_admission, check_change, check_opening, check_removal, needs_admission
from aparte.core.policy.errors import PolicyError
from aparte.core.policy.person import Person
from aparte.core.policy.policy import Policy
from aparte.core.policy.rights import NAMES, STREAMS, Rights
from aparte.e2ee.charter import check_charter, seal_charter
from tests.vectors import act_cases
from tests.vectors.make import VECTORS

Case = dict[str, Any]


def load(name: str, key: str) -> list[Case]:
    cases: list[Case] = json.loads((VECTORS / "policy" / name).read_text("utf-8"))[key]
    return cases


def why(case: Case) -> str:
    return str(case["why"])


def octets(case: Case, field: str = "octets") -> bytes:
    return bytes.fromhex(case[field])


def expect(case: Case, check: Callable[[], object]) -> None:
    if not case["reason"]:
        check()
        return
    with pytest.raises(PolicyError) as caught:
        check()
    assert str(caught.value) == case["reason"]


def test_the_table() -> None:
    found = [{"bit": right.bit_length() - 1, "name": name} for right, name in NAMES.items()]
    assert found == load("rights.json", "rights")
    needs = [{"stream": stream.value, "needs": needed.value} for stream, needed in STREAMS.items()]
    assert needs == load("rights.json", "streams")


def test_charters() -> None:
    for case in load("charters.json", "valid"):
        charter = Charter.read(octets(case))
        assert charter.encoded == octets(case)
        assert [one.hex() for one in charter.organisers] == case["organisers"]
        assert {
            name: getattr(charter, name) for name in ("level", "door", "opens", "everybody")
        }.items() <= case.items()
        assert {name: getattr(charter, name).hex() for name in ("meeting", "house_key", "tag")}.items() <= case.items()


@pytest.mark.promise("P5")
@pytest.mark.parametrize("case", load("tags.json", "tags"), ids=why)
def test_who_made_a_charter(case: Case) -> None:
    charter, key = Charter.read(octets(case)), octets(case, "charter_key")
    expect(case, lambda: check_charter(key, octets(case, "meeting"), charter))
    if not case["reason"]:
        assert seal_charter(key, charter) == charter


def test_policies() -> None:
    for case in load("policies.json", "valid"):
        policy = Policy.read(octets(case))
        assert policy.encoded == octets(case)
        assert policy.charter.encoded == octets(case, "charter")
        assert [one.hex() for one in policy.organisers] == case["organisers"]
        assert [[one.subject.hex(), one.rights, one.barred] for one in policy.entries] == case["entries"]
        assert {name: getattr(policy, name) for name in ("door", "frozen", "everybody")}.items() <= case.items()
        for subject, rights in case["rights"]:
            assert policy.rights(bytes.fromhex(subject)) == Rights(rights)


def test_persons() -> None:
    for case in load("persons.json", "valid"):
        person = Person.read(octets(case))
        assert person.encoded == octets(case)
        assert {name: getattr(person, name).hex() for name in ("seat", "key", "subject")}.items() <= case.items()


READERS: dict[str, Callable[[bytes], object]] = {
    "charters.json": Charter.read,
    "policies.json": Policy.read,
    "persons.json": Person.read,
    "admissions.json": Admission.read,
}


@pytest.mark.promise("P19")
@pytest.mark.parametrize("name", READERS)
def test_broken_octets(name: str) -> None:
    for case in load(name, "invalid"):
        assert case["reason"], case["why"]
        with pytest.raises(PolicyError) as caught:
            READERS[name](octets(case))
        assert str(caught.value) == case["reason"]


@pytest.mark.promise("P18")
@pytest.mark.parametrize("case", load("persons.json", "checks"), ids=why)
def test_who_somebody_is(case: Case) -> None:
    person = Person.read(octets(case))
    expect(case, lambda: person.verify(octets(case, "meeting"), octets(case, "leaf_key"), octets(case, "house_key")))


@pytest.mark.promise("P18")
@pytest.mark.parametrize("case", load("persons.json", "times"), ids=why)
def test_until_when_somebody_comes_in(case: Case) -> None:
    certificate = Person.read(octets(case)).certificate
    assert certificate is not None
    expect(case, lambda: certificate.check_time(int(case["now"]), case["skew"]))


@pytest.mark.promise("P5")
@pytest.mark.parametrize("case", load("admissions.json", "checks"), ids=why)
def test_whether_an_admission_holds(case: Case) -> None:
    admission = Admission.read(octets(case))
    assert admission.encoded == octets(case)
    policy, person = Policy.read(octets(case, "policy")), Person.read(octets(case, "person"))
    admitter = Person.read(octets(case, "admitter"))
    keys = octets(case, "leaf_key"), octets(case, "admitter_key")
    expect(case, lambda: check_admission(policy, admission, person, keys[0], admitter, keys[1]))


@pytest.mark.promise("P5")
@pytest.mark.parametrize("case", load("admissions.json", "times"), ids=why)
def test_when_an_admission_holds(case: Case) -> None:
    admission = Admission.read(octets(case))
    expect(case, lambda: admission.check_time(int(case["now"]), case["skew"]))


@pytest.mark.parametrize("case", load("entering.json", "come"), ids=why)
def test_who_knocks(case: Case) -> None:
    policy, person = Policy.read(octets(case, "policy")), Person.read(octets(case, "person"))
    expect(case, lambda: needs_admission(policy, person))
    if not case["reason"]:
        assert needs_admission(policy, person) is case["knocks"]


@pytest.mark.parametrize("case", load("entering.json", "make"), ids=why)
def test_who_opens(case: Case) -> None:
    expect(case, lambda: check_opening(Charter.read(octets(case, "charter")), Person.read(octets(case, "person"))))


@pytest.mark.promise("P6")
@pytest.mark.parametrize("case", load("changes.json", "changes"), ids=why)
def test_who_changes_what(case: Case) -> None:
    old, new = Policy.read(octets(case, "old")), Policy.read(octets(case, "new"))
    expect(case, lambda: check_change(old, new, octets(case, "actor")))


@pytest.mark.promise("P6")
@pytest.mark.parametrize("case", load("changes.json", "removals"), ids=why)
def test_who_removes_whom(case: Case) -> None:
    policy = Policy.read(octets(case, "policy"))
    expect(case, lambda: check_removal(policy, octets(case, "actor"), octets(case, "target")))


@pytest.mark.promise("P6")
@pytest.mark.parametrize("case", load("acts.json", "acts"), ids=lambda case: f"{case['act']}: {case['why']}")
def test_what_becomes_of_an_act(case: Case) -> None:
    policy, after = Policy.read(octets(case, "policy")), list[Policy]()
    expect(case, lambda: after.append(act_cases.do(policy, case)))
    assert "".join(one.encoded.hex() for one in after) == case["after"]
