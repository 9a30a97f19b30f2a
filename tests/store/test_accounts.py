"""Accounts in the embedded store."""

import sqlite3
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from aparte.core.access.roles import Role
from aparte.store.accounts import MOST_DEVICES, Account, AccountStore, Factor, LastAdministrator, Session, Taken
from aparte.store.sqlite import SqliteStore

ROOT = Account(b"r" * 16, "root@example.org", "Root", "", Role.ADMINISTRATOR, 1.0, password="canary hash of root")
ADA = Account(b"a" * 16, "ada@example.org", "Ada", "avocate", Role.MEMBER, 1.0, password="canary hash of ada")
OWNED = ("session", "ticket", "device", "factor", "recovery")


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[AccountStore]:
    opened = await SqliteStore.open(tmp_path / "aparte.db", most_meetings=3)
    await opened.accounts.add(ROOT)
    await opened.accounts.add(ADA)
    yield opened.accounts
    await opened.close()


def count(path: Path, table: str) -> int:
    with sqlite3.connect(path) as database:
        (number,) = database.execute(f"select count(*) from {table}").fetchone()
    database.close()
    return int(number)


async def fill(store: AccountStore, account: Account) -> None:
    """One of everything that an account may have."""
    mark = account.id[:1]
    await store.add_session(Session(mark * 16, account.id, 1.0, 1.0, "program"), mark * 32)
    await store.add_ticket(mark * 32, account.id, 100.0)
    await store.add_device(mark * 32, account.id, 1.0)
    await store.add_factor(Factor(mark * 16, account.id, "passkey", "key", 1.0, 1.0, mark * 32, b"key", 0))
    await store.set_recovery(account.id, [mark * 32])


async def test_an_account_is_what_was_added(store: AccountStore) -> None:
    assert await store.account(ADA.id) == await store.by_login(ADA.login) == ADA
    assert await store.account(b"x" * 16) is None
    assert [account.login for account in await store.accounts()] == [ADA.login, ROOT.login]
    for shown in (repr(ADA), str(ADA)):
        assert not any(word in shown for word in ("ada", "Ada", "avocate", "canary"))


async def test_logins_and_passkeys_are_taken_once(store: AccountStore) -> None:
    with pytest.raises(Taken) as taken:
        await store.add(replace(ADA, id=b"b" * 16))
    assert (str(taken.value), taken.value.__suppress_context__) == ("", True)
    await fill(store, ADA)
    with pytest.raises(Taken):
        await store.add_factor(Factor(b"f" * 16, ROOT.id, "passkey", "key", 1.0, 1.0, b"a" * 32, b"key", 0))


async def test_what_ends_with_an_account(store: AccountStore, tmp_path: Path) -> None:
    await fill(store, ROOT)
    await fill(store, ADA)
    await store.end(ADA.id, 5.0)
    assert {table: count(tmp_path / "aparte.db", table) for table in OWNED} == dict.fromkeys(OWNED, 1)
    over = await store.account(ADA.id)
    assert over is not None
    assert (over.ended, over.password, over.is_over(5.0)) == (5.0, None, True)
    await store.end(ADA.id, 9.0)
    assert (await store.account(ADA.id)) == over, "it ended when it ended"


async def test_somebody_looks_after_accounts(store: AccountStore) -> None:
    second = replace(ROOT, id=b"s" * 16, login="s@example.org", ends=50.0)
    await store.add(second)
    for values in ({"role": Role.MEMBER}, {"ends": 1e9}):
        with pytest.raises(LastAdministrator):
            await store.change(ROOT.id, 2.0, **values)
    with pytest.raises(LastAdministrator):
        await store.end(ROOT.id, 2.0)
    assert await store.account(ROOT.id) == ROOT
    await store.change(second.id, 2.0, ends=None)
    await store.end(ROOT.id, 2.0)
    assert await store.has_administrator(2.0)


async def test_a_ticket_is_used_up_by_one(store: AccountStore) -> None:
    await fill(store, ADA)
    assert await store.ticket(b"a" * 32, 99.0) == (True, ADA.id)
    assert await store.ticket(b"a" * 32, 100.0) == (False, None)
    assert await store.redeem(b"a" * 32, 2.0, None, "new") == ADA.id
    assert await store.redeem(b"a" * 32, 2.0, None, "newer") is None
    changed = await store.account(ADA.id)
    assert changed is not None
    assert changed.password == "new"
    assert (await store.sessions(ADA.id), await store.factors(ADA.id)) == ([], [])


async def test_no_second_first_administrator(store: AccountStore) -> None:
    await store.add_ticket(b"t" * 32, None, 100.0)
    assert await store.redeem(b"t" * 32, 2.0, None, "new") is None
    assert await store.redeem(b"t" * 32, 2.0, replace(ADA, id=b"e" * 16, login="eve@example.org"), "new") is None
    assert await store.by_login("eve@example.org") is None


async def test_so_many_browsers_are_known(store: AccountStore) -> None:
    for number in range(MOST_DEVICES + 1):
        await store.add_device(bytes([number]) * 32, ADA.id, float(number))
    assert not await store.knows_device(bytes(32), ADA.login)
    assert await store.knows_device(b"\1" * 32, ADA.login)
    assert not await store.knows_device(b"\1" * 32, ROOT.login)


async def test_of_two_uses_of_a_factor_one_counts(store: AccountStore) -> None:
    await store.add_factor(Factor(b"f" * 16, ADA.id, "totp", "phone", 1.0))
    (factor,) = await store.factors(ADA.id)
    assert await store.use_factor(factor, 7, 2.0)
    assert not await store.use_factor(factor, 7, 2.0)
    (used,) = await store.factors(ADA.id)
    assert (used.count, used.used) == (7, 2.0)


async def test_what_is_over_is_erased(store: AccountStore, tmp_path: Path) -> None:
    for number, (made, used) in enumerate(((10.0, 50.0), (20.0, 40.0), (20.0, 50.0))):
        session = Session(bytes([number]) * 16, ADA.id, made, used, "program")
        await store.add_session(session, bytes([number]) * 32)
    await store.add_ticket(b"t" * 32, ADA.id, 60.0)
    await store.erase_stale(made=10.0, used=40.0, now=59.0)
    assert [session.id for session in await store.sessions(ADA.id)] == [b"\2" * 16]
    assert count(tmp_path / "aparte.db", "ticket") == 1
    await store.erase_stale(made=10.0, used=40.0, now=60.0)
    assert count(tmp_path / "aparte.db", "ticket") == 0


async def test_a_hash_is_not_renewed_over_another_one(store: AccountStore) -> None:
    await store.set_password(ADA.id, "changed meanwhile", None)
    await store.rehash(ADA.id, "canary hash of ada", "stronger")
    kept = await store.account(ADA.id)
    assert kept is not None
    assert kept.password == "changed meanwhile"
