"""What becomes of a database that an earlier version has left."""

import sqlite3
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, create_engine, inspect

from aparte.core.policy.names import normalise_label, normalise_name
from aparte.store.plans import tables
from aparte.store.sqlite import SqliteStore
from aparte.store.tables import metadata

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


async def test_plans_from_before_are_in_no_area(before: Path) -> None:
    store = await SqliteStore.open(before, 3)
    assert await store.areas.of_plan(PLAN) is None
    assert await store.areas.all() == []
    await store.close()


def test_migrations_and_code_agree_about_tables(tmp_path: Path) -> None:
    """Columns with their names and whether they may be empty, and what is indexed."""
    path = tmp_path / "aparte.db"
    migrated(path, "head")
    engine = create_engine(f"sqlite:///{path}")
    found = inspect(engine)
    for table in (tables.plan, tables.area, tables.area_authority, tables.clearance, tables.refusal):
        columns = {column["name"]: column["nullable"] for column in found.get_columns(table.name)}
        assert columns == {column.name: column.nullable for column in table.columns}, table.name
        indices = {(index["name"], tuple(index["column_names"])) for index in found.get_indexes(table.name)}
        assert indices == {(index.name, tuple(index.columns.keys())) for index in table.indexes}, table.name
    assert set(found.get_table_names()) == {*metadata.tables, "alembic_version"}
    engine.dispose()


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
