"""The commands as processes: what they print, how they end."""

import asyncio
import json
import signal
import stat
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import httpx
import pytest

from aparte.cli.instant import Unmade, make_link
from aparte.core.policy.charter import Charter, Door, Opens
from aparte.core.policy.rights import names_of
from aparte.core.wire.b64 import b64_decode, b64_encode
from aparte.e2ee.charter import check_charter
from aparte.e2ee.keys import derive_link_keys, hash_door, parse_link
from tests.charters import own_person
from tests.server.link_client import LinkClient, TestMeeting

SECONDS = 30


class Command:
    """A running `aparte`."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def start(cls, *arguments: str) -> "Command":
        pipe = asyncio.subprocess.PIPE
        command = [sys.executable, "-m", "aparte.cli", *arguments]
        return cls(await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe))

    async def line(self) -> str:
        """The next line of standard output."""
        assert self._process.stdout is not None
        return (await asyncio.wait_for(self._process.stdout.readline(), SECONDS)).decode().rstrip("\n")

    async def until(self, start: str) -> str:
        """The rest of the first line that begins so."""
        while not (line := await self.line()).startswith(start):
            assert line, f"nothing begins with {start!r}"
        return line.removeprefix(start).strip()

    def send(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    async def end(self) -> tuple[int, str, str]:
        """Exit code, and the rest of both outputs."""
        out, err = await asyncio.wait_for(self._process.communicate(), SECONDS)
        assert self._process.returncode is not None
        return self._process.returncode, out.decode(), err.decode()

    async def kill(self) -> None:
        if self._process.returncode is None:
            self._process.kill()
            await self._process.communicate()


Run = Callable[..., Awaitable[Command]]


@pytest.fixture
async def run() -> AsyncIterator[Run]:
    """Start commands; what still runs at the end of the test is ended."""
    started: list[Command] = []

    async def start(*arguments: str) -> Command:
        started.append(await Command.start(*arguments))
        return started[-1]

    yield start
    await LinkClient.hang_up()
    for command in started:
        await command.kill()


async def test_serve_prints_a_link_and_ends_in_order(run: Run, tmp_path: Path) -> None:
    data = tmp_path / "data"
    server = await run("serve", "--port", "0", "--data", str(data))
    url = await server.until("Aparté ")
    assert url.startswith("http://localhost:")
    assert await server.until("Data ") == str(data)
    assert await server.until("Congestion ")
    assert (await server.until("Set-up ")).startswith(f"{url}/setup#")
    link = parse_link(await server.until(""))
    assert link.origin == url
    assert stat.S_IMODE(data.stat().st_mode) == 0o700
    # The link opens the door, and the server says goodbye when it is stopped.
    client = await LinkClient.open(int(url.rpartition(":")[2]))
    await client.greet(TestMeeting(link.meeting, link.secret))
    server.send(signal.SIGTERM)
    assert await client.close_code() == 4012
    code, _, errors = await server.end()
    assert (code, errors) == (0, "")


async def test_serve_ends_on_interrupt(run: Run, tmp_path: Path) -> None:
    server = await run("serve", "--port", "0", "--data", str(tmp_path), "--no-instant")
    await server.until("Congestion ")
    server.send(signal.SIGINT)
    code, out, errors = await server.end()
    assert (code, errors) == (0, "")
    assert "/m/" not in out


async def test_serve_with_a_certificate_of_its_own(run: Run, tmp_path: Path) -> None:
    server = await run("serve", "--host", "127.0.0.1", "--port", "0", "--data", str(tmp_path), "--tls", "self-signed")
    url = await server.until("Aparté ")
    assert url.startswith("https://localhost:")
    assert len((await server.until("Certificate ")).removeprefix("SHA-256 ").split(":")) == 32
    assert (await server.until("https://")).startswith("localhost:")
    with pytest.raises(httpx.ConnectError):
        async with httpx.AsyncClient() as client:
            await client.get(url)
    with pytest.raises(Unmade, match="cannot be reached"):
        await asyncio.to_thread(make_link, url)
    link = await asyncio.to_thread(make_link, url, tmp_path / "tls" / "certificate.pem")
    assert parse_link(link).origin == url


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--host", "0.0.0.0"], "needs TLS"),
        (["--host", "192.0.2.1"], "needs TLS"),
        (["--tls-cert", "none.pem"], "belong together"),
        (["--tls-cert", "none.pem", "--tls-key", "none.pem"], "no such file"),
        (["--smtp", "smtp://mail.example.org", "--smtp-from", "meetings@example.org"], "--origin"),
        (
            ["--smtp", "smtp://user:secret@mail.example.org", "--smtp-from", "meetings@example.org"],
            "APARTE_SMTP_PASSWORD",
        ),
        (["--smtp", "smtp://mail.example.org"], "--smtp-from"),
    ],
)
async def test_serve_refuses_in_one_line(run: Run, tmp_path: Path, arguments: list[str], words: str) -> None:
    server = await run("serve", "--port", "0", "--data", str(tmp_path / "data"), *arguments)
    code, out, errors = await server.end()
    assert (code, out) == (2, "")
    assert words in errors
    assert errors.count("\n") == 1
    assert not (tmp_path / "data").exists()


async def test_serve_cannot_start_on_a_port_in_use(run: Run, tmp_path: Path) -> None:
    first = await run("serve", "--port", "0", "--data", str(tmp_path / "a"), "--no-instant")
    port = (await first.until("Aparté ")).rpartition(":")[2]
    second = await run("serve", "--port", port, "--data", str(tmp_path / "b"), "--no-instant")
    code, _, errors = await second.end()
    assert (code, errors) == (1, "aparte: cannot start: Address already in use\n")


@pytest.mark.parametrize("url", ["ftp://localhost", "localhost:8080", "http://localhost:1/path", "http://"])
async def test_instant_wants_an_address(url: str) -> None:
    with pytest.raises(Unmade, match="not the address"):
        make_link(url)


async def test_instant_without_a_server(run: Run) -> None:
    command = await run("instant", "http://127.0.0.1:1")
    code, out, errors = await command.end()
    assert (code, out) == (1, "")
    assert errors == "aparte: http://127.0.0.1:1 cannot be reached (ConnectionRefusedError)\n"


async def made_at(answers: list[tuple[int, bytes]]) -> tuple[str, list[bytes]]:
    """What comes of a server that answers so, one after the other: an error's words or a link, and the bodies."""
    asked: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        sizes = [int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")]
        status, body = answers[len(asked)]
        asked.append(await reader.readexactly(sum(sizes)))
        writer.write(b"HTTP/1.1 %d X\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % (status, len(body)) + body)
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        return await asyncio.to_thread(make_link, f"http://127.0.0.1:{port}"), asked
    except Unmade as error:
        return str(error), asked
    finally:
        server.close()
        await server.wait_closed()


HOUSE_KEY = own_person("the house").key.public
HOUSE = (200, json.dumps({"house_key": b64_encode(HOUSE_KEY)}).encode())


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((429, b'{"reason":"too-many"}'), "made no meeting (too-many)"),
        ((500, b"[]"), "made no meeting (500)"),
        ((200, b"{}"), "made no meeting (200)"),
        ((500, b"nonsense"), "made no meeting (500)"),
    ],
)
async def test_instant_with_a_server_that_makes_none(answer: tuple[int, bytes], words: str) -> None:
    said, asked = await made_at([HOUSE, answer])
    assert said.endswith(words)
    assert len(asked) == 2


