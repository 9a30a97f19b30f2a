"""The embedded store."""

import sqlite3
import stat
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from aparte.core.plan.plan import PlanKeys
from aparte.store.interface import Conflict, Exists, Full
from aparte.store.sqlite import SqliteStore
from tests.core.plan.made import plan

MEETING, OTHER = b"m" * 16, b"o" * 16
GROUP = b"g" * 32
SEAT = "s" * 22
CHARTER = b"an encoded charter"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    opened = await SqliteStore.open(tmp_path / "data" / "aparte.db", most_meetings=3)
    yield opened
    await opened.close()


async def test_meetings(store: SqliteStore) -> None:
    await store.add_meeting(MEETING, b"h" * 32, CHARTER, 1.0)
    assert await store.door_hash(MEETING) == b"h" * 32
    assert await store.charter(MEETING) == CHARTER
    assert await store.door_hash(OTHER) is None
    assert await store.charter(OTHER) is None


async def test_an_id_belongs_to_one_meeting(store: SqliteStore) -> None:
    """Whoever knows the id of a meeting, instant or planned, puts nothing in its place."""
    await store.add_meeting(MEETING, b"h" * 32, CHARTER, 1.0)
    with pytest.raises(Exists):
        await store.add_meeting(MEETING, b"other" * 6 + b"xx", b"another charter", 2.0)
    assert (await store.door_hash(MEETING), await store.charter(MEETING)) == (b"h" * 32, CHARTER)
    await store.levels.begin(1.0)
    await store.plans.add(replace(plan(), meeting=OTHER), 100.0)
    with pytest.raises(Exists):
        await store.add_meeting(OTHER, b"h" * 32, CHARTER, 2.0)
    assert await store.door_hash(OTHER) is None


async def test_a_planned_meeting_takes_place_under_the_plans_charter(store: SqliteStore) -> None:
    for keys in (PlanKeys(b"h" * 32, CHARTER), PlanKeys(b"i" * 32, b"a later charter")):
        await store.plans.open_meeting(MEETING, keys, 1.0)
        assert (await store.door_hash(MEETING), await store.charter(MEETING)) == (keys.door_hash, keys.charter)


async def test_the_first_seed_of_the_house_key_stays(tmp_path: Path) -> None:
    path = tmp_path / "aparte.db"
    for fresh in (b"1" * 32, b"2" * 32):
        opened = await SqliteStore.open(path, 3)
        assert await opened.house.seed(fresh) == await opened.house.seed(b"3" * 32) == b"1" * 32
        await opened.close()


async def test_no_more_meetings_than_allowed(store: SqliteStore) -> None:
    for number in range(3):
        await store.add_meeting(bytes([number]) * 16, b"h" * 32, CHARTER, 0.0)
        await store.touch(bytes([number]) * 16, 1.0)
    with pytest.raises(Full):
        await store.add_meeting(MEETING, b"h" * 32, CHARTER, 1.0)
    await store.forget_unused(2.0)
    await store.add_meeting(MEETING, b"h" * 32, CHARTER, 3.0)


async def test_the_oldest_meeting_that_nobody_used_makes_room(store: SqliteStore) -> None:
    used, older, newer, *more = (bytes([number]) * 16 for number in range(5))
    for meeting, made in ((newer, 3.0), (older, 2.0), (used, 1.0)):
        await store.add_meeting(meeting, b"h" * 32, CHARTER, made)
    await store.touch(used, 4.0)
    for meeting, erased in zip(more, (older, newer), strict=True):
        await store.add_meeting(meeting, b"h" * 32, CHARTER, 5.0)
        assert await store.door_hash(erased) is None
    for meeting in (used, *more):
        assert await store.door_hash(meeting) is not None


async def test_commits_that_nobody_needs_are_erased(store: SqliteStore, tmp_path: Path) -> None:
    await store.add_meeting(MEETING, b"h" * 32, CHARTER, 1.0)
    await store.keep(MEETING, GROUP, 0, SEAT, b"")
    for epoch in range(1, 6):
        await store.keep(MEETING, GROUP, epoch, SEAT, b"commit", oldest=max(0, epoch - 2))
    with sqlite3.connect(tmp_path / "data" / "aparte.db") as database:
        assert database.execute('SELECT epoch FROM "commit" ORDER BY epoch').fetchall() == [(4,), (5,)]
    database.close()


