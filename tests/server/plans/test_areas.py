"""Restricted areas over a running server: who gets in and who is put out, who clears, and what is written down."""

from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from aparte.core.access.roles import Role
from aparte.core.wire.control import Gone, Hello, ResumeRequest
from aparte.server.plans.refusals import MOST_WAITING, Refusals
from aparte.store.plans.refusals import Try
from tests.server.accounts import Person
from tests.server.link_client import LinkClient, TestMeeting
from tests.server.plans.conftest import House
from tests.server.plans.planner import NOT_INVITED, come, enters, invite, path, plan

NOW, DAY = 1_800_000_000, 86_400
HERE = ["127.0.0.0/8", "::1"]
ELSEWHERE = ["10.0.0.0/8"]
NOT_FOUND = (404, {"reason": "not-found"})


@dataclass
class Lab:
    """An area whose authority is Cy, and how one asks about it."""

    house: House
    id: str

    def path(self, rest: str = "") -> str:
        return f"/api/areas/{self.id}{rest}"

    async def clear(self, person: Person, starts: int = NOW, ends: int = NOW + DAY, by: Person | None = None) -> str:
        asked = {"account": person.id, "starts": starts, "ends": ends}
        answer = await (by or self.house.cy).ask("POST", self.path("/clearances"), asked)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def withdraw(self, clearance: str) -> None:
        answer = await self.house.cy.ask("DELETE", self.path(f"/clearances/{clearance}"))
        assert answer.status_code == 200, answer.text

    async def change(self, **values: Any) -> None:
        answer = await self.house.root.ask("PATCH", self.path(), values)
        assert answer.status_code == 200, answer.text

    async def who(self, query: str = "") -> list[str]:
        answer = await self.house.cy.ask("GET", self.path(f"/clearances{query}"))
        assert answer.status_code == 200, answer.text
        return [one["account"] for one in answer.json()["clearances"]]

    async def refusals(self) -> list[tuple[str | None, str, int]]:
        answer = await self.house.cy.ask("GET", self.path("/refusals"))
        assert answer.status_code == 200, answer.text
        found = answer.json()["refusals"]
        return sorted(((one["account"], one["why"], one["tries"]) for one in found), key=str)


async def make(house: House, name: str = "Laboratory", networks: list[str] | None = None) -> httpx.Response:
    asked = {"name": name, "networks": HERE if networks is None else networks, "authorities": [house.cy.id]}
    return await house.root.ask("POST", "/api/areas", asked)


@pytest.fixture
async def lab(house: House) -> Lab:
    answer = await make(house)
    assert answer.status_code == 201, answer.text
    return Lab(house, answer.json()["id"])


async def test_open_to_cleared_accounts_alone(lab: Lab) -> None:
    await _only_the_cleared(lab)


async def test_every_other_try_is_refused_and_written_down(lab: Lab) -> None:
    """By whom, from where, why: with the link and without it, signed in and not."""
    house, meeting = lab.house, await _only_the_cleared(lab)
    assert not await enters(house.port, meeting, house.bob, door=b"x" * 32)
    assert await lab.refusals() == sorted(
        [
            (house.ada.id, "not-cleared", 2),
            (house.cy.id, "not-cleared", 1),
            (house.dan.id, "not-cleared", 1),
            (None, "not-cleared", 1),
            (house.bob.id, "wrong-door", 1),
        ],
        key=str,
    )
    shown = (await house.cy.ask("GET", lab.path("/refusals"))).json()["refusals"]
    assert {(one["plan"], one["network"], one["first"], one["last"]) for one in shown} == {
        (meeting.id.hex(), "loopback", NOW, NOW)
    }


async def _only_the_cleared(lab: Lab) -> TestMeeting:
    """A meeting of the level *Public*: everybody who has the link would be let in, and organisers at any time."""
    house = lab.house
    meeting = await plan(house.ada, 1, area=lab.id)
    await lab.clear(house.bob)
    people = [house.bob, None, house.dan, house.ada, house.ada, house.cy]
    assert [await enters(house.port, meeting, one) for one in people] == [True, False, False, False, False, False]
    return meeting


async def test_on_listed_networks_alone(lab: Lab) -> None:
    house, meeting = lab.house, await plan(lab.house.ada, 2, area=lab.id)
    await lab.clear(house.bob)
    for networks, lets_in in ((ELSEWHERE, False), (HERE, True), ([], True)):
        await lab.change(networks=networks)
        assert await enters(house.port, meeting, house.bob) == lets_in, networks
    assert await lab.refusals() == [(house.bob.id, "wrong-network", 1)]


