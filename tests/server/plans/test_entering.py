"""Who gets into planned meetings, over real links; and who is put out of them."""

import sqlite3
from hashlib import sha256

import pytest

from aparte.core.plan.guesses import TRIES
from aparte.core.plan.shipped import RESTRICTED
from aparte.core.wire.control import Gone, Hello, ResumeRequest
from tests.server.link_client import LinkClient, TestMeeting
from tests.server.plans.conftest import House
from tests.server.plans.planner import NOT_INVITED, come, enters, invite, keys_of, knock, new_meeting, path, plan

DAY = 86_400


@pytest.mark.shows("B44")
async def test_the_level_decides_who_enters(house: House) -> None:
    people = [None, house.bob, house.dan, house.ada]
    rows = []
    for number in (1, 2, 3, 4):
        meeting = await plan(house.ada, number)
        rows.append([await enters(house.port, meeting, person) for person in people])
    #                  nobody, member, guest's account, organiser
    assert rows == [
        [True, True, True, True],
        [False, True, False, True],
        [False, False, False, True],
        [False, False, False, False],  # without a second factor not even the organiser
    ]


@pytest.mark.shows("B44")
async def test_an_invitation_is_an_account_s(house: House) -> None:
    meeting = await plan(house.ada, 3)
    await invite(house.ada, meeting, account=house.bob.id)
    assert await enters(house.port, meeting, house.bob)
    assert not await enters(house.port, meeting, house.cy)
    assert not await enters(house.port, meeting), "whoever has the link and is not signed in"


@pytest.mark.promise("P21")
async def test_only_with_the_door(house: House) -> None:
    meeting = await plan(house.ada, 3)
    await invite(house.ada, meeting, account=house.bob.id)
    assert not await enters(house.port, meeting, house.bob, door=b"x" * 32)
    assert not await enters(house.port, meeting, house.ada, door=b"x" * 32)


@pytest.mark.shows("B40")
async def test_a_leaked_link_needs_the_guest_s_code(house: House) -> None:
    meeting = await plan(house.ada, 3)
    made = await invite(house.ada, meeting, address="guest@example.org", name="Guest")
    assert len(made["code"]) == 8
    assert not await enters(house.port, meeting)
    assert await enters(house.port, meeting, code=made["code"])
    assert not await enters(house.port, meeting, code=made["code"], door=b"x" * 32)
    wrong = f"{(int(made['code']) + 1) % 10**8:08d}"
    assert not await enters(house.port, meeting, code=wrong)


@pytest.mark.shows("B40")
@pytest.mark.promise("P21")
async def test_codes_cannot_be_guessed(house: House) -> None:
    """After five wrong tries the right one does not serve either, and the answer is the same for a wrong door."""
    meeting = await plan(house.ada, 3)
    made = await invite(house.ada, meeting, address="guest@example.org", name="Guest")
    for number in range(TRIES):
        wrong = f"{(int(made['code']) + 1 + number) % 10**8:08d}"
        assert not await enters(house.port, meeting, code=wrong)
    assert not await enters(house.port, meeting, code=made["code"])
    assert not await enters(house.port, meeting, code=made["code"], door=b"x" * 32)
    assert not await enters(house.port, new_meeting(), code=made["code"])
    assert await enters(house.port, meeting, house.ada), "whoever needs no code is not kept out"


async def test_right_codes_are_no_guesses(house: House) -> None:
    meeting = await plan(house.ada, 3)
    made = await invite(house.ada, meeting, address="guest@example.org", name="Guest")
    for _ in range(2 * TRIES):
        assert await enters(house.port, meeting, code=made["code"])


async def test_a_code_is_of_one_meeting(house: House) -> None:
    meeting, other = await plan(house.ada, 3), await plan(house.ada, 3)
    made = await invite(house.ada, meeting, address="guest@example.org", name="Guest")
    assert not await enters(house.port, other, code=made["code"])


async def test_no_guests_where_the_level_has_none(house: House) -> None:
    meeting = await plan(house.ada, 4)
    answer = await house.ada.ask(
        "POST", path(meeting, "/invitations"), {"address": "guest@example.org", "name": "Guest"}
    )
    assert (answer.status_code, answer.json()) == (400, {"reason": "no-guests"})


async def test_a_second_factor_and_papers(house: House) -> None:
    meeting, secret = await plan(house.ada, 4), await plan(house.ada, 5)
    for one in (meeting, secret):
        await invite(house.ada, one, account=house.bob.id)
    assert not await enters(house.port, meeting, house.bob)
    await house.give_factor(house.bob)
    assert await enters(house.port, meeting, house.bob)
    assert not await enters(house.port, secret, house.bob)
    answer = await house.root.ask("PUT", f"/api/accounts/{house.bob.id}/identity", {"verified": True})
    assert answer.status_code == 200
    assert await enters(house.port, secret, house.bob)
    link = await come(house.port, secret, house.bob)
    await house.root.ask("PUT", f"/api/accounts/{house.bob.id}/identity", {"verified": False})
    assert await link.close_code() == NOT_INVITED


