"""What the pages for people say about accounts, limits and the log, against the code: what is said by hand rots."""

import ast
import re
from pathlib import Path

from aparte.core.access.password import LONGEST, SHORTEST
from aparte.core.access.roles import ROLES, Action, Reach, Role
from aparte.core.room.profile import Profile
from aparte.server.access.factors import _RECOVERY_BYTES, MOST, RECOVERY_CODES
from aparte.server.access.known import CONTEXT
from aparte.server.config import Access, Limits
from tests.server.http.test_matrix import ROUTES

ROOT = Path(__file__).parents[2]
ACCOUNTS = (ROOT / "spec" / "accounts.md").read_text("utf-8")
OPERATE = (ROOT / "docs" / "operate" / "README.md").read_text("utf-8")
OF_ACCOUNTS = ("/api/setup", "/api/session", "/api/me", "/api/accounts", "/api/people", "/api/house")
NOT_SPELT = {"visioconference", "reunion", "administrateur", "organisateur", "aparté", "conférence"}


def says(page: str, *parts: str) -> None:
    for part in parts:
        assert part in page, part


def test_the_roles_are_those_of_the_table() -> None:
    start = ACCOUNTS.index("| | administrator |")
    table: dict[str, list[str]] = {}
    for line in ACCOUNTS[start : ACCOUNTS.index("\n\n", start)].splitlines()[2:]:
        actions, *cells = line.removeprefix("|").removesuffix("|").split("|")
        table |= {action: [cell.strip() for cell in cells] for action in re.findall(r"`([a-z]+:[a-z]+)`", actions)}
    order = (Role.ADMINISTRATOR, Role.ORGANISER, Role.MEMBER, Role.GUEST)
    word = {Reach.OWN: "own", Reach.ANY: "any", None: ""}
    for action in Action:
        assert table[action] == [word[ROLES[role].get(action)] for role in order], action


def test_the_routes_are_those_that_are_described() -> None:
    """Of the ways to log in there is none that is not written down."""
    rows = [line for line in ACCOUNTS.splitlines() if line.startswith("| `")]
    described = set()
    for row in rows:
        method, _, path = re.findall(r"`([^`]+)`", row)[0].partition(" ")
        described.add(f"{method} {path}")
        if "…/{id}`" in row.split("|")[1]:
            described.add(f"{method} {path}/{{id}}")
    routes = {route for route in ROUTES if route.partition(" ")[2].startswith(OF_ACCOUNTS)}
    elsewhere = {route for route in routes if route.endswith("/identity")}  # spec/plans.md
    assert routes - elsewhere - described == set()


def test_the_numbers_about_accounts() -> None:
    access = Access()
    says(
        ACCOUNTS,
        f"{SHORTEST} to {LONGEST} characters after NFC",
        f"Argon2id hash ({access.hash_memory // 1024} MiB, {access.hash_passes} passes, 1 lane by default)",
        f"Over after {access.idle_hours:.0f} h without use, and {access.session_days:.0f} d after they began",
        "An account may have any number of sessions at once",
        f"for {access.ticket_hours:.0f} h, and one serves once",
        f"*pending* token (32 bytes, {access.pending_minutes:.0f} min, 5 tries, once",
        f"only its hash kept, 20 for an account) | {access.known.free} |",
        f"| all others together, for the login | {access.strangers.free} |",
        f"this machine itself is not counted) | {access.address.free} |",
        f"{access.known.longest / 60:.0f} min (`too-many`, `retry-after`); an hour without one",
        f"Ten recovery codes ({_RECOVERY_BYTES * 8} random bits, only hashes kept)",
        "Two are computed at once, 32 wait, one more login is answered `busy`",
    )
    assert (access.hashes_at_once, access.hashes_waiting, access.known.memory) == (2, 32, 3600)
    assert (RECOVERY_CODES, MOST) == (10, 10)


def test_the_words_that_count_for_nothing() -> None:
    assert {word for word in CONTEXT if f"*{word}*" not in ACCOUNTS} <= NOT_SPELT


def test_the_limits_are_those_that_operators_read() -> None:
    limits, profile = Limits(), Profile()
    says(
        OPERATE,
        f"{limits.frames_a_second} frames, {limits.controls_a_second} control messages",
        f"{limits.bytes_a_second * 8 // 1_000_000} Mbit a second",
        f"{limits.commits_a_second} commits a second after the first {limits.commits_at_once}",
        f"A room holds {profile.seats} people",
        f"may make {limits.meetings_a_minute} meetings a minute; {limits.meetings:,} may exist",
        f"{limits.connections:,} connections, of which {limits.half_open} may be",
        f"{limits.connections_an_address:,} from one address",
        f"of more than {limits.refusals_a_minute} a minute their number",
        "One inbound TCP port. No UDP, no STUN or TURN, no outbound connection but to the mail server of `--smtp`",
    )


def test_every_event_of_the_log_is_described() -> None:
    events = set()
    for path in (ROOT / "src" / "aparte" / "server").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and re.fullmatch(r"log\.(debug|info|warning|error)", ast.unparse(node.func)):
                assert isinstance(node.args[0], ast.Constant), path
                events.add(str(node.args[0].value))
    start = OPERATE.index("| event | when |")
    rows = OPERATE[start : OPERATE.index("\n\n", start)].splitlines()
    described = {event for row in rows for event in re.findall(r"`([a-z-]+)`", row.split("|")[1])}
    assert events - described == set()
