"""Whatever is tried, in whatever order: nobody gives what they do not have, and the policy always reads back."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aparte.core.mls.codec import Encodable
from aparte.core.policy import acts
from aparte.core.policy.admission import Admission
from aparte.core.policy.charter import Charter, Door
from aparte.core.policy.check import check_change
from aparte.core.policy.errors import PolicyError
from aparte.core.policy.person import Person
from aparte.core.policy.policy import Entry, Policy
from aparte.core.policy.rights import ALL, NONE, SENDING, Rights, may_send, names_of
from aparte.core.wire.header import Stream
from tests.vectors.policy_cases import ALICE, BOB, CAROL, CHARTER, DAVE, DIRECTED, POLICY, admission, person

EVERYBODY = (ALICE, BOB, CAROL, DAVE)
SETS = st.sampled_from([NONE, SENDING, ALL, *Rights]).flatmap(
    lambda one: st.sampled_from(list(Rights)).map(lambda other: one | other)
)


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    """Any policy of these four."""
    organisers = tuple(sorted(draw(st.sets(st.sampled_from(EVERYBODY), min_size=1))))
    policy = Policy(CHARTER, organisers, draw(st.sampled_from(Door)), draw(st.booleans()), draw(SETS), ())
    for subject in draw(st.sets(st.sampled_from(EVERYBODY))) - set(organisers):
        policy = policy.with_entry(Entry(subject, draw(SETS), draw(st.booleans())))
    return policy


@given(policies())
def test_a_policy_reads_back(policy: Policy) -> None:
    assert Policy.read(policy.encoded) == policy


@pytest.mark.promise("P6")
@settings(max_examples=400, deadline=None)
@given(policies(), policies(), st.sampled_from(EVERYBODY))
def test_nobody_gives_what_they_do_not_have(old: Policy, new: Policy, actor: bytes) -> None:
    try:
        check_change(old, new, actor)
    except PolicyError:
        return
    has = old.rights(actor)
    if old == new or has == ALL:
        return
    assert new.organisers == old.organisers or Rights.ORGANISE in has
    assert new.frozen is old.frozen or Rights.FREEZE in has
    for subject in set(EVERYBODY) - set(old.organisers) - set(new.organisers):
        before, after = old.entry(subject), new.entry(subject)
        assert after.rights & ~before.rights & ~has == NONE
        assert after.rights == before.rights or Rights.GRANT in has
        assert after.barred is before.barred or Rights.REMOVE in has


@pytest.mark.promise("P6")
@given(policies(), policies(), st.sampled_from(EVERYBODY))
def test_who_has_no_right_to_direct_changes_nothing(old: Policy, new: Policy, actor: bytes) -> None:
    if old.rights(actor) & ~SENDING:
        return
    if old == new:
        check_change(old, new, actor)
        return
    with pytest.raises(PolicyError):
        check_change(old, new, actor)


@pytest.mark.promise("P19")
@settings(max_examples=2_000, deadline=None)
@given(st.data())
def test_damaged_octets_are_refused_or_read_back(data: st.DataObject) -> None:
    kinds: list[tuple[bytes, Callable[[bytes], Encodable]]] = [
        (CHARTER.encoded, Charter.read),
        (DIRECTED.encoded, Policy.read),
        (person(CAROL).encoded, Person.read),
        (admission().encoded, Admission.read),
    ]
    good, read = data.draw(st.sampled_from(kinds))
    octets = bytearray(good)
    for _ in range(data.draw(st.integers(1, 4))):
        octets[data.draw(st.integers(0, len(octets) - 1))] = data.draw(st.integers(0, 255))
    damaged = bytes(octets[: data.draw(st.integers(0, len(octets)))]) + data.draw(st.binary(max_size=3))
    try:
        value = read(damaged)
    except PolicyError:
        return
    assert value.encoded == damaged


def test_a_frozen_room_leaves_organisers_alone_their_rights() -> None:
    frozen = replace(DIRECTED, frozen=True)
    assert [frozen.rights(who) for who in EVERYBODY] == [ALL, ALL, NONE, NONE]
    assert [DIRECTED.rights(who) == NONE for who in EVERYBODY] == [False] * 4


def test_who_is_invited_speaks_and_shows_the_camera_and_no_more() -> None:
    assert names_of(POLICY.rights(DAVE)) == ("sound:send", "camera:send")


@pytest.mark.parametrize("stream", Stream)
def test_what_a_stream_needs(stream: Stream) -> None:
    needed = {Stream.SOUND: Rights.SOUND, Stream.CAMERA: Rights.CAMERA}.get(stream)
    assert may_send(NONE, stream) is (needed is None)
    assert may_send(ALL & ~needed if needed else NONE, stream) is (needed is None)
    assert may_send(needed or NONE, stream)


@pytest.mark.promise("P6")
@given(policies(), st.sampled_from(EVERYBODY))
def test_whoever_may_remove_somebody_may_bar_them(policy: Policy, subject: bytes) -> None:
    """Nothing else is needed for it, and what is said of somebody barred holds, organiser or not."""
    actor = b"\xac" * 16
    has = Rights.REMOVE | (Rights.ORGANISE if subject in policy.organisers else NONE)
    old = replace(policy, frozen=False).with_entry(Entry(actor, has, barred=False))
    if old.organisers == (subject,):
        with pytest.raises(PolicyError, match="no-organiser"):
            acts.bar(old, subject)
        return
    new = acts.bar(old, subject)
    check_change(old, new, actor)
    assert new.entry(subject).barred
    assert new.rights(subject) == NONE
    assert acts.bar(new, subject) == new
