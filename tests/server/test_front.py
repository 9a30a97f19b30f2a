"""One port: pages, API and links side by side, whatever else knocks on it."""

import asyncio
import os
import socket

import httpx
import pytest
from picows import WSError

from aparte.core.wire.control import Ping, encode_client
from tests.server.conftest import Running, Start
from tests.server.link_client import LinkClient, TestMeeting, members
from tests.server.raw_client import UPGRADE, RawClient


@pytest.mark.shows("A30")
async def test_pages_api_and_links_share_one_port_under_load(secure: Running) -> None:
    """One listening TCP socket, no UDP, and each kind of traffic goes on while the others are busy."""
    meeting = await TestMeeting.make(secure.url, secure.server.certificate)
    a, *others = await members(secure.port, meeting, 5, secure.tls)
    sent = 150

    async def talk() -> None:
        for _ in range(sent):
            a.binary(a.sound())
            await asyncio.sleep(0)
            for other in others:
                await other.frame()

    async def browse() -> int:
        async with httpx.AsyncClient(verify=secure.tls or True) as client:
            answers = [await client.get(f"{secure.url}/api/health") for _ in range(40)]
        return sum(answer.status_code == 200 for answer in answers)

    async def meet() -> None:
        for _ in range(5):
            other = await TestMeeting.make(secure.url, secure.server.certificate)
            for link in await members(secure.port, other, 2, secure.tls):
                link.drop()

    _, one, two, _ = await asyncio.gather(talk(), browse(), browse(), meet())
    assert (one, two) == (40, 40)
    assert _listening_ports(secure.port) == {("tcp", secure.port)}


def _listening_ports(port: int) -> set[tuple[str, int]]:
    """The listening TCP sockets and all UDP sockets of this process."""
    inodes = _own_sockets()
    found = set()
    for kind in ("tcp", "tcp6", "udp", "udp6"):
        with open(f"/proc/net/{kind}") as table:
            for row in list(table)[1:]:
                fields = row.split()
                listening = fields[3] == "0A" or kind.startswith("udp")
                if listening and fields[9] in inodes:
                    found.add((kind[:3], int(fields[1].rpartition(":")[2], 16)))
    return found


def _own_sockets() -> set[str]:
    links = []
    for name in os.listdir("/proc/self/fd"):
        try:
            links.append(os.readlink(f"/proc/self/fd/{name}"))
        except FileNotFoundError:
            continue
    return {link[8:-1] for link in links if link.startswith("socket:[")}


async def test_keep_alive(plain: Running) -> None:
    client = await RawClient.open(plain.port)
    for _ in range(3):
        client.send("GET /api/health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        status, _, body = await client.response()
        assert (status, body) == (200, b'{"status":"ok"}')
    client.close()


async def test_a_head_in_single_bytes(plain: Running) -> None:
    client = await RawClient.open(plain.port)
    for byte in b"GET /api/health HTTP/1.1\r\nHost: localhost\r\n\r\n":
        client.send(bytes([byte]))
        await asyncio.sleep(0)
    assert (await client.response())[0] == 200
    client.close()


async def test_frames_in_the_same_packet_as_the_upgrade(plain: Running) -> None:
    client = await RawClient.open(plain.port)
    text = encode_client(Ping(n=1)).encode()
    client.send(UPGRADE.format(port=plain.port, more="").encode() + bytes([0x81, 0x80 | len(text), 0, 0, 0, 0]) + text)
    assert (await client.head()).startswith("HTTP/1.1 101 ")
    # A ping before hello is out of state: the server has read it.
    assert b'"out-of-state"' in await client.end()
    client.close()


async def test_no_compression_is_agreed_upon(plain: Running) -> None:
    """Compressing what is sealed gains nothing, and compressing control messages could tell what is in them."""
    client = await RawClient.open(plain.port)
    client.send(UPGRADE.format(port=plain.port, more="Sec-WebSocket-Extensions: permessage-deflate\r\n"))
    assert "permessage-deflate" not in await client.head()
    client.close()


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://localhost:{port}", 101),
        ("https://localhost:{port}", 403),
        ("http://localhost", 403),
        ("http://localhost.evil.example:{port}", 403),
        ("http://user@localhost:{port}", 403),
        ("http://localhost:{port}/", 403),
        ("null", 403),
        ("", 403),
        ("http://[", 403),
    ],
)
async def test_links_are_for_pages_of_this_host(plain: Running, origin: str, status: int) -> None:
    client = await RawClient.open(plain.port)
    client.send(UPGRADE.format(port=plain.port, more=f"Origin: {origin.format(port=plain.port)}\r\n"))
    head = await client.head()
    assert head.startswith(f"HTTP/1.1 {status} ")
    if status == 403:
        assert "content-security-policy" in head
        assert await client.end() == b'{"reason":"wrong-origin"}'
    client.close()


