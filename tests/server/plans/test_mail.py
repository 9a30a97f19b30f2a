"""Invitations as mail and as calendar files, against a real mail server in this process."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from dateutil.rrule import rrulestr
from icalendar import Calendar

from aparte.core.plan.invitation import Mail
from aparte.core.plan.plan import Language
from aparte.core.plan.recurrence import Frequency, Recurrence
from aparte.core.plan.shipped import RESTRICTED
from aparte.server.mail import Letter, Mailer, Smtp
from aparte.server.plans.ics import Method, Parties, calendar_of
from aparte.server.plans.letters import Occasion, letter_of
from aparte.server.plans.post import Post
from aparte.server.plans.texts import _TEXTS, text
from aparte.server.plans.zones import offset_of
from aparte.server.tls import self_signed
from tests.core.plan.made import START, plan
from tests.server.accounts import Person
from tests.server.plans import planner
from tests.server.plans.conftest import House

SENDER = "meetings@example.org"
PARTIES = Parties("https://meet.example.org", SENDER, "guest@example.net", "Guest")


class Box:
    """A mail server's memory; ``answers`` are what it says to the next letters, before it takes any."""

    def __init__(self) -> None:
        self.letters: list[tuple[list[str], EmailMessage]] = []
        self.answers: list[str] = []
        self.encrypted: list[bool] = []

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:
        self.encrypted.append(session.ssl is not None)
        if self.answers:
            return self.answers.pop(0)
        content = cast(bytes, envelope.content)
        self.letters.append((envelope.rcpt_tos, message_from_bytes(content, policy=default)))
        return "250 OK"


Serve = Callable[..., Any]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    servers = []

    async def begin(box: Box, **options: Any) -> int:
        loop = asyncio.get_running_loop()
        factory = lambda: SMTP(box, loop=loop, hostname="mail.example.org", **options)  # noqa: E731
        server = await loop.create_server(factory, "127.0.0.1", 0)
        servers.append(server)
        return int(server.sockets[0].getsockname()[1])

    yield begin
    for server in servers:
        server.close()
        await server.wait_closed()


def parsed(content: bytes) -> Any:
    """A calendar, as another reader sees it."""
    return Calendar.from_ical(content)


def events(letter: EmailMessage) -> tuple[str, Any]:
    part = next(one for one in letter.walk() if one.get_content_type() == "text/calendar")
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    calendar = parsed(content)
    return str(calendar["METHOD"]), calendar.walk("VEVENT")[0]


def words(letter: EmailMessage) -> str:
    body = letter.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


async def outcome(mailer: Mailer, message: EmailMessage) -> bool:
    done: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    async def note(sent: bool) -> None:
        done.set_result(sent)

    assert mailer.send(Letter(message, note))
    return await asyncio.wait_for(done, 20)


def letter(occasion: Occasion = Occasion.INVITED, code: str | None = None, **fields: Any) -> EmailMessage:
    return letter_of(plan(RESTRICTED, **fields), RESTRICTED, occasion, PARTIES, float(START), code)


# The server


async def test_a_letter_is_sent(serve: Serve) -> None:
    box = Box()
    mailer = Mailer(Smtp("127.0.0.1", await serve(box), SENDER))
    assert await outcome(mailer, letter(code="01234567"))
    [(to, heard)] = box.letters
    assert to == ["guest@example.net"]
    assert heard["Subject"] == "Invitation: Quarterly review"
    assert heard["From"].addresses[0].addr_spec == SENDER
    assert "01234567" in words(heard)
    await mailer.close()


async def test_what_fails_for_a_while_is_tried_again_and_not_for_ever(serve: Serve) -> None:
    box = Box()
    smtp = Smtp("127.0.0.1", await serve(box), SENDER, pauses=(0.0, 0.0))
    mailer = Mailer(smtp)
    box.answers = ["451 later", "451 later"]
    assert await outcome(mailer, letter())
    box.answers = ["451 later"] * 4
    assert not await outcome(mailer, letter())
    assert box.answers == ["451 later"], "three tries"
    box.answers = ["550 never", "550 never"]
    assert not await outcome(mailer, letter())
    assert box.answers == ["550 never"], "what is refused for good is not tried again"
    assert len(box.letters) == 1
    await mailer.close()


