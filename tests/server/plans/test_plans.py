"""Plans and levels over HTTP: what is kept, what is refused, and whose it is."""

import sqlite3
from typing import Any

import msgspec
import pytest

from aparte.core.plan.shipped import INTERNAL, RESTRICTED, SHIPPED
from aparte.core.wire.control import Leave
from tests.server.link_client import LinkClient
from tests.server.plans.conftest import House
from tests.server.plans.planner import body, come, enters, invite, keys_of, new_meeting, path, plan

START = 1_800_000_000
DAY = 86_400


async def test_a_plan_is_kept(house: House) -> None:
    meeting = await plan(house.ada, 3, agenda="1. Figures\n2. Questions", language="fr")
    shown = (await house.ada.ask("GET", path(meeting))).json()
    assert shown["title"] == "Quarterly review"
    assert shown["agenda"] == "1. Figures\n2. Questions"
    assert (shown["level"]["number"], shown["level"]["version"]) == (3, 1)
    assert shown["organisers"] == shown["managers"] == [house.ada.id]
    assert (shown["manages"], shown["organises"], shown["cancelled"], shown["sequence"]) == (True, True, False, 0)
    assert list(shown["keys"]) == ["charter"], "the hash of the door is nobody's business"
    assert [one["meeting"] for one in (await house.ada.ask("GET", "/api/plans")).json()["plans"]] == [meeting.id.hex()]


async def test_who_sees_what(house: House) -> None:
    meeting = await plan(house.ada, 3)
    assert (await house.bob.ask("GET", path(meeting))).status_code == 404
    await invite(house.ada, meeting, account=house.bob.id)
    await invite(house.ada, meeting, address="guest@example.org", name="Guest")
    shown = await house.bob.ask("GET", path(meeting))
    assert shown.json()["title"] == "Quarterly review"
    for hidden in ("invitations", "managers", "creator", "guest@example.org"):
        assert hidden not in shown.text
    assert len((await house.bob.ask("GET", "/api/plans")).json()["plans"]) == 1
    assert (await house.cy.ask("GET", "/api/plans")).json() == {"plans": []}


@pytest.mark.promise("P23")
async def test_a_plan_of_somebody_else_is_not_there(house: House) -> None:
    """Neither to another organiser nor to a member, by any route; and answered like one that never was."""
    meeting, never = await plan(house.ada, 3), new_meeting()
    made = await invite(house.ada, meeting, address="guest@example.org", name="Guest")
    tries: list[tuple[str, str, Any]] = [
        ("GET", "", None),
        ("GET", "/invitation.ics", None),
        ("GET", "/history", None),
        ("PATCH", "", {"title": "Taken over"}),
        ("PATCH", "", {"managers": [house.cy.id]}),
        ("DELETE", "", None),
        ("POST", "/delegate", {"account": house.cy.id}),
        ("POST", "/invitations", {"account": house.cy.id}),
        ("PATCH", f"/invitations/{made['id']}", {}),
        ("DELETE", f"/invitations/{made['id']}", None),
    ]
    before = (await house.ada.ask("GET", path(meeting))).text
    for method, rest, asked in tries:
        for person in (house.cy, house.bob):
            answers = [await person.ask(method, path(one, rest), asked) for one in (meeting, never)]
            assert {(one.status_code, one.text) for one in answers} == {(404, '{"reason":"not-found"}')}, rest
    assert (await house.ada.ask("GET", path(meeting))).text == before


@pytest.mark.promise("P23")
async def test_who_is_only_invited_changes_nothing(house: House) -> None:
    meeting = await plan(house.ada, 3)
    mine = await invite(house.ada, meeting, account=house.bob.id)
    before = (await house.ada.ask("GET", path(meeting))).text
    keys = keys_of(house.running, meeting, RESTRICTED, [house.ada.id])
    tries: list[tuple[str, str, Any]] = [
        ("GET", "/history", None),
        ("PATCH", "", {"title": "Taken over"}),
        ("PATCH", "", {"keys": keys}),
        ("DELETE", "", None),
        ("POST", "/delegate", {"account": house.bob.id, "stay": True}),
        ("POST", "/invitations", {"account": house.cy.id}),
        ("DELETE", f"/invitations/{mine['id']}", None),
    ]
    for method, rest, asked in tries:
        answer = await house.bob.ask(method, path(meeting, rest), asked)
        assert (answer.status_code, answer.json()) == (403, {"reason": "not-allowed"}), (method, rest)
    assert (await house.ada.ask("GET", path(meeting))).text == before


@pytest.mark.promise("P23")
@pytest.mark.parametrize("more", ["creator", "sequence", "cancelled", "meeting", "level_version", "door_hash", "ends"])
async def test_mass_assignment(house: House, more: str) -> None:
    meeting = await plan(house.ada, 3)
    for value in (1, True, house.cy.id):
        answer = await house.ada.ask("PATCH", path(meeting), {"title": "x", more: value})
        assert (answer.status_code, answer.json()) == (400, {"reason": "malformed"})
        if more != "meeting":
            asked = {**body(house.ada, new_meeting(), 3, START), more: value}
            assert (await house.ada.ask("POST", "/api/plans", asked)).status_code == 400