async def test_the_level_asks_for_what_it_asks_as_well(lab: Lab) -> None:
    house, meeting = lab.house, await plan(lab.house.ada, 3, area=lab.id)
    await lab.clear(house.bob)
    assert not await enters(house.port, meeting, house.bob)
    await invite(house.ada, meeting, account=house.bob.id)
    assert await enters(house.port, meeting, house.bob)
    assert await lab.refusals() == [(house.bob.id, "no-invitation", 1)]


async def test_guests_never(lab: Lab) -> None:
    house, meeting = lab.house, await plan(lab.house.ada, 3)
    made = await invite(house.ada, meeting, address="guest@example.org", name="Guest")
    link = await come(house.port, meeting, code=made["code"])
    assert (await house.ada.ask("PATCH", path(meeting), {"area": lab.id})).status_code == 200
    assert await link.close_code() == NOT_INVITED
    assert not await enters(house.port, meeting, code=made["code"])
    answer = await house.ada.ask("POST", path(meeting, "/invitations"), {"address": "b@example.org", "name": "B"})
    assert (answer.status_code, answer.json()) == (400, {"reason": "no-guests"})
    asked = {"account": house.dan.id, "starts": NOW, "ends": NOW + DAY}
    answer = await house.cy.ask("POST", lab.path("/clearances"), asked)
    assert (answer.status_code, answer.json()) == (400, {"reason": "unknown-account"})


@pytest.mark.shows("A21")
async def test_whose_clearance_ends_is_out(lab: Lab) -> None:
    """The server's own sweep finds the end; the members hear at once, and nothing brings the person back."""
    house, meeting = lab.house, await plan(lab.house.ada, 2, area=lab.id)
    await lab.clear(house.ada, ends=NOW + 2 * DAY)
    await lab.clear(house.bob, ends=NOW + 100)
    ada, bob = await _two(house, meeting)
    house.clock.now = NOW + 100.0
    assert await bob.close_code() == NOT_INVITED
    assert (await ada.expect(Gone)).seat == bob.seat
    assert not await enters(house.port, meeting, house.bob)
    assert not ada.closed.done()


@pytest.mark.shows("A21")
async def test_withdrawing_puts_out_who_is_there_or_away(lab: Lab) -> None:
    house, meeting = lab.house, await plan(lab.house.ada, 2, area=lab.id)
    await lab.clear(house.ada)
    clearance = await lab.clear(house.bob)
    ada, bob = await _two(house, meeting)
    bob.drop()
    await ada.control()  # away
    await lab.withdraw(clearance)
    assert (await ada.expect(Gone)).seat == bob.seat
    back = await LinkClient.open(house.port, Authorization=f"Bearer {house.bob.token}")
    resume = ResumeRequest(bob.seat, bob.token, bob.epoch)
    back.say(Hello(v=1, meeting=meeting.id, door=meeting.door, resume=resume))
    assert await back.close_code() == NOT_INVITED
    answer = await house.cy.ask("DELETE", lab.path(f"/clearances/{clearance}"))
    assert (answer.status_code, answer.json()) == NOT_FOUND, "withdrawn once"


async def test_another_clearance_keeps_somebody_in(lab: Lab) -> None:
    house, meeting = lab.house, await plan(lab.house.ada, 2, area=lab.id)
    await lab.clear(house.ada, ends=NOW + 100)
    await lab.clear(house.ada, starts=NOW + 50)
    await lab.clear(house.bob, ends=NOW + 100)
    ada, bob = await _two(house, meeting)
    house.clock.now = NOW + 100.0
    assert await bob.close_code() == NOT_INVITED
    assert not ada.closed.done()


@pytest.mark.parametrize("how", ["area", "networks"])
async def test_what_changes_for_a_meeting_changes_for_who_is_in_it(lab: Lab, how: str) -> None:
    house, meeting = lab.house, await plan(lab.house.ada, 1, area=lab.id if how == "networks" else None)
    await lab.clear(house.ada)
    await lab.clear(house.bob)
    link = await come(house.port, meeting, house.bob)
    if how == "networks":
        await lab.change(networks=ELSEWHERE)
    else:
        other = (await make(house, "Archive")).json()["id"]
        assert (await house.ada.ask("PATCH", path(meeting), {"area": other})).status_code == 200
    assert await link.close_code() == NOT_INVITED


