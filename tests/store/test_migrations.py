"""What becomes of a database that an earlier version has left."""

import sqlite3
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, create_engine

from aparte.core.policy.names import normalise_label, normalise_name
from aparte.store.sqlite import SqliteStore

MEETING, PLAN = b"m" * 16, b"p" * 16
NAMES = {
    "Ada": ("Ada", "avocate à la cour"),
    "nobody sees where it ends": ("Zoë" + 30 * " de", 80 * "x"),
    "of four octets each": (80 * "\U0001d538", 20 * "\U0001d538"),
    "in parts": ("Zoe\u0308", "e\u0301" * 40),
    "blanks": ("\u00a0Eve ", "  "),
}


def migrated(path: Path, revision: str) -> None:
    """Bring a file up to an earlier version's tables."""
    engine = create_engine(f"sqlite:///{path}")

    def run(connection: Connection) -> None:
        config = Config()
        config.set_main_option("script_location", "aparte.store:migrations")
        config.attributes["connection"] = connection
        command.upgrade(config, revision)

    with engine.begin() as connection:
        run(connection)
    engine.dispose()


@pytest.fixture
def before(tmp_path: Path) -> Path:
    """A database without charters and house, with a meeting, a plan and accounts in it."""
    path = tmp_path / "aparte.db"
    migrated(path, "0003")
    with sqlite3.connect(path) as database:
        database.execute("insert into meeting values (?, ?, 1.0, 1.0)", (MEETING, b"h" * 32))
        database.execute('insert into "commit" values (?, ?, 0, ?, ?)', (MEETING, b"g" * 32, "s" * 22, b"commit"))
        database.execute("insert into level values (1, 1, '{}', 1.0)")
        database.execute(
            "insert into plan values (?, 't', '', 1, 'UTC', 60, null, 1, 1, ?, ?, ?, 'en', 0, 0, 100.0)",
            (PLAN, b"c" * 16, b"h" * 32, b"a charter without a house"),
        )
        for number, (name, label) in enumerate(NAMES.values()):
            database.execute(
                "insert into account values (?, ?, ?, ?, 'member', 1.0, null, null, null)",
                (bytes([number]) * 16, f"a{number}@b", name, label),
            )
    database.close()
    return path


async def test_a_meeting_without_a_charter_is_not_known_any_more(before: Path) -> None:
    store = await SqliteStore.open(before, 3)
    assert await store.door_hash(MEETING) is None
    assert await store.plans.door_hash(PLAN) == (True, None), "planned, and its organiser makes the keys anew"
    await store.add_meeting(MEETING, b"h" * 32, b"charter", 1.0)
    await store.keep(MEETING, b"g" * 32, 0, "s" * 22, b"")
    await store.close()


async def test_names_become_what_a_certificate_can_say(before: Path) -> None:
    store = await SqliteStore.open(before, 3)
    kept = {account.id: (account.name, account.label) for account in await store.accounts.accounts()}
    await store.close()
    for name, label in kept.values():
        assert (normalise_name(name), normalise_label(label)) == (name, label)
    found = [kept[bytes([number]) * 16] for number in range(len(NAMES))]
    assert found == [
        ("Ada", "avocate à la cour"),
        ("Zoë" + 20 * " de", 64 * "x"),
        (32 * "\U0001d538", 16 * "\U0001d538"),
        ("Zo\u00eb", 32 * "\u00e9"),
        ("Eve", ""),
    ]
