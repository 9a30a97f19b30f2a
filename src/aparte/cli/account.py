"""``aparte account``: what the operator does about accounts beside a running server, with its data folder."""

import asyncio
import os
import sys
from pathlib import Path

from aparte.core.wire.b64 import b64_encode
from aparte.server.access.accounts import make_ticket
from aparte.server.clock import calendar
from aparte.server.config import Access, Limits
from aparte.server.serve import DATABASE
from aparte.store.sqlite import SqliteStore


def setup_link(data: Path, origin: str, login: str | None) -> int:
    """Print a new set-up link: of the first administrator, or with ``login`` of that account.

    Returns the exit code: 0, or 1 with a line on standard error.
    """
    os.umask(0o077)
    if not (data / DATABASE).is_file():
        print(f"aparte: {data}: not the data folder of a server", file=sys.stderr)
        return 1
    ticket = asyncio.run(_make(data, login))
    if ticket is None:
        said = "there is an administrator already: name an account with --login" if login is None else "no such account"
        print(f"aparte: {said}", file=sys.stderr)
        return 1
    print(build_setup_link(origin, ticket, first=login is None), flush=True)
    return 0


def build_setup_link(origin: str, ticket: bytes, first: bool) -> str:
    """The ticket stands in the fragment: browsers do not send it, and no log of a proxy has it.

    ``first``: of the first administrator, whose page asks for a login and a name as well.
    """
    return f"{origin.rstrip('/')}/{'setup' if first else 'welcome'}#{b64_encode(ticket)}"


async def _make(data: Path, login: str | None) -> bytes | None:
    store = await SqliteStore.open(data / DATABASE, Limits().meetings)
    try:
        now = calendar()
        account = await store.accounts.by_login(login) if login is not None else None
        if login is None:
            if await store.accounts.has_administrator(now):
                return None
        elif account is None or account.is_over(now):
            return None
        ends = now + Access().ticket_hours * 3600
        return await make_ticket(store.accounts, None if account is None else account.id, ends)
    finally:
        await store.close()
