"""The vectors of spec/vectors/policy: charters, policies, persons and admissions, and what the policy says to each."""

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from aparte.core.policy.admission import LIFETIME_MS, SKEW_MS, Admission
from aparte.core.policy.charter import Charter, Door, Opens
from aparte.core.policy.check import check_admission, check_change, check_opening, check_removal, needs_admission
from aparte.core.policy.errors import PolicyError
from aparte.core.policy.person import Certificate, Person, account_content, guest_subject, leaf_content
from aparte.core.policy.policy import Entry, Policy
from aparte.core.policy.rights import ALL, NAMES, NONE, STREAMS, Rights
from aparte.e2ee.charter import check_charter, seal_charter
from aparte.e2ee.keys import derive_link_keys

Case = dict[str, Any]

MEETING: Final = bytes(range(16))
SEAT: Final = b"\x51" * 16
NOW: Final = 1_800_000_000_000
ALICE, BOB, CAROL, DAVE = (bytes([number]) * 16 for number in (0xA1, 0xB2, 0xC3, 0xD4))
TALK: Final = Rights.SOUND | Rights.CAMERA


def key(number: int) -> Ed25519PrivateKey:
    """Return one of the test keys."""
    return Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)


def public(private: Ed25519PrivateKey) -> bytes:
    """Return the public half, 32 octets."""
    return private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


HOUSE, PERSON, LEAF, ADMITTER_LEAF, STRANGER = (key(number) for number in (1, 2, 3, 4, 5))
CHARTER: Final = Charter(
    MEETING, public(HOUSE), 2, Door.GUESTS_KNOCK, Opens.ORGANISERS, TALK, (ALICE, BOB), b"\x7a" * 32
)


def person(account: bytes | None = None, until: int = NOW, seat: bytes = SEAT, **other: Ed25519PrivateKey) -> Person:
    """Return who comes in with the leaf key ``LEAF``; ``other`` says who signs instead (``owner``, ``house``)."""
    endorsement = other.get("owner", PERSON).sign(leaf_content(MEETING, seat, public(LEAF)))
    certificate = None
    if account is not None:
        details = sha256(b"name and label").digest()
        content = account_content(public(PERSON), account, until, details)
        certificate = Certificate(account, until, details, other.get("house", HOUSE).sign(content))
    return Person(seat, public(PERSON), endorsement, certificate, bytes(range(220)))


def admission(until: int = NOW + LIFETIME_MS, by: Ed25519PrivateKey = ADMITTER_LEAF, **fields: bytes) -> Admission:
    """Return an admission of the guest ``person()``."""
    said = {
        "meeting": MEETING,
        "seat": SEAT,
        "subject": guest_subject(public(PERSON)),
        "leaf_key": public(LEAF),
    } | fields
    blank = Admission(**said, until=until, admitter=7, signature=b"")
    return replace(blank, signature=by.sign(blank.content))


def told(check: Callable[..., object], *arguments: object) -> str:
    """Return why something is refused, or nothing."""
    try:
        check(*arguments)
    except PolicyError as error:
        return str(error.reason)
    return ""


def rights() -> Case:
    """Give the table: bits, names, and what a stream needs."""
    return {
        "rights": [{"bit": right.bit_length() - 1, "name": name} for right, name in NAMES.items()],
        "streams": [{"stream": stream.value, "needs": int(needed)} for stream, needed in STREAMS.items()],
    }


def _fields_of_charter(charter: Charter) -> Case:
    return {
        "meeting": charter.meeting.hex(),
        "house_key": charter.house_key.hex(),
        "level": charter.level,
        "door": charter.door.value,
        "opens": charter.opens.value,
        "everybody": charter.everybody.value,
        "organisers": [subject.hex() for subject in charter.organisers],
        "tag": charter.tag.hex(),
    }


def _broken(octets: bytes, read: Callable[[bytes], object], more: dict[str, bytes]) -> list[Case]:
    broken = {"empty": b"", "cut short": octets[:-1], "something behind": octets + b"\0"} | more
    cases = [{"why": why, "octets": text.hex(), "reason": told(read, text)} for why, text in broken.items()]
    assert all(case["reason"] for case in cases), cases
    return cases


