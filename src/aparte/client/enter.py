"""Coming into a meeting with its link."""

from collections.abc import Callable, Generator
from os import PathLike
from secrets import token_bytes
from types import TracebackType
from typing import Any

from aparte.client.errors import JoinError
from aparte.client.groups import Groups
from aparte.client.meeting import Meeting
from aparte.client.people import Waiting
from aparte.client.session import Phase, Session
from aparte.client.tls import client_context, server_url
from aparte.e2ee.keys import KeysError, derive_link_keys, normalise_name, parse_link
from aparte.e2ee.person import OwnPerson


def join(
    link: str,
    *,
    name: str,
    ca: str | PathLike[str] | None = None,
    groups: Groups | None = None,
    person: OwnPerson | None = None,
    on_wait: Callable[[Waiting], None] | None = None,
) -> "Joining":
    """Come into the meeting of a link: ``async with join(link, name="Ada") as meeting``, or ``await join(...)``.

    The link is ``https://host[:port]/m/<id>#<secret>`` (``http`` on this machine only); the secret never leaves it.
    ``ca`` is a PEM file to trust instead of the system's store. ``groups`` is shared by participants of one process
    that may trust each other's checks (``Crowd``). ``person`` is who one is, instead of a guest with a fresh key.
    ``on_wait`` hears what one has to wait for, and whenever that changes. Raises ``JoinError`` when one cannot enter.
    """
    return Joining(link, name, ca, groups or Groups(), person, on_wait)


class Joining:
    """A meeting that one is about to enter."""

    def __init__(
        self,
        link: str,
        name: str,
        ca: str | PathLike[str] | None,
        groups: Groups,
        person: OwnPerson | None,
        on_wait: Callable[[Waiting], None] | None,
    ) -> None:
        self._arguments = link, name, ca, groups, person, on_wait
        self._meeting: Meeting | None = None

    def __repr__(self) -> str:
        """Say nothing of the link."""
        return "<Joining>"

    def __await__(self) -> Generator[Any, None, Meeting]:
        """Enter, and stay until ``leave``."""
        return self._enter().__await__()

    async def __aenter__(self) -> Meeting:
        """Enter."""
        self._meeting = await self._enter()
        return self._meeting

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave."""
        if self._meeting is not None:
            await self._meeting.leave()

    async def _enter(self) -> Meeting:
        session = _session(*self._arguments)
        session.start()
        try:
            await session.settled.wait()
        except BaseException:
            session.end()
            raise
        if session.phase is Phase.ENDED:
            raise JoinError(session.reason or "fault")
        return Meeting(session)


def _session(
    text: str,
    name: str,
    ca: str | PathLike[str] | None,
    groups: Groups,
    person: OwnPerson | None,
    on_wait: Callable[[Waiting], None] | None,
) -> Session:
    try:
        link, name = parse_link(text), normalise_name(name)
    except KeysError as error:
        raise JoinError(error.reason) from None
    url, tls = server_url(link.origin), client_context(link.origin, ca)
    own = person or OwnPerson.guest(token_bytes(32), name)
    return Session(url, tls, link.meeting, derive_link_keys(link.secret, link.meeting), own, groups, on_wait)
