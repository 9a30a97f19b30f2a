"""Why one does not come in: stable words, and never a secret in them."""

import asyncio
import logging
import os
import socket
import ssl
from pathlib import Path

import pytest

import aparte
from aparte.client import JoinError, MeetingError, join
from tests.client.conftest import House, until
from tests.client.liar import Liar

SECRET = "S" * 42 + "A"
MEETING = "M" * 21 + "A"
LINK = f"https://localhost:1/m/{MEETING}#{SECRET}"


async def reason(link: str, name: str = "Ada", ca: Path | None = None) -> str:
    with pytest.raises(JoinError) as refused:
        async with asyncio.timeout(30):
            await join(link, name=name, ca=ca)
    assert str(refused.value) == refused.value.reason
    assert isinstance(refused.value, MeetingError)
    return refused.value.reason


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("", "bad-link"),
        ("https://meet.example.org/", "bad-link"),
        (LINK.partition("#")[0], "bad-link"),
        (LINK[:-1], "bad-link"),
        (LINK.replace("https", "ftp"), "bad-link"),
        (LINK.replace("https://localhost:1", "http://meet.example.org"), "insecure"),
        (LINK.replace("https://localhost:1", "http://192.0.2.1:80"), "insecure"),
    ],
)
async def test_links_that_lead_nowhere(link: str, expected: str) -> None:
    assert await reason(link) == expected


@pytest.mark.parametrize("name", ["", "  ", "x" * 65, "a\nb", "a\u202eb"])
async def test_names_that_nobody_may_have(name: str) -> None:
    assert await reason(LINK, name) == "bad-name"


async def test_no_server_there() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        assert await reason(LINK.replace(":1/", f":{taken.getsockname()[1]}/")) == "unreachable"


async def test_a_certificate_that_is_not_trusted(house: House, link: str, tmp_path: Path) -> None:
    assert await reason(link) == "certificate"
    assert await reason(link, ca=tmp_path / "none.pem") == "certificate"
    assert await reason(link.replace("localhost", "127.0.0.2"), ca=house.ca) in ("certificate", "unreachable")


async def test_the_environment_may_name_whom_to_trust(house: House, link: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", os.fspath(house.ca))
    async with join(link, name="Ada") as meeting:
        assert meeting.count == 1


async def test_a_link_with_another_secret_or_to_no_meeting(house: House, link: str) -> None:
    """Both are the same to whoever tries."""
    assert await reason(link.partition("#")[0] + "#" + SECRET, ca=house.ca) == "not-invited"
    assert await reason(link.replace(link.split("/")[-1], f"{MEETING}#{SECRET}"), ca=house.ca) == "not-invited"


@pytest.mark.promise("P15")
async def test_older_transport_is_not_spoken(house: House, link: str) -> None:
    async def never(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(house.ca, house.key)
    tls.maximum_version = ssl.TLSVersion.TLSv1_2
    server = await asyncio.start_server(never, "127.0.0.1", 0, ssl=tls)
    port = server.sockets[0].getsockname()[1]
    assert await reason(link.replace(f":{house.server.port}/", f":{port}/"), ca=house.ca) == "unreachable"
    server.close()


async def test_giving_up_while_coming_in_leaves_nothing_behind(house: House, liar: Liar, link: str) -> None:
    liar.control = lambda _: ()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await join(liar.link(link), name="Ada", ca=house.ca)
    await until(lambda: not house.server.links)


async def test_nothing_tells_a_secret(
    house: House, link: str, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither what is printed nor what is logged, at any level, holds the link's secret, a name or a key."""
    caplog.set_level(logging.DEBUG)
    secret = link.partition("#")[2]
    joining = join(link, name="Ada Lovelace", ca=house.ca)
    said = [repr(joining)]
    async with joining as meeting:
        base_key = meeting._session.group.sframe_base_key() if meeting._session.group else b""
        said += [repr(meeting), repr(meeting.frames()), repr(meeting._session), repr(meeting._session.group)]
        said += [repr(meeting._session._membership), repr(meeting._session._keys), repr(meeting._session._roster)]
    try:
        await join(link + "x", name="Ada Lovelace")
    except JoinError as error:
        said += [repr(error), str(error), repr(error.__cause__), repr(error.__context__)]
    said += [caplog.text, *capsys.readouterr()]
    everything = " ".join(said)
    for hidden in (secret, "Lovelace", base_key.hex(), repr(base_key)):
        assert hidden not in everything


def test_join_is_there_when_it_is_asked_for() -> None:
    assert aparte.join is join
    with pytest.raises(AttributeError):
        aparte.nothing  # noqa: B018
