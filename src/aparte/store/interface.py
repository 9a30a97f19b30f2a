"""What a store remembers: meetings by the hash of their door, with their charters, and the order of commits.

Nothing of it opens anything.
"""

from typing import Protocol


class Conflict(Exception):
    """Another commit of this epoch is already kept."""


class Exists(Exception):
    """There is a meeting with this id already."""


class Full(Exception):
    """The store holds as many meetings as it may."""


class Store(Protocol):
    """Meeting ids are 16 bytes, door hashes SHA-256 of the door (32 bytes), times seconds since 1970."""

    async def add_meeting(self, meeting: bytes, door_hash: bytes, charter: bytes, now: float) -> None:
        """Remember a new meeting. Raises ``Exists`` for an id that a meeting has, a planned one as well.

        When there are as many as there may be, the oldest one that nobody has ever used is erased for it; ``Full`` is
        raised when all are used.
        """

    async def door_hash(self, meeting: bytes) -> bytes | None:
        """The hash that a door must have; ``None`` for an unknown meeting."""

    async def charter(self, meeting: bytes) -> bytes | None:
        """The encoded charter of a meeting; ``None`` for an unknown one."""

    async def touch(self, meeting: bytes, now: float) -> None:
        """The meeting is in use."""

    async def keep(self, meeting: bytes, group: bytes, epoch: int, seat: str, commit: bytes, oldest: int = 0) -> None:
        """Keep what made ``epoch`` (0: the creation, with an empty commit). Raises ``Conflict`` for a second one.

        What made ``oldest`` and the epochs before it is erased, unless ``oldest`` is 0.
        """

    async def withdraw(self, meeting: bytes, group: bytes, epoch: int) -> None:
        """Erase what made the epochs after ``epoch``: the members have gone back to it."""

    async def forget_group(self, meeting: bytes) -> None:
        """Erase every commit of the meeting."""

    async def forget_groups(self) -> None:
        """Erase every commit: after a restart nobody can come back to a group."""

    async def forget_unused(self, before: float) -> int:
        """Erase the meetings that nobody used since ``before``; returns how many."""

    async def close(self) -> None:
        """Let go of the files."""
