"""HTTP connections of clients that do not behave."""

import asyncio
import logging
from dataclasses import replace

import pytest
from fastapi import FastAPI, Response

from aparte.server.config import Limits
from aparte.server.http.connection import HttpServer
from tests.server.conftest import Running
from tests.server.raw_client import RawClient


@pytest.mark.promise("P20")
async def test_whoever_does_not_read_keeps_no_connection() -> None:
    """An answer that nobody reads holds memory and a place for as long as a response may take, and no longer."""
    app = FastAPI()
    app.add_api_route("/", lambda: Response(bytes(16_000_000)))
    http = HttpServer(app, replace(Limits(), response_seconds=0.3), [])
    lost = asyncio.Event()
    port = await asyncio.get_running_loop().create_server(lambda: http.connection(lost.set), "127.0.0.1", 0)
    async with port:
        reader, writer = await asyncio.open_connection(*port.sockets[0].getsockname(), limit=1_024)
        writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        await asyncio.wait_for(lost.wait(), 10)
        writer.close()
        assert not reader.at_eof()


async def test_strangers_do_not_fill_the_log(plain: Running, caplog: pytest.LogCaptureFixture) -> None:
    client = await RawClient.open(plain.port)
    client.send("GET /x HTTP/1.1\r\nHost: localhost\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n")
    assert (await client.response())[0] == 404
    client.close()
    client = await RawClient.open(plain.port)
    client.send("no request\r\n\r\n")
    assert (await client.response())[0] == 400
    client.close()
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