async def test_an_epoch_has_one_commit(store: SqliteStore) -> None:
    await store.add_meeting(MEETING, b"h" * 32, CHARTER, 1.0)
    await store.keep(MEETING, GROUP, 0, SEAT, b"")
    await store.keep(MEETING, GROUP, 1, SEAT, b"first")
    with pytest.raises(Conflict) as conflict:
        await store.keep(MEETING, GROUP, 1, "t" * 22, b"second")
    # Neither the error nor its cause quotes what was to be kept.
    assert str(conflict.value) == ""
    assert conflict.value.__cause__ is None
    assert conflict.value.__suppress_context__
    await store.keep(MEETING, b"G" * 32, 1, SEAT, b"of another group")


async def test_commits_that_were_taken_back_are_erased(store: SqliteStore, tmp_path: Path) -> None:
    for meeting in (MEETING, OTHER):
        await store.add_meeting(meeting, b"h" * 32, CHARTER, 1.0)
        for epoch in range(4):
            await store.keep(meeting, GROUP, epoch, SEAT, b"canary of epoch %d" % epoch)
    await store.withdraw(MEETING, b"G" * 32, 0)
    await store.withdraw(MEETING, GROUP, 1)
    with sqlite3.connect(tmp_path / "data" / "aparte.db") as database:
        kept = database.execute('SELECT meeting, epoch FROM "commit" ORDER BY meeting, epoch').fetchall()
    database.close()
    assert kept == [*((MEETING, epoch) for epoch in range(2)), *((OTHER, epoch) for epoch in range(4))]
    await store.keep(MEETING, GROUP, 2, SEAT, b"another")


async def test_unused_meetings_are_erased_with_all_of_theirs(store: SqliteStore, tmp_path: Path) -> None:
    await store.add_meeting(MEETING, b"h" * 32, CHARTER, 10.0)
    await store.add_meeting(OTHER, b"h" * 32, CHARTER, 10.0)
    await store.keep(MEETING, GROUP, 0, SEAT, b"canary of an erased commit")
    await store.touch(OTHER, 20.0)
    assert await store.forget_unused(20.0) == 1
    assert await store.door_hash(MEETING) is None
    assert await store.door_hash(OTHER) is not None
    await store.close()
    files = b"".join(path.read_bytes() for path in (tmp_path / "data").iterdir())
    assert b"canary" not in files


async def test_groups_are_forgotten(store: SqliteStore) -> None:
    for meeting in (MEETING, OTHER):
        await store.add_meeting(meeting, b"h" * 32, CHARTER, 1.0)
        await store.keep(meeting, GROUP, 0, SEAT, b"")
    await store.forget_group(MEETING)
    await store.keep(MEETING, GROUP, 0, SEAT, b"")
    with pytest.raises(Conflict):
        await store.keep(OTHER, GROUP, 0, SEAT, b"")
    await store.forget_groups()
    await store.keep(OTHER, GROUP, 0, SEAT, b"")


async def test_files_are_for_their_owner_only(store: SqliteStore, tmp_path: Path) -> None:
    await store.add_meeting(MEETING, b"h" * 32, CHARTER, 1.0)
    folder = tmp_path / "data"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


async def test_what_is_kept_outlives_the_process(tmp_path: Path) -> None:
    path = tmp_path / "aparte.db"
    store = await SqliteStore.open(path, 3)
    await store.add_meeting(MEETING, b"h" * 32, CHARTER, 1.0)
    await store.close()
    again = await SqliteStore.open(path, 3)
    assert await again.door_hash(MEETING) == b"h" * 32
    await again.close()


async def test_the_tables_are_those_of_the_migrations(store: SqliteStore, tmp_path: Path) -> None:
    """What queries are written against is what the migrations build, column for column."""
    from sqlalchemy import create_engine, inspect

    from aparte.store.tables import metadata

    engine = create_engine(f"sqlite:///{tmp_path / 'data' / 'aparte.db'}")
    built = inspect(engine)
    assert set(built.get_table_names()) == {*metadata.tables, "alembic_version"}
    for name, table in metadata.tables.items():
        columns = {column["name"]: (str(column["type"]), column["nullable"]) for column in built.get_columns(name)}
        assert columns == {c.name: (str(c.type.compile(engine.dialect)), bool(c.nullable)) for c in table.columns}
        assert built.get_pk_constraint(name)["constrained_columns"] == [c.name for c in table.primary_key]
    engine.dispose()


async def test_the_journal_is_written_ahead(store: SqliteStore, tmp_path: Path) -> None:
    database = sqlite3.connect(tmp_path / "data" / "aparte.db")
    assert database.execute("pragma journal_mode").fetchone() == ("wal",)
    database.close()
