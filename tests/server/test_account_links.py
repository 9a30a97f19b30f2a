"""Links that came with an account: what ends with it, and how soon the others have keys without it."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from aparte.cli.instant import make_link
from aparte.client import Account, Meeting, join
from aparte.core.wire.b64 import b64_decode
from aparte.core.wire.control import Away, Bye, Gone, Resumed, ResumeRequest
from aparte.core.wire.errors import CLOSE_CODES, Reason
from tests.charters import own_person
from tests.server.accounts import PASSWORD, Person, browser, make_account, make_administrator
from tests.server.clock import Clock
from tests.server.conftest import Running, Start
from tests.server.link_client import LinkClient, TestMeeting, certified

ENDED = (CLOSE_CODES[Reason.ACCOUNT_ENDED], Bye(reason=Reason.ACCOUNT_ENDED))
ADA = "ada@example.org"


def with_token(person: Person) -> dict[str, str]:
    return {"Authorization": f"Bearer {person.token}"}


async def group(
    running: Running, meeting: TestMeeting, *headers: dict[str, str], certified: bool = True
) -> list[LinkClient]:
    """Members of a new group, each with these headers at its upgrade, and as the account of the session in them."""
    links: list[LinkClient] = []
    for own in headers:
        link = await LinkClient.open(running.port, running.tls, **own)
        if not certified:
            link.own = own_person("Eve")
        await link.greet(meeting)
        await (link.join() if links else link.create())
        for other in links:
            await other.follow()
        links.append(link)
    return links


@asynccontextmanager
async def taking_part(running: Running) -> AsyncIterator[Callable[..., Awaitable[Meeting]]]:
    """Real participants; one of them may bring a session along."""
    link = await asyncio.to_thread(make_link, running.url, running.server.certificate)
    async with AsyncExitStack() as stack:

        async def come(name: str, person: Person | None = None) -> Meeting:
            account = None
            if person is not None:
                own = await certified(running.url, with_token(person), running.tls)
                assert own is not None
                account = Account(person.token, own)
            coming = join(link, name=name, account=account, ca=running.server.certificate)
            return await stack.enter_async_context(coming)

        yield come


async def until(true: Callable[[], bool]) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + 10
    while not true():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.002)


@pytest.mark.shows("A28")
@pytest.mark.promise("P22")
async def test_an_account_that_ends_leaves_running_meetings_with_a_new_epoch(
    secure: Running, capsys: pytest.CaptureFixture[str]
) -> None:
    root = await make_administrator(secure)
    ada = await make_account(root, ADA)
    async with taking_part(secure) as come:
        others = [await come(f"Person {number}") for number in range(4)]
        leaving = await come("Ada", ada)
        meetings = [*others, leaving]
        await until(lambda: {meeting.count for meeting in meetings} == {5})
        await until(lambda: len({meeting.epoch_code for meeting in meetings}) == 1)
        before, code = leaving.epoch, leaving.epoch_code
        began = time.perf_counter()
        assert (await root.ask("POST", f"/api/accounts/{ada.id}/end", {})).status_code == 200
        await until(lambda: all(meeting.epoch > before for meeting in others))
        took = time.perf_counter() - began
        assert {person.name for meeting in others for person in meeting.people} == {f"Person {n}" for n in range(4)}
        await until(lambda: len({meeting.epoch_code for meeting in others}) == 1)
        assert others[0].epoch_code != code
        await until(lambda: leaving.ended is not None)
        assert leaving.ended == "account-ended"
    with capsys.disabled():
        print(f"\nan account ends: 4 others in a new epoch without it after {took * 1000:.0f} ms")
    assert (await ada.ask("GET", "/api/me")).status_code == 401
    assert (await Person(secure).log_in(ADA)).status_code == 401


@pytest.mark.shows("A28")
@pytest.mark.promise("P22")
async def test_every_link_and_seat_of_an_account_ends_and_no_other(secure: Running) -> None:
    """Its members, who waits to come in, who is away, in two meetings, by cookie and by bearer token."""
    root = await make_administrator(secure)
    ada = await make_account(root, ADA)
    page = await browser(secure, ADA)
    cookie = {"Cookie": f"__Host-aparte={page.cookies['__Host-aparte']}"}
    one, two = [await TestMeeting.make(secure.url, secure.server.certificate) for _ in range(2)]
    bob, eve, away = await group(secure, one, {}, with_token(root), with_token(ada))
    dan, member = await group(secure, two, {}, {**cookie, "origin": secure.url})
    waiting = await LinkClient.open(secure.port, secure.tls, **with_token(ada))
    await waiting.greet(one)
    away.drop()
    assert await bob.expect(Away) == Away(seat=away.seat)
    assert await eve.expect(Away) == Away(seat=away.seat)

    assert (await root.ask("POST", f"/api/accounts/{ada.id}/end", {})).status_code == 200
    assert await member.ending() == ENDED
    assert await waiting.ending() == ENDED
    assert await bob.expect(Gone) == Gone(seat=away.seat)
    assert await eve.expect(Gone) == Gone(seat=away.seat)
    assert await dan.expect(Gone) == Gone(seat=member.seat)
    again = await LinkClient.open(secure.port, secure.tls)
    again.say_hello(one, ResumeRequest(seat=away.seat, token=away.token, epoch=away.epoch))
    assert await again.close_code() == CLOSE_CODES[Reason.UNKNOWN_SEAT]
    await bob.renew(away.seat)
    await eve.follow()
    assert not bob.closed.done()
    assert not eve.closed.done()


async def test_an_end_that_was_planned_comes_by_itself(start: Start) -> None:
    clock = Clock()
    running = await start(clocks=(time.monotonic, clock))
    root = await make_administrator(running)
    ada = await make_account(root, ADA, ends=clock.now + 3600)
    meeting = await TestMeeting.make(running.url)
    bob, link = await group(running, meeting, {}, with_token(ada))
    await running.server.end_due()
    assert not link.closed.done()
    clock.now += 3600
    assert (await ada.ask("GET", "/api/me")).status_code == 401
    await running.server.end_due()
    assert await link.ending() == ENDED
    assert await bob.expect(Gone) == Gone(seat=link.seat)
    found = {one["login"]: one["ended"] for one in (await root.ask("GET", "/api/accounts")).json()["accounts"]}
    assert found[ADA] == clock.now


@pytest.mark.parametrize("how", ["log out", "revoke", "others", "password", "ticket", "none"])
async def test_a_session_that_ends_takes_its_links_along(secure: Running, how: str) -> None:
    root = await make_administrator(secure)
    ada = await make_account(root, ADA)
    page = await browser(secure, ADA)
    meeting = await TestMeeting.make(secure.url, secure.server.certificate)
    bob, link = await group(secure, meeting, with_token(root), with_token(ada))
    (session,) = (one for one in (await ada.ask("GET", "/api/me/sessions")).json()["sessions"] if one["this"])
    if how == "log out":
        assert (await ada.ask("DELETE", "/api/session")).status_code == 200
    elif how == "revoke":
        assert (await page.ask("DELETE", f"/api/me/sessions/{session['id']}")).status_code == 200
    elif how == "others":
        assert (await page.ask("DELETE", "/api/me/sessions")).status_code == 200
    elif how == "password":
        body = {"password": PASSWORD, "new_password": PASSWORD + "!"}
        assert (await page.ask("PATCH", "/api/me", body)).status_code == 200
    elif how == "ticket":
        ticket = (await root.ask("POST", f"/api/accounts/{ada.id}/ticket", {})).json()["ticket"]
        body = {"ticket": ticket, "password": PASSWORD}
        assert (await Person(secure).ask("POST", "/api/setup", body)).status_code == 201
    else:
        assert (await page.ask("DELETE", "/api/session")).status_code == 200
        bob.binary(frame := bob.sound())
        assert await link.frame() == frame, "another session of the same account"
        return
    assert await link.ending() == ENDED
    assert await bob.expect(Gone) == Gone(seat=link.seat)
    assert not bob.closed.done()


@pytest.mark.promise("P22")
async def test_nobody_comes_back_to_the_seat_of_an_account_but_that_account(secure: Running) -> None:
    root = await make_administrator(secure)
    ada = await make_account(root, ADA)
    meeting = await TestMeeting.make(secure.url, secure.server.certificate)
    _bob, link = await group(secure, meeting, {}, with_token(ada))
    link.drop()
    request = ResumeRequest(seat=link.seat, token=link.token, epoch=link.epoch)
    for headers in ({}, with_token(root), {"Authorization": "Bearer " + "A" * 43}):
        thief = await LinkClient.open(secure.port, secure.tls, **headers)
        thief.say_hello(meeting, request)
        assert await thief.close_code() == CLOSE_CODES[Reason.UNKNOWN_SEAT]
    back = await LinkClient.open(secure.port, secure.tls, **with_token(ada))
    back.say_hello(meeting, request)
    await back.expect(Resumed)


@pytest.mark.promise("P22")
@pytest.mark.parametrize("how", ["a guest on an account's link", "another account", "an account on nobody's link"])
async def test_a_leaf_is_of_the_account_that_its_link_came_with(secure: Running, how: str) -> None:
    root = await make_administrator(secure)
    ada = await make_account(root, ADA)
    meeting = await TestMeeting.make(secure.url, secure.server.certificate)
    (bob,) = await group(secure, meeting, {})
    mine, other = with_token(ada), await LinkClient.open(secure.port, secure.tls, **with_token(root))
    link = await LinkClient.open(secure.port, secure.tls, **({} if how.endswith("nobody's link") else mine))
    link.own = own_person("Ada") if how.startswith("a guest") else other.own
    await link.greet(meeting)
    await link.ask_to_join()
    assert await link.ending() == (CLOSE_CODES[Reason.BAD_COMMIT], Bye(reason=Reason.BAD_COMMIT))
    assert [person.seat for person in bob.group.people()] == [b64_decode(bob.seat)]


@pytest.mark.promise("P22")
async def test_a_cookie_counts_only_from_a_page_of_ours(secure: Running) -> None:
    """Without an origin it is no browser's, and from another one there is no link at all."""
    root = await make_administrator(secure)
    await make_account(root, ADA)
    page = await browser(secure, ADA)
    cookie = f"__Host-aparte={page.cookies['__Host-aparte']}"
    meeting = await TestMeeting.make(secure.url, secure.server.certificate)
    nobodys = (
        {"Cookie": cookie},
        *({"Cookie": c, "origin": secure.url} for c in (f"{cookie}; {cookie}", "__Host-aparte=x")),
    )
    links = await group(secure, meeting, *nobodys, certified=False)
    page_link = await LinkClient.open(secure.port, secure.tls, Cookie=f"a=b; {cookie}", origin=secure.url)
    await page_link.greet(meeting)
    await page_link.join()
    rooms = secure.server._rooms
    assert rooms is not None
    holders = [link.holder is not None for link in rooms._links]
    assert sorted(holders) == [False, False, False, True]
    assert (await page.ask("DELETE", "/api/session")).status_code == 200
    assert await page_link.ending() == ENDED
    assert not any(link.closed.done() for link in links)


async def test_a_session_with_a_link_is_in_use(start: Start) -> None:
    clock = Clock()
    running = await start(clocks=(time.monotonic, clock))
    root = await make_administrator(running)
    ada = await make_account(root, ADA)
    await group(running, await TestMeeting.make(running.url), with_token(ada))
    clock.now += 11 * 3600
    await running.server.erase()
    clock.now += 11 * 3600
    assert (await ada.ask("GET", "/api/me")).status_code == 200
    assert (await root.ask("GET", "/api/me")).status_code == 401
