"""Coming into a meeting with its link."""

from collections.abc import Callable, Generator
from os import PathLike
from secrets import token_bytes
from types import TracebackType
from typing import Any

from aparte.client.account import Account
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
    name: str = "",
    account: Account | None = None,
    code: str | None = None,
    ca: str | PathLike[str] | None = None,
    groups: Groups | None = None,
    person: OwnPerson | None = None,
    on_wait: Callable[[Waiting], None] | None = None,
) -> "Joining":
    """Come into the meeting of a link: ``async with join(link, name="Ada") as meeting``, or ``await join(...)``.

    The link is ``https://host[:port]/m/<id>#<secret>`` (``http`` on this machine only); the secret never leaves it.
    ``account`` is what ``sign_in`` gave: then one comes under its name; otherwise as a guest called ``name``, with the
    ``code`` of an invitation where the meeting asks for one. ``person`` is a guest who has come before, instead of one
    with a fresh key. ``ca`` is a PEM file to trust instead of the system's store. ``groups`` is shared by participants
    of one process that may trust each other's checks (``Crowd``). ``on_wait`` hears what one has to wait for, and
    whenever that changes. Raises ``JoinError`` when one cannot enter.
    """
    return Joining(lambda: _session(link, name, account, code, ca, groups or Groups(), person, on_wait))


class Joining:
    """A meeting that one is about to enter."""

    def __init__(self, begin: Callable[[], Session]) -> None:
        self._begin = begin
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
        session = self._begin()
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
    account: Account | None,
    code: str | None,
    ca: str | PathLike[str] | None,
    groups: Groups,
    person: OwnPerson | None,
    on_wait: Callable[[Waiting], None] | None,
) -> Session:
    try:
        link = parse_link(text)
        own = account.person if account is not None else person
        own = own or OwnPerson.guest(token_bytes(32), normalise_name(name))
    except KeysError as error:
        raise JoinError(error.reason) from None
    url, tls = server_url(link.origin), client_context(link.origin, ca)
    keys, token = derive_link_keys(link.secret, link.meeting), None if account is None else account.token
    return Session(url, tls, link.meeting, keys, own, groups, on_wait, token, code)