async def test_a_meeting_id_that_is_taken(house: House) -> None:
    meeting = await plan(house.ada, 3)
    answer = await house.cy.ask("POST", "/api/plans", body(house.cy, meeting, 3, START))
    assert (answer.status_code, answer.json()) == (409, {"reason": "exists"})


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"zone": "Europe/Atlantis"}, "malformed"),
        ({"zone": "../../etc/passwd"}, "malformed"),
        ({"title": "a\r\nBcc: everybody@example.org"}, "malformed"),
        ({"minutes": 0}, "malformed"),
        ({"level": 9}, "unknown-level"),
        ({"level": 2}, "wrong-charter"),
        ({"organisers": ["00" * 16]}, "wrong-charter"),
        ({"organisers": ["00" * 16], "keys": None}, "unknown-account"),
        ({"managers": ["00" * 16]}, "unknown-account"),
        ({"keys": {"door_hash": "AAAA", "charter": ""}}, "malformed"),
        ({"keys": {"door_hash": "A" * 43, "charter": "AAAA"}}, "wrong-charter"),
        ({"keys": {"door_hash": "*", "charter": "AAAA"}}, "malformed"),
        ({"recurrence": {"frequency": "weekly"}}, "malformed"),
        ({"recurrence": {"frequency": "hourly", "count": 2}}, "malformed"),
        ({"recurrence": {"frequency": "daily", "count": 10_000}}, "malformed"),
    ],
)
async def test_plans_that_are_refused(house: House, fields: dict[str, Any], why: str) -> None:
    asked = {**body(house.ada, new_meeting(), 3, START), **fields}
    answer = await house.ada.ask("POST", "/api/plans", asked)
    assert (answer.status_code, answer.json()) == (400, {"reason": why})


async def test_who_may_be_named(house: House) -> None:
    """Administrators do not get into meetings by being named; guests manage nothing."""
    for fields in (
        {"organisers": [house.root.id], "keys": None},
        {"managers": [house.dan.id]},
        {"managers": [house.root.id]},
    ):
        answer = await house.ada.ask("POST", "/api/plans", {**body(house.ada, new_meeting(), 3, START), **fields})
        assert answer.json() == {"reason": "unknown-account"}
    meeting = await plan(house.ada, 3)
    for who in (house.root.id, "00" * 16):
        answer = await house.ada.ask("POST", path(meeting, "/invitations"), {"account": who})
        assert answer.json() == {"reason": "unknown-account"}
    await invite(house.ada, meeting, account=house.dan.id)
    answer = await house.ada.ask("POST", path(meeting, "/invitations"), {"account": house.dan.id})
    assert (answer.status_code, answer.json()) == (409, {"reason": "exists"})


async def test_a_charter_has_to_say_what_the_plan_says(house: House) -> None:
    meeting = await plan(house.ada, 3)
    for change in ({"level": 2}, {"organisers": [house.bob.id]}):
        answer = await house.ada.ask("PATCH", path(meeting), change)
        assert answer.json() == {"reason": "wrong-charter"}
    keys = keys_of(house.running, meeting, INTERNAL, [house.ada.id])
    assert (await house.ada.ask("PATCH", path(meeting), {"level": 2, "keys": keys})).status_code == 200
    # Or without keys until somebody who organises has made new ones: nobody enters then.
    answer = await house.ada.ask("PATCH", path(meeting), {"organisers": [house.bob.id], "keys": None})
    assert answer.json()["keys"] is None
    assert not await enters(house.port, meeting, house.bob)


async def test_the_longest_agenda_fits(house: House) -> None:
    meeting = await plan(house.ada, 3, agenda="é" * 2_000)
    assert (await house.ada.ask("GET", path(meeting))).json()["agenda"] == "é" * 2_000
    answer = await house.ada.ask("PATCH", path(meeting), {"agenda": "é" * 20_000})
    assert (answer.status_code, answer.json()) == (413, {"reason": "too-large"})


async def test_recurring_plans(house: House) -> None:
    rule = {"frequency": "weekly", "interval": 2, "weekdays": [0, 4], "count": 6}
    meeting = await plan(house.ada, 3, recurrence=rule)
    shown = (await house.ada.ask("GET", path(meeting))).json()["recurrence"]
    assert shown == {**rule, "until": None}
    assert (await house.ada.ask("PATCH", path(meeting), {"recurrence": None})).json()["recurrence"] is None


async def test_a_plan_is_erased_when_its_time_is_over(house: House) -> None:
    meeting = await plan(house.ada, 3, int(house.clock.now))
    for days, there in ((30, True), (31, False)):
        house.clock.now = START + days * DAY
        await house.running.server.erase()
        await house.ada.log_in("ada@example.org")
        assert ((await house.ada.ask("GET", path(meeting))).status_code == 200) == there
        assert await enters(house.port, meeting, house.ada) == there