async def test_what_a_plan_can_be_put_into(lab: Lab) -> None:
    house, meeting = lab.house, await plan(lab.house.ada, 2, area=lab.id)
    assert (await house.ada.ask("GET", path(meeting))).json()["area"] == lab.id
    unknown = {"area": "00" * 16}
    answer = await house.ada.ask("PATCH", path(meeting), unknown)
    assert (answer.status_code, answer.json()) == (400, {"reason": "unknown-area"})
    await lab.clear(house.bob)
    await lab.change(retired=True)
    assert (await house.ada.ask("PATCH", path(meeting), {"title": "Goes on"})).status_code == 200
    assert await enters(house.port, meeting, house.bob), "who was cleared before"
    assert (await house.ada.ask("PATCH", path(meeting), {"area": None})).status_code == 200
    assert await enters(house.port, meeting, house.ada)
    answer = await house.ada.ask("PATCH", path(meeting), {"area": lab.id})
    assert (answer.status_code, answer.json()) == (400, {"reason": "unknown-area"})
    answer = await house.cy.ask("POST", lab.path("/clearances"), {"account": house.ada.id, "starts": 0, "ends": 2**32})
    assert (answer.status_code, answer.json()) == (400, {"reason": "malformed"}), "nobody is cleared for it any more"


@pytest.mark.shows("A21")
async def test_who_had_access_then(lab: Lab) -> None:
    """With who granted it; neither a withdrawal nor a late grant nor an account's end changes what was."""
    house = lab.house
    first = await lab.clear(house.bob, NOW, NOW + 10 * DAY)
    await lab.clear(house.ada, NOW + 2 * DAY, NOW + 4 * DAY)
    for now, act in ((3 * DAY, lab.withdraw(first)), (0, lab.clear(house.ada, NOW - 9 * DAY, NOW + 9 * DAY))):
        house.clock.now += now
        await house.cy.log_in(house.cy.account["login"])
        await act
    bob, ada = house.bob.id, house.ada.id
    when = {-DAY: [], 0: [bob], 2 * DAY: [bob, ada], 3 * DAY: [ada, ada], 5 * DAY: [ada], 9 * DAY: [], 12 * DAY: []}
    for then, there in when.items():
        assert sorted(await lab.who(f"?on={NOW + then}")) == sorted(there), then
    assert await lab.who(f"?on={NOW + DAY}&until={NOW + 3 * DAY}") == [bob, ada], "a span of days"
    house.clock.now += DAY
    await house.root.log_in(house.root.account["login"])
    await house.cy.log_in(house.cy.account["login"])
    assert (await house.root.ask("POST", f"/api/accounts/{ada}/end", {})).status_code == 200
    assert await lab.who(f"?on={NOW + 5 * DAY}") == []
    assert await lab.who(f"?on={NOW + 3 * DAY}") == [ada, ada]
    answer = await house.cy.ask("GET", lab.path(f"/clearances?on={NOW}"))
    [shown] = answer.json()["clearances"]
    assert shown == {
        "id": first,
        "account": bob,
        "starts": NOW,
        "ends": NOW + 10 * DAY,
        "granted_by": house.cy.id,
        "granted": NOW,
        "withdrawn": NOW + 3 * DAY,
        "withdrawn_by": house.cy.id,
    }
    assert len(await lab.who()) == 3, "all of them"


@pytest.mark.shows("A21")
@pytest.mark.promise("P23")
async def test_only_the_named_authority_clears_and_sees(lab: Lab) -> None:
    """To administrators, planners and the authorities of other areas there is nothing of this one but its name."""
    house = lab.house
    other = await house.root.ask(
        "POST", "/api/areas", {"name": "Archive", "networks": [], "authorities": [house.bob.id]}
    )
    assert other.status_code == 201, other.text
    clearance = await lab.clear(house.cy)
    asked = {"account": house.bob.id, "starts": NOW, "ends": NOW + DAY}
    tries = [
        ("GET", "/clearances", None),
        ("GET", f"/clearances?on={NOW}", None),
        ("GET", "/refusals", None),
        ("POST", "/clearances", asked),
        ("DELETE", f"/clearances/{clearance}", None),
    ]
    for person in (house.root, house.ada, house.bob):
        for method, rest, body in tries:
            answer = await person.ask(method, lab.path(rest), body)
            assert (answer.status_code, answer.json()) == NOT_FOUND, (method, rest)
    answer = await house.bob.ask("DELETE", f"/api/areas/{other.json()['id']}/clearances/{clearance}")
    assert (answer.status_code, answer.json()) == NOT_FOUND, "by way of an area of one's own"
    assert await lab.who() == [house.cy.id]
    await lab.change(authorities=[house.bob.id])
    assert (await house.cy.ask("GET", lab.path("/clearances"))).status_code == 404
    assert (await house.bob.ask("GET", lab.path("/clearances"))).status_code == 200