async def test_the_time_of_a_meeting(house: House) -> None:
    start = int(house.clock.now) + DAY
    meeting = await plan(house.ada, 2, start)
    for now, open_ in (
        (start - 901, False),
        (start - 900, True),
        (start + 3_600 + 90 * DAY - 1, True),
        (start + 3_600 + 90 * DAY, False),
    ):
        house.clock.now = now
        for person in (house.ada, house.bob):
            await person.log_in(person.account["login"])
        assert await enters(house.port, meeting, house.bob) == open_
        assert await enters(house.port, meeting, house.ada), "an organiser"


@pytest.mark.shows("B52")
async def test_withdrawing_an_invitation_puts_out_who_is_there(house: House) -> None:
    meeting = await plan(house.ada, 3)
    made = await invite(house.ada, meeting, address="guest@example.org", name="Guest")
    member = await invite(house.ada, meeting, account=house.bob.id)
    early = await invite(house.ada, meeting, address="early@example.org", name="Early")
    assert (await house.ada.ask("DELETE", path(meeting, f"/invitations/{early['id']}"))).status_code == 200
    assert not await enters(house.port, meeting, code=early["code"]), "before the meeting"
    ada, guest, bob = await _three(house, meeting, made["code"])
    before = ada.group.group.epoch
    assert (await house.ada.ask("DELETE", path(meeting, f"/invitations/{made['id']}"))).status_code == 200
    assert await guest.close_code() == NOT_INVITED
    assert (await ada.expect(Gone)).seat == guest.seat, "without grace: its leaf is removed at once"
    await bob.expect(Gone)
    await ada.renew(guest.seat)
    await bob.follow()
    assert ada.group.group.epoch == before + 1
    assert not await enters(house.port, meeting, code=made["code"]), "the same link does not bring it back"

    assert (await house.ada.ask("DELETE", path(meeting, f"/invitations/{member['id']}"))).status_code == 200
    assert await bob.close_code() == NOT_INVITED
    assert not await enters(house.port, meeting, house.bob)


async def test_who_is_away_does_not_come_back_without_invitation(house: House) -> None:
    meeting = await plan(house.ada, 3)
    made = await invite(house.ada, meeting, address="guest@example.org", name="Guest")
    ada, guest, _ = await _three(house, meeting, made["code"], bob=False)
    guest.drop()
    await ada.control()  # away
    await house.ada.ask("DELETE", path(meeting, f"/invitations/{made['id']}"))
    assert (await ada.expect(Gone)).seat == guest.seat
    back = await LinkClient.open(house.port)
    resume = ResumeRequest(guest.seat, guest.token, guest.epoch)
    back.say(Hello(v=1, meeting=meeting.id, door=meeting.door, resume=resume, code=made["code"]))
    assert await back.close_code() == NOT_INVITED


async def test_whoever_is_away_comes_back_with_the_same_code(house: House) -> None:
    meeting = await plan(house.ada, 3)
    made = await invite(house.ada, meeting, address="guest@example.org", name="Guest")
    ada, guest, _ = await _three(house, meeting, made["code"], bob=False)
    guest.drop()
    await ada.control()  # away
    resume = ResumeRequest(guest.seat, guest.token, guest.epoch)
    for code, lets_in in ((None, False), (made["code"], True)):
        back = await LinkClient.open(house.port)
        back.say(Hello(v=1, meeting=meeting.id, door=meeting.door, resume=resume, code=code))
        assert (type(await back.control()).__name__ == "Resumed") == lets_in


async def test_a_new_code_puts_out_who_came_by_the_old_one(house: House) -> None:
    meeting = await plan(house.ada, 3)
    made = await invite(house.ada, meeting, address="guest@example.org", name="Guest")
    link = await come(house.port, meeting, code=made["code"])
    answer = await house.ada.ask("PATCH", path(meeting, f"/invitations/{made['id']}"), {})
    assert answer.status_code == 200
    assert await link.close_code() == NOT_INVITED
    assert not await enters(house.port, meeting, code=made["code"])
    assert await enters(house.port, meeting, code=answer.json()["code"])


async def test_cancelling_puts_everybody_out(house: House) -> None:
    meeting = await plan(house.ada, 1)
    links = [await come(house.port, meeting), await come(house.port, meeting, house.ada)]
    assert (await house.ada.ask("DELETE", path(meeting))).status_code == 200
    assert [await link.close_code() for link in links] == [NOT_INVITED] * 2
    assert not await enters(house.port, meeting, house.ada)
    assert (await house.ada.ask("GET", path(meeting))).json()["cancelled"]
    assert (await house.ada.ask("DELETE", path(meeting))).status_code == 200
    assert (await house.ada.ask("GET", path(meeting))).status_code == 404
    assert not await enters(house.port, meeting, house.ada)