@pytest.mark.parametrize(
    "body",
    [b"nonsense", b"[]", b"{}", b'{"house_key":1}', b'{"house_key":"AA"}', b'{"house_key":"' + b"A" * 43 + b'"}'],
)
async def test_instant_with_a_server_without_a_house(body: bytes) -> None:
    said, asked = await made_at([(200, body)])
    assert said.endswith("does not say which key certifies its accounts")
    assert asked == [b""], "nothing is sent to it"


async def test_what_instant_sends() -> None:
    """Id, hash of the door and charter: a meeting among equals, whose organiser nobody is."""
    (text, asked), (_, again) = [await made_at([HOUSE, (201, b"{}")]) for _ in range(2)]
    link = parse_link(text)
    keys = derive_link_keys(link.secret, link.meeting)
    sent = {name: b64_decode(value) for name, value in json.loads(asked[1]).items()}
    charter = Charter.read(sent.pop("charter"))
    assert sent == {"meeting": link.meeting, "door_hash": hash_door(keys.door)}
    check_charter(keys.charter_key, link.meeting, charter)
    assert (charter.house_key, charter.level, charter.door, charter.opens) == (HOUSE_KEY, 1, Door.OPEN, Opens.ANYBODY)
    assert set(names_of(charter.everybody)) == {
        *("sound:send", "camera:send", "screen:send", "file:send", "chat:send", "board:draw"),
        *("person:admit", "person:remove", "door:change"),
    }
    other = Charter.read(b64_decode(json.loads(again[1])["charter"]))
    assert set(charter.organisers).isdisjoint(other.organisers)
    assert link.secret not in b"".join(asked)


async def test_the_servers_process_never_loads_the_code_that_could_decrypt() -> None:
    """Only the instant command, which is a client, reaches it."""
    check = (
        "import sys, aparte.cli, aparte.cli.serve, aparte.server.serve;"
        "assert not [name for name in sys.modules if name.startswith('aparte.e2ee')]"
    )
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", check)
    assert await process.wait() == 0
