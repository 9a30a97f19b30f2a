"""Who was refused at restricted areas, as it is kept."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from aparte.core.plan.area import Area
from aparte.store.plans.refusals import JOINED_SECONDS, KEPT_SECONDS, Tries, Try
from aparte.store.sqlite import SqliteStore

AREA, OTHER, BOB = b"a" * 16, b"o" * 16, b"b" * 16
TRY = Try(AREA, b"p" * 16, BOB, "192.0.2.7", "not-cleared")


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    opened = await SqliteStore.open(tmp_path / "aparte.db", 3)
    for id in (AREA, OTHER):
        await opened.areas.add(Area(id, id.decode(), (), (BOB,)))
    yield opened
    await opened.close()


async def test_tries_that_follow_each_other_are_one_row(store: SqliteStore) -> None:
    for at in (0.0, JOINED_SECONDS - 1.0, 2.0 * JOINED_SECONDS):
        await store.refusals.keep({TRY: Tries(at, at, 2)})
    assert [times for _, times in await store.refusals.of(AREA)] == [
        Tries(2.0 * JOINED_SECONDS, 2.0 * JOINED_SECONDS, 2),
        Tries(0.0, JOINED_SECONDS - 1.0, 4),
    ]


@pytest.mark.parametrize(
    "other",
    [
        replace(TRY, area=OTHER),
        replace(TRY, plan=b"q" * 16),
        replace(TRY, account=None),
        replace(TRY, network="192.0.2.8"),
        replace(TRY, why="wrong-network"),
    ],
)
async def test_tries_that_differ_are_rows_of_their_own(store: SqliteStore, other: Try) -> None:
    for _ in range(2):
        await store.refusals.keep({TRY: Tries(1.0, 1.0), other: Tries(1.0, 1.0)})
    found = [*await store.refusals.of(AREA), *await store.refusals.of(OTHER)]
    assert {one: times.tries for one, times in found} == {TRY: 2, other: 2}
    assert len(found) == 2


async def test_they_are_erased_after_a_year(store: SqliteStore) -> None:
    await store.refusals.keep({TRY: Tries(1.0, 1.0), replace(TRY, account=None): Tries(1.0, 2.0)})
    assert [await store.refusals.erase(now) for now in (KEPT_SECONDS, KEPT_SECONDS + 1.0)] == [0, 1]
    assert [one.account for one, _ in await store.refusals.of(AREA)] == [None]
