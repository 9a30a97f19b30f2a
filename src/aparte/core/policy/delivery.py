"""What the server asks of a meeting's group beyond its rules: who has made what comes over a link."""

from dataclasses import dataclass

from aparte.core.mls.delivery import follow_from
from aparte.core.mls.errors import MlsError, Rule, require
from aparte.core.mls.public import PublicGroup
from aparte.core.policy.meeting import MeetingPolicy, read_person
from aparte.core.policy.person import Person
from aparte.core.policy.policy import Policy


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose link it is: a seat (16 octets), and the account (16 octets) with which it was opened, if with one."""

    seat: bytes
    account: bytes | None = None

    def is_of(self, person: Person) -> bool:
        """Say whether a leaf of this person may stand on the seat."""
        account = None if person.certificate is None else person.certificate.account
        return (person.seat, account) == (self.seat, self.account)


def follow_new(
    octets: bytes, tree: bytes, group_id: bytes, owner: Owner, policy: MeetingPolicy, max_size: int
) -> PublicGroup:
    """Begin to follow a group that somebody has just made under this id; raises ``MlsError``."""
    group = follow_from(octets, tree, policy, max_size)
    context, charter = group.context, policy.charter
    begins = context.epoch == 0 and not context.confirmed_transcript_hash and context.group_id == group_id
    alone = [index for index, _ in group.tree.leaves()] == [0]
    require(begins and alone and policy.policy(context) == Policy.first(charter), Rule.NEW_GROUP)
    check_own_seat(group, 0, owner)
    policy.check_maker(person_of(group, 0))
    return group


def check_own_seat(group: PublicGroup, leaf: int, owner: Owner) -> None:
    """Check that a leaf is this owner's: over a link comes only what its own leaf has made."""
    require(owner.is_of(person_of(group, leaf)), Rule.OWN_SEAT)


def person_of(group: PublicGroup, leaf: int) -> Person:
    """Return whom a leaf names; raises ``MlsError`` for a leaf that is not there."""
    found = group.tree.leaf(leaf)
    if found is None:
        raise MlsError(Rule.SENDER)
    return read_person(found)