async def test_nobody_listens() -> None:
    mailer = Mailer(Smtp("127.0.0.1", 9, SENDER, pauses=(0.0,)))
    assert not await outcome(mailer, letter())


async def test_tls_is_demanded_off_this_machine(serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that offers no STARTTLS gets nothing; one that does is heard under a certificate that fits its name."""
    monkeypatch.setattr(Smtp, "is_local", property(lambda _: False))
    box = Box()
    bare = Mailer(Smtp("localhost", await serve(box), SENDER, pauses=()))
    assert not await outcome(bare, letter())
    certificate, key = self_signed(tmp_path, "localhost", 1_800_000_000.0)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    port = await serve(box, tls_context=context, require_starttls=True)
    strange = Mailer(Smtp("localhost", port, SENDER, pauses=()))
    assert not await outcome(strange, letter()), "a certificate that nobody vouches for"
    assert box.encrypted == []


async def test_letters_under_way_are_given_up_at_the_end() -> None:
    mailer = Mailer(Smtp("127.0.0.1", 9, SENDER, pauses=(3_600.0,)))
    notes: list[bool] = []

    async def note(sent: bool) -> None:
        notes.append(sent)

    assert mailer.send(Letter(letter(), note))
    await asyncio.wait_for(mailer.close(), 20)
    assert notes == []


@pytest.mark.parametrize(
    ("url", "sender", "password", "expected"),
    [
        ("smtp://mail.example.org", SENDER, None, Smtp("mail.example.org", 587, SENDER)),
        ("smtps://mail.example.org", SENDER, None, Smtp("mail.example.org", 465, SENDER, True)),
        (
            "smtp://us%40er@mail.example.org:25",
            SENDER,
            "secret",
            Smtp("mail.example.org", 25, SENDER, user="us@er", password="secret"),
        ),
    ],
)
def test_settings(url: str, sender: str, password: str | None, expected: Smtp) -> None:
    assert Smtp.read(url, sender, password) == expected
    assert "secret" not in repr(expected)


@pytest.mark.parametrize(
    ("url", "sender", "password"),
    [
        ("http://mail.example.org", SENDER, None),
        ("smtp://", SENDER, None),
        ("smtp://user:secret@mail.example.org", SENDER, None),
        ("smtp://user@mail.example.org", SENDER, None),
        ("smtp://mail.example.org", SENDER, "secret"),
        ("smtp://mail.example.org/path", SENDER, None),
        ("smtp://mail.example.org", "not an address", None),
    ],
)
def test_settings_that_are_refused(url: str, sender: str, password: str | None) -> None:
    with pytest.raises(ValueError, match="--smtp") as refused:
        Smtp.read(url, sender, password)
    assert "secret" not in str(refused.value)


def test_this_machine() -> None:
    assert [Smtp(host, 25, SENDER).is_local for host in ("localhost", "127.0.0.1", "::1", "192.0.2.1", "mail")] == [
        True,
        True,
        True,
        False,
        False,
    ]


# What is written


def test_both_languages_have_every_text() -> None:
    for name, texts in _TEXTS.items():
        assert texts[0] != texts[1], name
        assert len({one.count("{") for one in texts}) == 1
    french = letter(language=Language.FRENCH, code="01234567")
    assert french["Subject"] == "Invitation : Quarterly review"
    assert "Votre code d’entrée : 01234567" in words(french)
    assert text(Language.FRENCH, "key-comes-apart") in words(french)
    assert "Niveau de sécurité : Restreint" in words(french)


@pytest.mark.promise("P1")
def test_no_letter_has_the_key_part_of_the_link() -> None:
    for occasion in Occasion:
        whole = letter(occasion).as_string()
        assert "#" not in words(letter(occasion))
        assert "/m/bW1tbW1tbW1tbW1tbW1tbQ" in whole or occasion is Occasion.CANCELLED


@pytest.mark.parametrize("title", ["=?utf-8?q?x?=", "a: b; c, d", 'say "hello"', "<b>bold</b>", "x" * 120, "Réunion 🗝"])
def test_hostile_titles(title: str) -> None:
    sent = letter(title=title, agenda="BEGIN:VEVENT\nBcc: x@example.org\nEND:VCALENDAR\n;,\\n")
    heard = message_from_bytes(sent.as_bytes(), policy=default)
    assert heard["Subject"] == f"Invitation: {title}" or title.startswith("=?")
    assert heard["Bcc"] is None
    assert set(heard.keys()) == set(sent.keys())
    method, event = events(heard)
    assert method == "REQUEST"
    assert str(event["SUMMARY"]) == title
    assert str(event["DESCRIPTION"]).startswith("BEGIN:VEVENT\nBcc: x@example.org")
    assert len([line for line in calendar().split(b"\r\n") if line == b"BEGIN:VEVENT"]) == 1


@pytest.mark.parametrize("name", ['Gu"est', "Guest;X=1", "Guest, Other", "a:b", "=?utf-8?q?x?="])
def test_hostile_names(name: str) -> None:
    parties = Parties("https://meet.example.org", SENDER, "guest@example.net", name)
    sent = letter_of(plan(RESTRICTED), RESTRICTED, Occasion.INVITED, parties, float(START), None)
    heard = message_from_bytes(sent.as_bytes(), policy=default)
    assert [one.addr_spec for one in heard["To"].addresses] == ["guest@example.net"]
    _, event = events(heard)
    assert str(event["ATTENDEE"]) == "mailto:guest@example.net"
    assert event["ATTENDEE"].params["CN"] == name.replace('"', "'")


# The calendar's file


def calendar(method: Method = Method.REQUEST, **fields: Any) -> bytes:
    return calendar_of(plan(RESTRICTED, **fields), method, PARTIES, float(START))


def test_a_calendar_s_file() -> None:
    read = parsed(calendar(sequence=3))
    event = read.walk("VEVENT")[0]
    assert (str(read["VERSION"]), str(read["METHOD"])) == ("2.0", "REQUEST")
    assert str(event["UID"]) == "6d" * 16 + "@example.org"
    assert event["SEQUENCE"] == 3
    assert event["DTSTART"].dt == datetime.fromtimestamp(START, ZoneInfo("UTC"))
    assert event["DURATION"].dt == timedelta(hours=1)
    assert str(event["URL"]) == "https://meet.example.org/m/bW1tbW1tbW1tbW1tbW1tbQ"
    assert str(event["ORGANIZER"]) == f"mailto:{SENDER}"
    cancelled = parsed(calendar(Method.CANCEL))
    assert (str(cancelled["METHOD"]), str(cancelled.walk("VEVENT")[0]["STATUS"])) == ("CANCEL", "CANCELLED")


@pytest.mark.parametrize(
    "recurrence",
    [
        Recurrence(Frequency.WEEKLY, count=60),
        Recurrence(Frequency.WEEKLY, 2, (0, 4), count=60),
        Recurrence(Frequency.DAILY, until=START + 400 * 86_400),
        Recurrence(Frequency.MONTHLY, count=14),
    ],
)
def test_calendars_and_the_server_mean_the_same_times(recurrence: Recurrence) -> None:
    """Over both changes of the clock in Paris, by another reader of RRULE."""
    read = parsed(calendar(recurrence=recurrence))
    event = read.walk("VEVENT")[0]
    start = event["DTSTART"].dt
    assert event["DTSTART"].params["TZID"] == "Europe/Paris"
    assert [str(zone["TZID"]) for zone in read.walk("VTIMEZONE")] == ["Europe/Paris"]
    rule = rrulestr(event["RRULE"].to_ical().decode(), dtstart=start.replace(tzinfo=ZoneInfo("Europe/Paris")))
    made = plan(RESTRICTED, recurrence=recurrence)
    assert [int(each.timestamp()) for each in rule] == list(made.starts(offset_of("Europe/Paris")))


# All of it together


@pytest.fixture
async def posted(house: House, serve: Serve, monkeypatch: pytest.MonkeyPatch) -> Box:
    """The house's server writes to a mail server of this process."""
    box = Box()
    planning = house.running.server.planning
    assert planning is not None
    mailer = Mailer(Smtp("127.0.0.1", await serve(box), SENDER, pauses=(0.0,)))
    stores = planning.stores
    post = Post(stores.plans, stores.accounts, mailer, "https://meet.example.org", house.clock)
    monkeypatch.setattr(planning, "mailer", mailer)
    monkeypatch.setattr(planning.desk, "_post", post)
    return box


async def settle(house: House) -> None:
    assert house.running.server.planning is not None
    assert house.running.server.planning.mailer is not None
    await house.running.server.planning.mailer.settled()


async def test_people_are_written_to(house: House, posted: Box) -> None:
    meeting = await planner.plan(house.ada, 3)
    made = await planner.invite(house.ada, meeting, address="guest@example.net", name="Guest")
    assert made["mail"] == str(Mail.WAITING)
    await planner.invite(house.ada, meeting, account=house.bob.id)
    await settle(house)
    mails = {one["address"] or "bob": one["mail"] for one in (await shown(house.ada, meeting))["invitations"]}
    assert mails == {"guest@example.net": "sent", "bob": "sent"}
    by_address = {to[0]: heard for to, heard in posted.letters}
    assert set(by_address) == {"guest@example.net", "bob@example.org"}
    assert made["code"] in words(by_address["guest@example.net"])
    assert made["code"] not in words(by_address["bob@example.org"])
    assert "bob@example.org" not in by_address["guest@example.net"].as_string(), "nobody reads who else is invited"

    posted.letters.clear()
    await house.ada.ask("PATCH", planner.path(meeting), {"title": "Moved", "start": START + 3_600})
    await settle(house)
    assert [events(heard)[1]["SEQUENCE"] for _, heard in posted.letters] == [1, 1]
    assert made["code"] not in "".join(words(heard) for _, heard in posted.letters)

    posted.letters.clear()
    await house.ada.ask("DELETE", planner.path(meeting, f"/invitations/{made['id']}"))
    await house.ada.ask("DELETE", planner.path(meeting))
    await settle(house)
    assert [(to, events(heard)[0]) for to, heard in posted.letters] == [
        (["guest@example.net"], "CANCEL"),
        (["bob@example.org"], "CANCEL"),
    ]


async def test_mail_that_fails_is_shown_and_blocks_nothing(house: House, posted: Box) -> None:
    posted.answers = ["550 never"]
    meeting = await planner.plan(house.ada, 3)
    made = await planner.invite(house.ada, meeting, address="guest@example.net", name="Guest")
    await settle(house)
    assert [one["mail"] for one in (await shown(house.ada, meeting))["invitations"]] == ["failed"]
    assert await planner.enters(house.port, meeting, code=made["code"])


async def test_the_file_of_the_api(house: House) -> None:
    meeting = await planner.plan(house.ada, 3)
    answer = await house.ada.ask("GET", planner.path(meeting, "/invitation.ics"))
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="invitation.ics"', "whatever the title"
    event = parsed(answer.content).walk("VEVENT")[0]
    assert str(event["ATTENDEE"]) == "mailto:ada@example.org"
    assert "#" not in str(event["URL"])


async def shown(person: Person, meeting: Any) -> dict[str, Any]:
    found: dict[str, Any] = (await person.ask("GET", planner.path(meeting))).json()
    return found
