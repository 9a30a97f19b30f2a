"""Mail by somebody else's server: a bounded queue, a few tries, and what became of each letter."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from email.message import EmailMessage
from ipaddress import ip_address
from typing import Final
from urllib.parse import unquote, urlsplit

import aiosmtplib

from aparte.core.plan.text import is_address
from aparte.server.log import log

MOST_WAITING: Final = 1_000
_PORTS: Final = {"smtp": 587, "smtps": 465}


@dataclass(frozen=True, slots=True)
class Smtp:
    """The server that takes our mail. ``implicit``: TLS from the first byte; otherwise STARTTLS, which is demanded.

    Only a server on this machine may be spoken to without TLS. ``pauses``: seconds before each further try.
    """

    host: str
    port: int
    sender: str
    implicit: bool = False
    user: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    trust: str | None = None  # PEM file of authorities, instead of the system's
    seconds: float = 30.0  # for one try
    pauses: tuple[float, ...] = (10.0, 60.0, 600.0, 3_600.0)

    @property
    def is_local(self) -> bool:
        """Whether what is said stays on this machine."""
        if self.host == "localhost":
            return True
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return False

    @classmethod
    def read(cls, url: str, sender: str, password: str | None) -> "Smtp":
        """Read ``smtp[s]://[user@]host[:port]``. Raises ``ValueError``, whose text may be shown."""
        parts = urlsplit(url)
        if parts.scheme not in _PORTS or not parts.hostname or parts.path not in ("", "/") or parts.query:
            raise ValueError("--smtp: smtp://[user@]host[:port] or smtps://…")
        if parts.password is not None:
            raise ValueError(
                "--smtp: everybody on this machine can read it; the password belongs in APARTE_SMTP_PASSWORD"
            )
        if not is_address(sender):
            raise ValueError("--smtp-from: a mail address, such as meetings@example.org")
        user = None if parts.username is None else unquote(parts.username)
        if (user is None) != (password is None):
            raise ValueError("--smtp: a user and APARTE_SMTP_PASSWORD belong together")
        port = parts.port or _PORTS[parts.scheme]
        return cls(parts.hostname, port, sender, parts.scheme == "smtps", user, password)


@dataclass(frozen=True, slots=True)
class Letter:
    """``done`` is told once whether it was taken."""

    message: EmailMessage = field(repr=False)
    done: Callable[[bool], Awaitable[None]]


class Mailer:
    """Sends letters one after the other; one that has to wait for its next try holds nobody up."""

    def __init__(self, smtp: Smtp) -> None:
        self._smtp: Final = smtp
        self._tasks: set[asyncio.Task[None]] = set()
        self._trying: set[asyncio.Task[None]] = set()
        self._one_at_a_time: Final = asyncio.Semaphore(1)

    @property
    def sender(self) -> str:
        """The address that letters come from."""
        return self._smtp.sender

    def send(self, letter: Letter) -> bool:
        """Take a letter; false when too many wait already."""
        if len(self._tasks) >= MOST_WAITING:
            return False
        task = asyncio.create_task(self._deliver(letter))
        self._tasks.add(task)
        self._trying.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(self._trying.discard)
        return True

    async def settled(self) -> None:
        """Wait until every letter is sent or given up."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def close(self) -> None:
        """Give up what waits."""
        # A note that is being kept is not cut off: what the store is asked for is answered before it is closed.
        for task in self._trying:
            task.cancel()
        await self.settled()

    async def _deliver(self, letter: Letter) -> None:
        sent = False
        for pause in (0.0, *self._smtp.pauses):
            await asyncio.sleep(pause)
            async with self._one_at_a_time:
                sent, final = await self._try(letter.message)
            if sent or final:
                break
        task = asyncio.current_task()
        self._trying = {other for other in self._trying if other is not task}
        try:
            await letter.done(sent)
        except Exception as error:
            log.error("mail-note-failed", error=type(error).__name__)

    async def _try(self, message: EmailMessage) -> tuple[bool, bool]:
        """Whether it was taken, and whether trying again is of no use."""
        smtp = self._smtp
        try:
            await aiosmtplib.send(
                message,
                hostname=smtp.host,
                port=smtp.port,
                username=smtp.user,
                password=smtp.password,
                use_tls=smtp.implicit,
                start_tls=None if smtp.is_local and not smtp.implicit else not smtp.implicit,
                tls_context=self._context(),
                timeout=smtp.seconds,
            )
        except (aiosmtplib.SMTPException, OSError) as error:
            # What the other server answers may quote the address: only the kind and the code are kept.
            code = getattr(error, "code", 0)
            log.warning("mail-failed", error=type(error).__name__, code=code)
            return False, isinstance(code, int) and 500 <= code < 600
        return True, True

    def _context(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=self._smtp.trust)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        return context