def charters() -> Case:
    """Give charters and their octets, and octets that are none."""
    good = CHARTER.encoded
    valid = [
        CHARTER,
        replace(CHARTER, house_key=b"", organisers=(ALICE,), door=Door.OPEN, opens=Opens.ANYBODY, everybody=NONE),
        replace(CHARTER, organisers=tuple(bytes([number]) * 16 for number in range(32)), everybody=ALL, level=255),
    ]
    return {
        "valid": [{"octets": charter.encoded.hex(), **_fields_of_charter(charter)} for charter in valid],
        "invalid": _broken(
            good,
            Charter.read,
            {
                "another version": b"\2" + good[1:],
                "a house key of another size": replace(CHARTER, house_key=b"\1" * 31).encoded,
                "a house key of small order": replace(CHARTER, house_key=b"\1" + bytes(31)).encoded,
                "a door that does not exist": good[:51] + b"\4" + good[52:],
                "an opening that does not exist": good[:52] + b"\3" + good[53:],
                "a right that does not exist": good[:53] + b"\x40\0" + good[55:],
                "no organiser": replace(CHARTER, organisers=()).encoded,
                "an organiser twice": replace(CHARTER, organisers=(ALICE, ALICE)).encoded,
                "organisers that fall": replace(CHARTER, organisers=(BOB, ALICE)).encoded,
                "an organiser cut short": replace(CHARTER, organisers=(ALICE, BOB[:15])).encoded,
                "too many organisers": replace(
                    CHARTER, organisers=tuple(bytes([number]) * 16 for number in range(33))
                ).encoded,
                "too long": good + bytes(1024),
            },
        ),
    }


POLICY: Final = Policy.first(CHARTER)
DEPUTY: Final = Entry(CAROL, TALK | Rights.ADMIT | Rights.GRANT | Rights.REMOVE, barred=False)
DIRECTED: Final = POLICY.with_entry(DEPUTY)


def policies() -> Case:
    """Give policies, their octets and what each subject may do, and octets that are none."""
    many = tuple(Entry(number.to_bytes(16), NONE, barred=True) for number in range(512))
    valid = {
        "the first": POLICY,
        "with a deputy": DIRECTED,
        "frozen": replace(DIRECTED, frozen=True),
        "somebody barred": DIRECTED.with_entry(Entry(DAVE, ALL, barred=True)),
        "everybody silent": replace(DIRECTED, everybody=NONE, door=Door.LOCKED),
        "full": replace(POLICY, entries=many),
    }
    good = DIRECTED.encoded
    return {
        "valid": [
            {
                "why": why,
                "octets": policy.encoded.hex(),
                "charter": policy.charter.encoded.hex(),
                "organisers": [subject.hex() for subject in policy.organisers],
                "door": policy.door.value,
                "frozen": policy.frozen,
                "everybody": policy.everybody.value,
                "entries": [[one.subject.hex(), one.rights.value, one.barred] for one in policy.entries],
                "rights": [[who.hex(), policy.rights(who).value] for who in (ALICE, BOB, CAROL, DAVE)],
            }
            for why, policy in valid.items()
        ],
        "invalid": _broken(
            good,
            Policy.read,
            {
                "another version": b"\2" + good[1:],
                "no organiser": replace(POLICY, organisers=()).encoded,
                "organisers that fall": replace(POLICY, organisers=(BOB, ALICE)).encoded,
                "a flag that is neither": good[:-1] + b"\2",
                "an entry of an organiser": replace(POLICY, entries=(Entry(ALICE, NONE, barred=True),)).encoded,
                "an entry twice": replace(POLICY, entries=(DEPUTY, DEPUTY)).encoded,
                "entries that fall": replace(POLICY, entries=(Entry(DAVE, NONE, barred=False), DEPUTY)).encoded,
                "too many entries": replace(POLICY, entries=(*many, Entry(b"\xff" * 16, NONE, barred=False))).encoded,
                "a broken charter": replace(POLICY, charter=replace(CHARTER, organisers=())).encoded,
                "too long": good + bytes(16_384),
            },
        ),
    }