# Levels


async def test_an_installation_starts_with_five_levels(house: House) -> None:
    levels = (await house.ada.ask("GET", "/api/levels")).json()["levels"]
    assert levels == [msgspec.to_builtins(level) for level in SHIPPED]


async def test_a_plan_keeps_the_version_of_its_level(house: House) -> None:
    meeting = await plan(house.ada, 3)
    await invite(house.ada, meeting, account=house.bob.id)
    answer = await house.root.ask("PATCH", "/api/levels/3", {"access": 3, "guests": False})
    assert (answer.status_code, answer.json()["version"]) == (200, 2)
    assert await enters(house.port, meeting, house.bob), "without a second factor, as it was planned"
    assert (await house.ada.ask("PATCH", path(meeting), {"title": "Later"})).json()["level"]["version"] == 1
    later = await plan(house.ada, 3)
    assert (await house.ada.ask("GET", path(later))).json()["level"]["version"] == 2
    assert not await enters(house.port, later, house.ada)


async def test_levels_are_added_and_retired(house: House) -> None:
    fields = {
        name: value for name, value in msgspec.to_builtins(INTERNAL).items() if name not in ("version", "retired")
    }
    answer = await house.root.ask("POST", "/api/levels", {**fields, "number": 6, "name_en": "Board"})
    assert answer.status_code == 201, answer.text
    again = await house.root.ask("POST", "/api/levels", {**fields, "number": 6})
    assert (again.status_code, again.json()) == (409, {"reason": "exists"})
    assert (await house.root.ask("PATCH", "/api/levels/1", {"retired": True})).status_code == 200
    answer = await house.ada.ask("POST", "/api/plans", body(house.ada, new_meeting(), 1, START))
    assert answer.json() == {"reason": "unknown-level"}
    for path_, wrong in (
        ("/api/levels/2", {"door": 3}),
        ("/api/levels/2", {"access": 7}),
        ("/api/levels/2", {"name_en": "a\nb"}),
        ("/api/levels/0", {"chat": True}),
    ):
        assert (await house.root.ask("PATCH", path_, wrong)).json() == {"reason": "malformed"}
    assert (await house.root.ask("PATCH", "/api/levels/77", {"chat": True})).status_code == 404


async def test_the_same_levels_after_a_restart(house: House) -> None:
    await house.root.ask("PATCH", "/api/levels/1", {"name_fr": "Ouvert"})
    assert house.running.server.planning is not None
    await house.running.server.planning.begin()
    levels = (await house.root.ask("GET", "/api/levels")).json()["levels"]
    assert [level["version"] for level in levels] == [2, 1, 1, 1, 1]


# History


async def history(house: House, meeting: Any) -> list[tuple[str | None, float, float | None]]:
    assert house.running.server.planning is not None
    await house.running.server.planning.history.settled()
    answer = await house.ada.ask("GET", path(meeting, "/history"))
    return [(one["account"], one["came"], one["went"]) for one in answer.json()["history"]]


async def leave(link: LinkClient) -> None:
    """Leave, and hear that the server has taken note."""
    link.say(Leave())
    assert await link.close_code() == 1000


@pytest.mark.shows("B04")
async def test_who_attended_is_kept_where_the_level_says_so_and_deleted_on_time(house: House) -> None:
    meeting = await plan(house.ada, 1)
    ada = await come(house.port, meeting, house.ada)
    house.clock.now += 60
    guest = await come(house.port, meeting)
    assert await history(house, meeting) == [(house.ada.id, START, None), (None, START + 60, None)]
    house.clock.now += 60
    await leave(guest)
    house.clock.now += 60
    await leave(ada)
    assert await history(house, meeting) == [(house.ada.id, START, START + 180), (None, START + 60, START + 120)]
    retention = 90 * DAY
    for when, left in ((START + 119 + retention, 2), (START + 120 + retention, 1), (START + 180 + retention, 0)):
        house.clock.now = when
        await house.running.server.erase()
        with sqlite3.connect(house.running.data / "aparte.db") as database:
            assert database.execute("SELECT count(*) FROM attendance").fetchone() == (left,)
        database.close()


@pytest.mark.shows("B04")
async def test_a_level_without_history_keeps_none(house: House) -> None:
    await house.root.ask("PATCH", "/api/levels/1", {"history": False, "retention_days": 0})
    meeting = await plan(house.ada, 1)
    link = await come(house.port, meeting, house.ada)
    await leave(link)
    assert await history(house, meeting) == []


async def test_after_a_restart_nobody_is_there(house: House) -> None:
    meeting = await plan(house.ada, 1)
    link = await come(house.port, meeting, house.ada)
    assert await history(house, meeting) == [(house.ada.id, START, None)]
    house.clock.now += 5
    assert house.running.server.planning is not None
    await house.running.server.planning.begin()
    assert (await history(house, meeting))[0][2] == START + 5
    assert not link.closed.done()
