"""Which passwords an account may have, and that each is taken exactly as it was typed."""

import unicodedata

import pytest

from aparte.core.access.password import Flaw
from aparte.server.access.known import CONTEXT, judge_for
from tests.server.accounts import OTHER_PASSWORD, PASSWORD, Person, make_account, make_administrator
from tests.server.clock import Clock
from tests.server.conftest import Running, Start

ADA = "ada@example.org"


@pytest.mark.promise("P22")
def test_the_words_of_this_product_count_for_nothing() -> None:
    for word in CONTEXT:
        verdict = judge_for(f"{word}2026!x", ADA, "Ada")
        assert not verdict.accepted, word
        assert Flaw.CONTAINS_NAME in verdict.flaws


@pytest.mark.parametrize(
    "password", [PASSWORD, OTHER_PASSWORD, "vuhzqkplwtnd", "7f3k9q2mz8xw", "\ud800" + "vuhzqkplwtnd"]
)
def test_what_nobody_tries_is_accepted(password: str) -> None:
    assert judge_for(password, ADA, "Ada").accepted


@pytest.mark.promise("P22")
async def test_a_password_is_taken_as_it_is_typed(plain: Running) -> None:
    """Every kind of character, up to 128 of them; no other case, no blank more or less, nothing cut off."""
    ada = await make_account(await make_administrator(plain), ADA)
    now = PASSWORD
    for chosen in (
        " Été à Brest, pluie\u00a0! ",
        "correct horse battery " * 2 + "staple " * 3,
        "\u1f87" + "vuhz qkpl wtnd 7f3k" * 6,
    ):
        body = {"password": now, "new_password": chosen}
        assert (await ada.ask("PATCH", "/api/me", body)).status_code == 200, chosen
        now = chosen
        for other in (now.swapcase(), now.strip() + ".", now[:-1], now + " ", now + "x" * 500):
            if other != now:
                body = {"login": ADA, "password": other}
                assert (await Person(plain).ask("POST", "/api/session", body)).status_code in (401, 429)
        assert len(now) < 128
    long = "vuhz qkpl wtnd 7f3k 9q2m z8xw ABCE" * 4
    assert (await ada.ask("PATCH", "/api/me", {"password": now, "new_password": long[:128]})).status_code == 200


async def test_a_password_does_not_grow_old(start: Start) -> None:
    clock = Clock()
    running = await start(clocks=(clock, clock))
    await make_account(await make_administrator(running), ADA)
    clock.now += 10 * 365 * 86_400
    assert (await Person(running).log_in(ADA)).status_code == 201


async def test_what_is_cut_off_is_never_taken_for_a_password(plain: Running) -> None:
    """The longest spelling of the longest password: four characters for each of 128. With one more it is another."""
    fourfold = [one for one in map(chr, range(0x1F80, 0x1FB0)) if len(unicodedata.normalize("NFD", one)) == 4]
    longest = "".join(fourfold[(at * at + at // 7) % len(fourfold)] for at in range(128))
    ada = await make_account(await make_administrator(plain), ADA)
    body = {"password": PASSWORD, "new_password": longest}
    assert (await ada.ask("PATCH", "/api/me", body)).status_code == 200
    spelt = unicodedata.normalize("NFD", longest)
    assert len(spelt) == 512
    assert [(await Person(plain).log_in(ADA, tried)).status_code for tried in (spelt, spelt + "x")] == [201, 401]
