"""Whom one may invite: the colleagues of those who plan, and nobody else's list."""

import pytest

from aparte.core.access.roles import Role
from tests.server.accounts import make_account, make_administrator
from tests.server.conftest import Running


@pytest.mark.promise("P23")
async def test_who_plans_sees_who_may_enter_and_no_more_of_them(plain: Running) -> None:
    root = await make_administrator(plain)
    ada = await make_account(root, "ada@example.org", Role.ORGANISER, name="Ada", label="Notary")
    blaise = await make_account(root, "blaise@example.org", Role.MEMBER)
    guest = await make_account(root, "guest@example.org", Role.GUEST)
    gone = await make_account(root, "gone@example.org", Role.MEMBER)
    await root.ask("POST", f"/api/accounts/{gone.id}/end", {})

    seen = (await ada.ask("GET", "/api/people")).json()["people"]
    assert {one["id"] for one in seen} == {ada.id, blaise.id, guest.id}
    own = next(one for one in seen if one["id"] == ada.id)
    assert own == {"id": ada.id, "login": "ada@example.org", "name": "Ada", "label": "Notary"}
    for person in (root, guest, gone):
        assert (await person.ask("GET", "/api/people")).status_code in (401, 403)