async def test_a_stricter_level_puts_out_who_does_not_reach_it(house: House) -> None:
    meeting = await plan(house.ada, 1)
    stranger, ada = await come(house.port, meeting), await come(house.port, meeting, house.ada)
    keys = keys_of(house.running, meeting, RESTRICTED, [house.ada.id])
    answer = await house.ada.ask("PATCH", path(meeting), {"level": 3, "keys": keys})
    assert answer.status_code == 200, answer.text
    assert await stranger.close_code() == NOT_INVITED
    assert ada.closed.done() is False


async def test_management_is_handed_over_and_the_creator_removed(house: House) -> None:
    meeting = await plan(house.ada, 3)
    link = await come(house.port, meeting, house.ada)
    answer = await house.ada.ask("POST", path(meeting, "/delegate"), {"account": house.cy.id})
    assert answer.status_code == 200, answer.text
    assert (await house.ada.ask("PATCH", path(meeting), {"title": "Mine again"})).status_code == 403
    keys = keys_of(house.running, meeting, RESTRICTED, [house.cy.id])
    answer = await house.cy.ask("PATCH", path(meeting), {"organisers": [house.cy.id], "keys": keys})
    assert answer.status_code == 200, answer.text
    assert await link.close_code() == NOT_INVITED
    assert not await enters(house.port, meeting, house.ada)
    assert (await house.ada.ask("GET", path(meeting))).status_code == 404
    assert await enters(house.port, meeting, house.cy)


@pytest.mark.shows("B55")
async def test_an_assistant_prepares_and_does_not_enter(house: House) -> None:
    """Cy prepares everything but the keys; Ada, who organises, makes the link. Cy has every other right."""
    meeting = await plan(house.cy, 3, organisers=[house.ada.id], keys=None)
    await invite(house.cy, meeting, account=house.bob.id)
    made = await invite(house.cy, meeting, address="guest@example.org", name="Guest")
    assert "code" not in made, "the code goes to the guest and to organisers alone"
    for person in (house.ada, house.bob, house.cy):
        assert not await enters(house.port, meeting, person), "nobody, before there are keys"
    keys = keys_of(house.running, meeting, RESTRICTED, [house.ada.id])
    assert (await house.ada.ask("PATCH", path(meeting), {"title": "Other"})).status_code == 403
    answer = await house.ada.ask("PATCH", path(meeting), {"keys": keys})
    assert answer.status_code == 200, answer.text
    # Even with a link that leaked.
    assert not await enters(house.port, meeting, house.cy)
    assert await enters(house.port, meeting, house.bob)
    shown = (await house.cy.ask("GET", path(meeting))).text
    assert sha256(meeting.door).digest().hex() not in shown
    assert keys["door_hash"] not in shown


async def test_whoever_has_been_let_in_by_a_session_leaves_with_it(house: House) -> None:
    meeting = await plan(house.ada, 2)
    link = await come(house.port, meeting, house.bob)
    assert (await house.root.ask("POST", f"/api/accounts/{house.bob.id}/end", {})).status_code == 200
    assert await link.close_code() == 4016
    assert not await enters(house.port, meeting, house.bob)


@pytest.mark.promise("P21")
async def test_the_store_has_neither_code_nor_door(house: House) -> None:
    meeting = await plan(house.ada, 3)
    made = await invite(house.ada, meeting, address="guest@example.org", name="Guest")
    assert await enters(house.port, meeting, code=made["code"])
    with sqlite3.connect(house.running.data / "aparte.db") as database:
        dump = "\n".join(database.iterdump())
    database.close()
    assert meeting.id.hex() in dump.lower()
    assert made["code"] not in dump
    assert meeting.door.hex() not in dump.lower()


async def test_a_meeting_goes_on_when_the_plan_s_title_changes(house: House) -> None:
    meeting = await plan(house.ada, 1)
    link = await knock(house.port, meeting)
    await link.control()
    assert (await house.ada.ask("PATCH", path(meeting), {"title": "Another"})).status_code == 200
    assert await enters(house.port, meeting)
    assert not link.closed.done()


async def _three(
    house: House, meeting: TestMeeting, code: str, bob: bool = True
) -> tuple[LinkClient, LinkClient, LinkClient]:
    """Ada makes the group and lets a guest in; perhaps Bob joins them."""
    ada = await come(house.port, meeting, house.ada)
    await ada.create()
    guest = await come(house.port, meeting, code=code)
    ada.clock = guest.clock = lambda: int(house.clock.now * 1000)
    await ada.let_in(guest)
    if not bob:
        return ada, guest, guest
    third = await come(house.port, meeting, house.bob)
    await third.join()
    await ada.follow()
    await guest.follow()
    return ada, guest, third