def persons() -> Case:
    """Give identities of leaves, what they say in clear, whether they hold, and until when."""
    guest, account = person(), person(CAROL)
    assert account.certificate is not None
    said = account.certificate
    small = b"\1" + bytes(31)
    leaf, house = public(LEAF), public(HOUSE)
    checks: dict[str, tuple[Person, bytes, bytes, bytes]] = {
        "a guest": (guest, MEETING, leaf, house),
        "an account": (account, MEETING, leaf, house),
        "an account whose time is over": (person(CAROL, until=0), MEETING, leaf, house),
        "a guest where there are no accounts": (guest, MEETING, leaf, b""),
        "another leaf": (guest, MEETING, public(STRANGER), house),
        "another meeting": (guest, b"\1" * 16, leaf, house),
        "another person key": (replace(guest, key=public(STRANGER)), MEETING, leaf, house),
        "endorsed by somebody else": (person(owner=STRANGER), MEETING, leaf, house),
        "endorsed for another seat": (replace(guest, seat=b"\x52" * 16), MEETING, leaf, house),
        "certified by somebody else": (person(CAROL, house=STRANGER), MEETING, leaf, house),
        "certified by another house": (account, MEETING, leaf, public(STRANGER)),
        "certified, where there are no accounts": (account, MEETING, leaf, b""),
        "another account": (replace(account, certificate=replace(said, account=ALICE)), MEETING, leaf, house),
        "a later end": (replace(account, certificate=replace(said, until=NOW + 1)), MEETING, leaf, house),
        "other details": (replace(account, certificate=replace(said, details=bytes(32))), MEETING, leaf, house),
        "another's certificate": (replace(account, certificate=_of_another_key()), MEETING, leaf, house),
    }
    return {
        "valid": [
            {"octets": one.encoded.hex(), "seat": one.seat.hex(), "key": one.key.hex(), "subject": one.subject.hex()}
            for one in (guest, account)
        ],
        "invalid": _broken(
            guest.encoded,
            Person.read,
            {
                "another version": b"\1" + guest.encoded[1:],
                "a flag without a certificate": guest.encoded[:113] + b"\1" + guest.encoded[114:],
                "a certificate without a flag": account.encoded[:113] + b"\0" + account.encoded[114:],
                "a flag that is neither": guest.encoded[:113] + b"\2" + guest.encoded[114:],
                "a key of small order": replace(guest, key=small).encoded,
                "no name": guest.encoded[:114],
            },
        ),
        "checks": [
            {
                "why": why,
                "octets": one.encoded.hex(),
                "meeting": meeting.hex(),
                "leaf_key": leaf_key.hex(),
                "house_key": house_key.hex(),
                "reason": told(one.verify, meeting, leaf_key, house_key),
            }
            for why, (one, meeting, leaf_key, house_key) in checks.items()
        ],
        "times": _times(account.encoded, said.check_time, (said.until, said.until + SKEW_MS)),
    }


def _of_another_key() -> Certificate:
    """Return what the house says of somebody else's person key, and of the same account."""
    details = sha256(b"name and label").digest()
    content = account_content(public(STRANGER), CAROL, NOW, details)
    return Certificate(CAROL, NOW, details, HOUSE.sign(content))


def _times(octets: bytes, check: Callable[[int, int], None], edges: tuple[int, ...]) -> list[Case]:
    """Give what a clock says at each edge and beside it, with and without patience for clocks."""
    cases = []
    for now in sorted({edge + step for edge in edges for step in (-1, 0, 1)}):
        for skew in (0, SKEW_MS):
            why = f"at {now - NOW:+} ms, give or take {skew} ms"
            reason = told(check, now, skew)
            cases.append({"why": why, "octets": octets.hex(), "now": str(now), "skew": skew, "reason": reason})
    return cases