async def test_who_sees_what_of_areas(lab: Lab) -> None:
    house = lab.house
    whole = {"id": lab.id, "name": "Laboratory", "networks": ["127.0.0.0/8", "::1/128"], "authorities": [house.cy.id]}
    whole["retired"] = False  # type: ignore[assignment]
    named = {"id": lab.id, "name": "Laboratory"}
    for person, seen in ((house.root, whole), (house.cy, whole), (house.ada, named), (house.bob, named)):
        assert (await person.ask("GET", "/api/areas")).json() == {"areas": [seen]}
    await lab.change(retired=True, name="Closed")
    for person, names in ((house.root, ["Closed"]), (house.cy, ["Closed"]), (house.ada, [])):
        assert [one["name"] for one in (await person.ask("GET", "/api/areas")).json()["areas"]] == names


@pytest.mark.parametrize(
    ("values", "status", "why"),
    [
        ({"name": "Laboratory"}, 409, "exists"),
        ({"name": ""}, 400, "malformed"),
        ({"networks": ["10.0.0.1/8"]}, 400, "malformed"),
        ({"networks": ["10.0.0.0/8"] * 65}, 400, "malformed"),
        ({"authorities": []}, 400, "malformed"),
        ({"authorities": ["00" * 16]}, 400, "unknown-account"),
    ],
)
async def test_areas_that_are_refused(lab: Lab, values: dict[str, Any], status: int, why: str) -> None:
    house = lab.house
    asked = {"name": "Archive", "networks": [], "authorities": [house.cy.id], **values}
    answer = await house.root.ask("POST", "/api/areas", asked)
    assert (answer.status_code, answer.json()) == (status, {"reason": why})
    other = (await make(house, "Archive")).json()["id"]
    answer = await house.root.ask("PATCH", f"/api/areas/{other}", values)
    assert (answer.status_code, answer.json()) == (status, {"reason": why})
    answer = await house.root.ask("PATCH", f"/api/areas/{'00' * 16}", {"name": "x"})
    assert (answer.status_code, answer.json()) == NOT_FOUND


async def test_a_guest_is_no_authority_and_stops_being_one(lab: Lab) -> None:
    house = lab.house
    answer = await house.root.ask("PATCH", lab.path(), {"authorities": [house.dan.id]})
    assert (answer.status_code, answer.json()) == (400, {"reason": "unknown-account"})
    assert (await house.root.ask("PATCH", f"/api/accounts/{house.cy.id}", {"role": Role.GUEST})).status_code == 200
    assert (await house.cy.ask("GET", lab.path("/clearances"))).status_code == 403
    await lab.change(name="Still there")


@pytest.mark.parametrize(("starts", "ends"), [(NOW, NOW), (NOW + 2, NOW + 1), (0, NOW), (0, 2**40)])
async def test_clearances_that_are_refused(lab: Lab, starts: int, ends: int) -> None:
    asked = {"account": lab.house.bob.id, "starts": starts, "ends": ends}
    answer = await lab.house.cy.ask("POST", lab.path("/clearances"), asked)
    assert (answer.status_code, answer.json()) == (400, {"reason": "malformed"})
    for query in ("?on=nan", "?on=-1", f"?until={NOW}", f"?on={NOW}&until={NOW}"):
        answer = await lab.house.cy.ask("GET", lab.path(f"/clearances{query}"))
        assert (answer.status_code, answer.json()) == (400, {"reason": "malformed"}), query


@pytest.mark.promise("P20")
async def test_a_crowd_of_addresses_fills_no_disk(lab: Lab) -> None:
    planning = lab.house.running.server.planning
    assert planning is not None
    refusals = Refusals(planning.stores.refusals, lab.house.clock)
    area = bytes.fromhex(lab.id)
    for number in range(2 * MOST_WAITING):
        for _ in range(3):
            refusals.note(Try(area, b"p" * 16, None, f"2001:db8::{number:x}", "wrong-door"))
    found = await refusals.of(area)
    assert [times.tries for _, times in found] == [3] * MOST_WAITING


async def test_refusals_are_kept_for_a_year(lab: Lab) -> None:
    house, meeting = lab.house, await plan(lab.house.ada, 2, area=lab.id)
    assert not await enters(house.port, meeting, house.bob)
    assert await lab.refusals() == [(house.bob.id, "not-cleared", 1)]
    for days, kept in ((364, 1), (365, 0)):
        house.clock.now = NOW + days * DAY
        await house.running.server.erase()
        await house.cy.log_in(house.cy.account["login"])
        assert len(await lab.refusals()) == kept


async def _two(house: House, meeting: TestMeeting) -> tuple[LinkClient, LinkClient]:
    """Ada makes the group, Bob joins it."""
    ada = await come(house.port, meeting, house.ada)
    await ada.create()
    bob = await come(house.port, meeting, house.bob)
    await bob.join()
    await ada.follow()
    return ada, bob
