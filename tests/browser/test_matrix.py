"""Python and Chromium in one meeting: who makes the group, who joins it first, who removes somebody, who sends.

Each of the sixteen cells is a test; its id names the kinds in this order. Four meetings carry them: one for each pair
of who creates and who joins first. Two participants of each kind are in it in the end, so that every sender has
receivers of both kinds. The group is two implementations of MLS over one server: at each stage both have the same
epoch, code and people.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Iterator
from dataclasses import dataclass, field
from itertools import product

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from aparte.client.media import now_us
from aparte.core.mls.leaf import Source
from tests.browser.cast import CLIENTS, Kind, Member, Page, Program
from tests.browser.conftest import CHROMIUM_FLAGS, Server, chromium_path
from tests.browser.people import eventually
from tests.browser.wire import Wire

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

KINDS: list[Kind] = ["python", "chromium"]
NAMES = ["Ada", "Blaise", "Chloé", "Denis"]


@dataclass
class Cast:
    """A meeting and those who are in it, by rising leaf."""

    server: Server
    browser: Browser
    link: str
    members: list[Member] = field(default_factory=list)
    wires: list[Wire] = field(default_factory=list)

    async def enter(self, kind: Kind, name: str, number: int) -> Member:
        """Let somebody join, on a line of its own."""
        wire = Wire(("127.0.0.1", self.server.port))
        self.wires.append(wire)
        await wire.start()
        member: Member
        if kind == "python":
            member = await Program.enter(self.link, name, number, wire)
        else:
            member = await Page.enter(self.browser, self.link, name, number, wire)
        self.members.append(member)
        return member

    async def leave(self, member: Member) -> None:
        """Let somebody go."""
        self.members.remove(member)
        await member.leave()

    async def close(self) -> None:
        """End it for everybody."""
        await asyncio.gather(*(member.leave() for member in self.members))
        for wire in self.wires:
            wire.cut()

    def of(self, kind: Kind) -> Member:
        """The first of a kind by leaf."""
        return next(member for member in self.members if member.kind == kind)

    def program(self) -> Program:
        """Somebody whose view of the tree can be looked at."""
        return next(member for member in self.members if isinstance(member, Program))

    async def see_programs(self) -> None:
        """Look in each page whether programs are marked as such."""
        for page in self.members:
            for other in self.members:
                if isinstance(page, Page) and isinstance(other, Program):
                    await page.marks(other)

    async def agree(self, epoch: int) -> None:
        """Wait until everybody is in this epoch, with one code and the same people; nobody refused a commit."""
        people = {(member.name, CLIENTS[member.kind]) for member in self.members}

        def is_one(views: list[tuple[int, str, frozenset[tuple[str, str, str | None]]]]) -> bool:
            number, code, roster = views[0]
            named = {(name, client) for _, name, client in roster}
            return len(set(views)) == 1 and number == epoch and len(code) == 30 and named == people

        async def views() -> list[tuple[int, str, frozenset[tuple[str, str, str | None]]]]:
            return [(await one.epoch(), await one.code(), await one.roster()) for one in self.members]

        await eventually(views, is_one, what=f"one view of epoch {epoch} of {sorted(people)}")
        assert [await member.commits_refused() for member in self.members] == [0] * len(self.members)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Give one server for all cells."""
    served = Server(tmp_path_factory.mktemp("matrix"))
    served.start()
    yield served
    served.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    """Give one Chromium for all cells; each page has a profile of its own."""
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=chromium_path(), headless=True, args=CHROMIUM_FLAGS)
        yield chromium
        await chromium.close()


@pytest.fixture(scope="module", params=list(product(KINDS, KINDS)), ids="-".join)
def begins(request: pytest.FixtureRequest) -> tuple[Kind, Kind]:
    """Who makes the group, and who joins it first. One parameter, so that each meeting is set up once."""
    kinds: tuple[Kind, Kind] = request.param
    return kinds


@pytest.fixture(scope="module", params=KINDS)
def removes(request: pytest.FixtureRequest) -> Kind:
    """Who removes the third one's leaf."""
    kind: Kind = request.param
    return kind


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def joined(server: Server, browser: Browser, begins: tuple[Kind, Kind]) -> AsyncIterator[Cast]:
    """Give a meeting that one kind has made and the other one joined; then the others come, two of each kind in all."""
    cast = Cast(server, browser, server.instant_link())
    rest = [kind for kind in KINDS for _ in range(2)]
    for kind in begins:
        rest.remove(kind)
    try:
        for epoch, (name, kind) in enumerate(zip(NAMES, [*begins, *rest], strict=True)):
            await cast.enter(kind, name, epoch + 1)
            await cast.agree(epoch)
        # Everybody but the creator came by an external commit of its own: no commit has renewed the creator's leaf.
        sources = [leaf.source for leaf in cast.program().leaves().values()]
        assert sources == [Source.KEY_PACKAGE, Source.COMMIT, Source.COMMIT, Source.COMMIT]
        await cast.see_programs()
        yield cast
    finally:
        await cast.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def removed(joined: Cast, removes: Kind) -> Cast:
    """Give the meeting after somebody came and went, and one kind removed the leaf that was left."""
    cast = joined
    remover = cast.of(removes)
    third = await cast.enter("python", "Théo", 5)
    epoch = await third.epoch()
    await cast.agree(epoch)
    before = cast.program().leaves()
    # The lowest leaf acts first, each higher one later. Only the remover hears in time that somebody is gone.
    others = [member for member in cast.members if member not in (remover, third)]
    for member in others:
        member.wire.hold()
    await cast.leave(third)
    await eventually(remover.epoch, lambda number: number > epoch, what="a removal")
    for member in others:
        member.wire.release()
    await cast.agree(epoch + 1)
    after = cast.program().leaves()
    # A commit renews its committer's leaf and no other.
    renewed = [list(before).index(seat) for seat in after if after[seat].encryption_key != before[seat].encryption_key]
    assert renewed == [cast.members.index(remover)]
    assert len(before) - len(after) == 1
    return cast


@pytest.mark.promise("P3")
@pytest.mark.shows("B33", "B34")
@pytest.mark.parametrize("sends", KINDS)
async def test_what_one_kind_sends_in_the_new_epoch_reaches_both(removed: Cast, sends: Kind) -> None:
    """Nobody sends before; pixels and tone are checked at everybody else."""
    cast = removed
    epoch = await cast.program().epoch()
    sender = cast.of(sends)
    receivers = [member for member in cast.members if member is not sender]
    assert {member.kind for member in receivers} == set(KINDS)
    await asyncio.gather(*(member.silent() for member in cast.members))
    since_us = now_us()
    looks: list[Awaitable[None]] = [look(sender, since_us) for one in receivers for look in (one.sees, one.hears)]
    await asyncio.gather(*looks, sender.speak())
    await sender.hush()
    await cast.agree(epoch)