@pytest.mark.parametrize(
    ("host", "known"),
    [
        ("Host: localhost\r\n", True),
        ("Host: LOCALHOST:1\r\n", True),
        ("Host: 127.0.0.1:8080\r\n", True),
        ("Host: [::1]:65535\r\n", True),
        ("Host: rebound.example\r\n", False),
        ("Host: localhost.rebound.example\r\n", False),
        ("Host: localhost:\r\n", False),
        ("Host: 127.0.0.2\r\n", False),
        ("Host: user@localhost\r\n", False),
        ("Host: \r\n", False),
        ("Host: localhost\r\nHost: rebound.example\r\n", False),
        ("", False),
    ],
)
async def test_without_tls_the_host_is_this_machine(plain: Running, host: str, known: bool) -> None:
    """A name that is made to point to this machine opens neither pages nor links (DNS rebinding)."""
    origin = host.removeprefix("Host: ").partition("\r\n")[0]
    link = await RawClient.open(plain.port)
    upgrade = UPGRADE.replace("Host: localhost:{port}\r\n", host).format(more=f"Origin: http://{origin}\r\n")
    link.send(upgrade)
    if known:
        assert (await link.head()).startswith("HTTP/1.1 101 ")
    else:
        status, headers, body = await link.response()
        assert (status, body) == (421, b'{"reason":"misdirected"}')
        assert "content-security-policy" in headers
    link.close()
    pages = await RawClient.open(plain.port)
    # The second request of a connection is looked at like the first one.
    pages.send("GET /api/health HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert (await pages.response())[0] == 200
    pages.send(f"GET /api/health HTTP/1.1\r\n{host}\r\n")
    status, headers, body = await pages.response()
    assert status == (200 if known else 421)
    assert known or body == b'{"reason":"misdirected"}'
    assert "content-security-policy" in headers
    pages.close()


async def test_with_tls_the_certificate_names_the_host(secure: Running) -> None:
    client = await RawClient.open(secure.port, secure.tls)
    client.send("GET /api/health HTTP/1.1\r\nHost: meet.example\r\n\r\n")
    assert (await client.response())[0] == 200
    client.close()


async def test_two_origins(plain: Running) -> None:
    origin = f"Origin: http://localhost:{plain.port}\r\n"
    client = await RawClient.open(plain.port)
    client.send(UPGRADE.format(port=plain.port, more=origin + origin))
    assert (await client.head()).startswith("HTTP/1.1 403 ")
    client.close()


@pytest.mark.parametrize(
    "request_text",
    [
        "GET /link HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "POST /link HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nContent-Length: 0\r\n\r\n",
        "GET /other HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
    ],
)
async def test_what_asks_for_no_link_gets_http(plain: Running, request_text: str) -> None:
    client = await RawClient.open(plain.port)
    client.send(request_text)
    assert (await client.response())[0] in (404, 405)
    client.close()


@pytest.mark.parametrize(
    "garbage", [b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", b"\r\n\r\n", b"GET\r\n\r\n", b"A B C\r\n\r\n"]
)
async def test_garbage(start: Start, garbage: bytes) -> None:
    running = await start(head_seconds=0.2)
    client = await RawClient.open(running.port)
    client.send(garbage)
    answer = await client.end()
    assert answer == b"" or answer.startswith(b"HTTP/1.1 400 ")
    client.close()


async def test_an_endless_head(plain: Running) -> None:
    client = await RawClient.open(plain.port)
    client.send(b"GET / HTTP/1.1\r\n" + b"X: " + b"x" * 20_000)
    assert (await client.head()).startswith("HTTP/1.1 431 ")
    client.close()


async def test_an_endless_head_of_a_second_request(start: Start) -> None:
    running = await start(head_seconds=60)
    client = await RawClient.open(running.port)
    client.send("GET /api/health HTTP/1.1\r\nHost: localhost\r\n\r\n")
    await client.response()
    client.send(b"GET / HTTP/1.1\r\nX: " + b"x" * 40_000)
    assert await client.end() == b""
    client.close()


@pytest.mark.parametrize("head", ["", "GET /api", "GET /api/health HTTP/1.1\r\nHost: x\r\n"])
async def test_a_head_that_does_not_end(start: Start, head: str) -> None:
    running = await start(head_seconds=0.1)
    client = await RawClient.open(running.port)
    client.send(head)
    assert await client.end() == b""
    client.close()


async def test_a_head_of_a_second_request_that_does_not_end(start: Start) -> None:
    running = await start(head_seconds=0.1)
    client = await RawClient.open(running.port)
    client.send("GET /api/health HTTP/1.1\r\nHost: localhost\r\n\r\n")
    await client.response()
    client.send("GET /api")
    assert await client.end() == b""
    client.close()


async def test_empty_lines_after_a_request(start: Start) -> None:
    running = await start(head_seconds=0.1)
    client = await RawClient.open(running.port)
    client.send("GET /api/health HTTP/1.1\r\nHost: localhost\r\n\r\n")
    await client.response()
    client.send("\r\n")
    assert await client.end() == b""
    client.close()


async def test_a_body_that_does_not_end(start: Start) -> None:
    running = await start(body_seconds=0.1)
    client = await RawClient.open(running.port)
    client.send("POST /api/meetings HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{")
    assert await client.end() == b""
    client.close()


@pytest.mark.promise("P20")
@pytest.mark.parametrize("self_signed", [False, True])
async def test_half_open_connections_keep_nobody_out(start: Start, self_signed: bool) -> None:
    """Two thousand silent sockets, four times as many as may be half open: pages and links go on."""
    running = await start(self_signed=self_signed)
    meeting = await TestMeeting.make(running.url, running.server.certificate)
    a, b = await members(running.port, meeting, 2, running.tls)
    silent = []
    for _ in range(2_000):
        knocking = socket.socket()
        knocking.setblocking(False)
        knocking.connect_ex(("127.0.0.1", running.port))
        silent.append(knocking)
        if len(silent) % 100 == 0:
            a.binary(frame := a.sound())
            assert await b.frame() == frame
    newcomer = await LinkClient.open(running.port, running.tls)
    await newcomer.greet(meeting)
    async with httpx.AsyncClient(verify=running.tls or True) as client:
        assert (await client.get(f"{running.url}/api/health")).status_code == 200
    for knocking in silent:
        knocking.close()


async def test_no_more_connections_than_allowed(start: Start) -> None:
    running = await start(connections=3)
    held = [await LinkClient.open(running.port) for _ in range(3)]
    refused = await RawClient.open(running.port)
    refused.send("GET /api/health HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert await refused.end() == b""
    refused.close()
    held[0].drop()
    await held[0].close_code()
    meeting = await TestMeeting.make(running.url)
    assert meeting.id


@pytest.mark.parametrize("self_signed", [False, True])
async def test_no_more_connections_from_one_address_than_allowed(
    start: Start, monkeypatch: pytest.MonkeyPatch, self_signed: bool
) -> None:
    """However a connection ends, it leaves its place."""
    monkeypatch.setattr("aparte.server.front.network", lambda _address: "192.0.2.1")
    running = await start(self_signed=self_signed, connections_an_address=3)
    for _ in range(2):
        silent = [socket.create_connection(("localhost", running.port)) for _ in range(3)]
        refused = socket.create_connection(("localhost", running.port))
        refused.settimeout(10)
        assert await asyncio.to_thread(refused.recv, 1) == b""
        for knocking in (*silent, refused):
            knocking.close()
        held = [await _place(running) for _ in range(3)]
        for link in held:
            link.drop()


async def _place(running: Running) -> LinkClient:
    """A link, as soon as an earlier connection has left its place."""
    async with asyncio.timeout(10):
        while True:
            try:
                return await LinkClient.open(running.port, running.tls)
            except (OSError, WSError):
                await asyncio.sleep(0)