def admissions() -> Case:
    """Give admissions and whether they let somebody in, and when."""
    admitter = replace(person(CAROL), seat=b"\x53" * 16)
    good = admission()
    checks: dict[str, tuple[Admission, Policy]] = {
        "good": (good, DIRECTED),
        "of another meeting": (admission(meeting=b"\1" * 16), DIRECTED),
        "of another seat": (admission(seat=b"\1" * 16), DIRECTED),
        "of another person": (admission(subject=b"\1" * 16), DIRECTED),
        "of another leaf": (admission(leaf_key=public(STRANGER)), DIRECTED),
        "signed by somebody else": (admission(by=STRANGER), DIRECTED),
        "changed": (replace(good, until=good.until - 1), DIRECTED),
        "of another leaf's admitter": (replace(good, admitter=8), DIRECTED),
        "by somebody without the right": (good, POLICY),
        "while frozen": (good, replace(DIRECTED, frozen=True)),
        "by an organiser": (good, replace(DIRECTED, organisers=(CAROL,), entries=(), frozen=True)),
    }
    edges = (good.until - LIFETIME_MS - SKEW_MS, good.until - LIFETIME_MS, good.until, good.until + SKEW_MS)
    return {
        "invalid": _broken(good.encoded, Admission.read, {"another version": b"\2" + good.encoded[1:]}),
        "checks": [
            {
                "why": why,
                "octets": one.encoded.hex(),
                "policy": policy.encoded.hex(),
                "person": person().encoded.hex(),
                "leaf_key": public(LEAF).hex(),
                "admitter": admitter.encoded.hex(),
                "admitter_key": public(ADMITTER_LEAF).hex(),
                "reason": told(check_admission, policy, one, person(), public(LEAF), admitter, public(ADMITTER_LEAF)),
            }
            for why, (one, policy) in checks.items()
        ],
        "times": _times(good.encoded, good.check_time, edges),
    }


def entering() -> Case:
    """Give who makes a group or comes in, whether they knock, and who does not come in at all."""
    guest, account, organiser = person(), person(CAROL), person(ALICE)
    people = {"guest": guest, "account": account, "organiser": organiser}
    barred = POLICY.with_entry(Entry(CAROL, TALK, barred=True)).with_entry(Entry(guest.subject, TALK, barred=True))
    doors = {door.name.lower().replace("_", " "): replace(POLICY, door=door) for door in Door}
    policies = doors | {
        "frozen": replace(POLICY, frozen=True, door=Door.OPEN),
        "barred": replace(barred, door=Door.OPEN),
    }
    come, make = [], []
    for who, one in people.items():
        for how, policy in policies.items():
            reason = told(needs_admission, policy, one)
            case = {
                "why": f"{who}, {how}",
                "policy": policy.encoded.hex(),
                "person": one.encoded.hex(),
                "reason": reason,
            }
            come.append(case | ({} if reason else {"knocks": needs_admission(policy, one)}))
        for opens in Opens:
            charter = replace(CHARTER, opens=opens)
            reason = told(check_opening, charter, one)
            why = f"{who}, opens to {opens.name.lower()}"
            make.append({"why": why, "charter": charter.encoded.hex(), "person": one.encoded.hex(), "reason": reason})
    return {"come": come, "make": make}


