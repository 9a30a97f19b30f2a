"""The policy: who may do what now. It stands in the GroupContext, and each change is a commit (spec/policy.md)."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from aparte.core.mls.codec import Reader, decode, u16, vector, vectors
from aparte.core.mls.errors import MlsError
from aparte.core.policy.charter import (
    MAX_ORGANISERS,
    SUBJECT_SIZE,
    Charter,
    Door,
    check_organisers,
    read_rights,
    read_subjects,
)
from aparte.core.policy.errors import PolicyError, Reason, demand
from aparte.core.policy.rights import ALL, NONE, Rights
from aparte.core.wire.limits import MAX_CHARTER

VERSION: Final = 1
MAX_ENTRIES: Final = 512
MAX_POLICY: Final = MAX_CHARTER + 16 * MAX_ORGANISERS + 19 * MAX_ENTRIES + 32
"""Octets of a policy."""


@dataclass(frozen=True)
class Entry:
    """What holds for one subject (16 octets) instead of everybody's rights; who is barred does not come in again."""

    subject: bytes
    rights: Rights
    barred: bool

    @cached_property
    def encoded(self) -> bytes:
        """``Entry``."""
        return self.subject + u16(self.rights) + bytes([self.barred])

    @classmethod
    def read(cls, reader: Reader) -> "Entry":
        """Read an ``Entry``."""
        return cls(reader.take(SUBJECT_SIZE), read_rights(reader), _read_flag(reader))


@dataclass(frozen=True)
class Policy:
    """``organisers`` rise, and so do ``entries`` by their subjects; nobody is in both."""

    charter: Charter
    organisers: tuple[bytes, ...]
    door: Door
    frozen: bool
    everybody: Rights
    entries: tuple[Entry, ...]

    @classmethod
    def first(cls, charter: Charter) -> "Policy":
        """Return the policy of a group's first epoch."""
        return cls(charter, charter.organisers, charter.door, False, charter.everybody, ())

    @cached_property
    def encoded(self) -> bytes:
        """The octets of the extension."""
        return b"".join(
            (
                bytes([VERSION]),
                vector(self.charter.encoded),
                vector(b"".join(self.organisers)),
                bytes([self.door, self.frozen]),
                u16(self.everybody),
                vectors(self.entries),
            )
        )

    @classmethod
    def read(cls, octets: bytes) -> "Policy":
        """Read a policy; raises ``PolicyError``."""
        demand(len(octets) <= MAX_POLICY, Reason.MALFORMED)
        try:
            return decode(octets, _read)
        except (MlsError, ValueError):
            raise PolicyError(Reason.MALFORMED) from None

    @cached_property
    def _by_subject(self) -> dict[bytes, Entry]:
        return {entry.subject: entry for entry in self.entries}

    @cached_property
    def bars(self) -> bool:
        """Whether somebody is barred."""
        return any(entry.barred for entry in self.entries)

    def entry(self, subject: bytes) -> Entry:
        """Return what holds for a subject that is no organiser."""
        return self._by_subject.get(subject) or Entry(subject, self.everybody, barred=False)

    def rights(self, subject: bytes) -> Rights:
        """Return what a subject may do now. While the room is frozen only organisers may do anything."""
        if subject in self.organisers:
            return ALL
        entry = self.entry(subject)
        return NONE if self.frozen or entry.barred else entry.rights

    def with_entry(self, entry: Entry) -> "Policy":
        """Return a policy in which this holds for a subject."""
        others = [one for one in self.entries if one.subject != entry.subject]
        return replace(self, entries=tuple(sorted([*others, entry], key=lambda one: one.subject)))


def _read(reader: Reader) -> Policy:
    demand(reader.u8() == VERSION, Reason.MALFORMED)
    charter, organisers = Charter.read(reader.vector()), read_subjects(reader)
    door, frozen, everybody = Door(reader.u8()), _read_flag(reader), read_rights(reader)
    entries = reader.items(Entry.read)
    policy = Policy(charter, organisers, door, frozen, everybody, entries)
    check_organisers(organisers)
    subjects = [entry.subject for entry in entries]
    demand(len(subjects) <= MAX_ENTRIES and subjects == sorted(set(subjects)), Reason.MALFORMED)
    demand(set(subjects).isdisjoint(organisers), Reason.MALFORMED)
    return policy


def _read_flag(reader: Reader) -> bool:
    value = reader.u8()
    demand(value <= 1, Reason.MALFORMED)
    return value == 1