def changes() -> Case:
    """Give changes of a policy and removals by everybody who might try, and whether they may."""
    frozen = replace(DIRECTED, frozen=True)
    tried: dict[str, tuple[Policy, Policy]] = {
        "nothing": (DIRECTED, DIRECTED),
        "another charter": (DIRECTED, replace(DIRECTED, charter=replace(CHARTER, level=1))),
        "lock": (DIRECTED, replace(DIRECTED, door=Door.LOCKED)),
        "freeze": (DIRECTED, replace(DIRECTED, frozen=True)),
        "thaw": (frozen, DIRECTED),
        "another organiser": (DIRECTED, replace(DIRECTED, organisers=(ALICE, BOB, DAVE))),
        "no organiser but Bob": (DIRECTED, replace(DIRECTED, organisers=(BOB,))),
        "everybody silent": (DIRECTED, replace(DIRECTED, everybody=NONE)),
        "everybody shares": (DIRECTED, replace(DIRECTED, everybody=TALK | Rights.SCREEN)),
        "Dave silent": (DIRECTED, DIRECTED.with_entry(Entry(DAVE, NONE, barred=False))),
        "Dave shares": (DIRECTED, DIRECTED.with_entry(Entry(DAVE, TALK | Rights.SCREEN, barred=False))),
        "Dave admits": (DIRECTED, DIRECTED.with_entry(Entry(DAVE, TALK | Rights.ADMIT, barred=False))),
        "Dave barred": (DIRECTED, DIRECTED.with_entry(Entry(DAVE, TALK, barred=True))),
        "Carol may do all": (DIRECTED, DIRECTED.with_entry(Entry(CAROL, ALL, barred=False))),
        "Carol's entry gone": (DIRECTED, replace(DIRECTED, entries=())),
        "an entry that says nothing": (DIRECTED, DIRECTED.with_entry(Entry(DAVE, TALK, barred=False))),
        "an organiser put down and barred": (
            DIRECTED,
            replace(DIRECTED, organisers=(BOB,)).with_entry(Entry(ALICE, NONE, barred=True)),
        ),
        "an organiser who was barred": (
            DIRECTED.with_entry(Entry(DAVE, NONE, barred=True)),
            replace(DIRECTED, organisers=(ALICE, BOB, DAVE)),
        ),
    }
    chooser = DIRECTED.with_entry(Entry(DAVE, Rights.ORGANISE, barred=False))
    tried |= {
        "who may choose organisers makes one": (chooser, replace(chooser, organisers=(ALICE, BOB, b"\xe5" * 16))),
        "who may choose organisers locks": (chooser, replace(chooser, door=Door.LOCKED)),
        "who may choose organisers gives": (chooser, chooser.with_entry(Entry(b"\xe5" * 16, ALL, barred=False))),
    }
    who = {"an organiser": ALICE, "a deputy": CAROL, "a member": DAVE}
    return {
        "changes": [
            {
                "why": f"{name}, {why}",
                "old": old.encoded.hex(),
                "new": new.encoded.hex(),
                "actor": actor.hex(),
                "reason": told(check_change, old, new, actor),
            }
            for why, (old, new) in tried.items()
            for name, actor in who.items()
        ],
        "removals": [
            {
                "why": f"{name} removes {target.hex()[:2]}, {'frozen' if policy.frozen else 'not frozen'}",
                "policy": policy.encoded.hex(),
                "actor": actor.hex(),
                "target": target.hex(),
                "reason": told(check_removal, policy, actor, target),
            }
            for policy in (DIRECTED, frozen)
            for name, actor in who.items()
            for target in (ALICE, BOB, CAROL, DAVE)
        ],
    }


def tags() -> Case:
    """Give charters under the links that they belong to, and under others."""
    meeting = CHARTER.meeting
    secrets = {"good": bytes(range(32)), "another": bytes(32)}
    charter_key, another_key = (derive_link_keys(secret, meeting).charter_key for secret in secrets.values())
    elsewhere = derive_link_keys(secrets["good"], bytes(16)).charter_key
    good = seal_charter(charter_key, CHARTER)
    checks: dict[str, tuple[bytes, bytes, Charter]] = {
        "good": (charter_key, meeting, good),
        "under another link": (another_key, meeting, good),
        "of another meeting": (charter_key, bytes(16), good),
        "for another meeting": (elsewhere, bytes(16), replace(good, meeting=bytes(16))),
        "another level": (charter_key, meeting, replace(good, level=good.level + 1)),
        "another door": (charter_key, meeting, replace(good, door=Door.OPEN)),
        "opens to others": (charter_key, meeting, replace(good, opens=Opens.ANYBODY)),
        "more rights": (charter_key, meeting, replace(good, everybody=ALL)),
        "another organiser": (charter_key, meeting, replace(good, organisers=(CAROL,))),
        "another house key": (charter_key, meeting, replace(good, house_key=public(STRANGER))),
        "without a tag": (charter_key, meeting, replace(good, tag=bytes(32))),
    }
    return {
        "tags": [
            {
                "why": why,
                "charter_key": key_.hex(),
                "meeting": meant.hex(),
                "octets": charter.encoded.hex(),
                "reason": told(check_charter, key_, meant, charter),
            }
            for why, (key_, meant, charter) in checks.items()
        ]
    }
