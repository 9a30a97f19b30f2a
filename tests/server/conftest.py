"""A server in this process, and ways to it."""

import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from aparte.server.config import Config, Limits
from aparte.server.serve import Server


@dataclass
class Running:
    """A server that listens on a free port of this machine."""

    server: Server
    data: Path

    @property
    def port(self) -> int:
        return self.server.port

    @property
    def url(self) -> str:
        return f"{'https' if self.server.config.encrypted else 'http'}://localhost:{self.port}"

    @property
    def tls(self) -> ssl.SSLContext | None:
        """What a client needs to trust the server's own certificate."""
        if self.server.certificate is None:
            return None
        return ssl.create_default_context(cafile=self.server.certificate)


# Many meetings are made from one address here.
LIMITS = Limits(meetings_a_minute=10_000)


@pytest.fixture
async def plain(tmp_path: Path) -> AsyncIterator[Running]:
    """A server on loopback without TLS."""
    server = Server(Config(port=0, data=tmp_path / "data", limits=LIMITS))
    await server.start()
    yield Running(server, tmp_path / "data")
    await server.stop()


@pytest.fixture
async def secure(tmp_path: Path) -> AsyncIterator[Running]:
    """A server with TLS and a certificate of its own."""
    server = Server(Config(port=0, data=tmp_path / "data", self_signed=True, limits=LIMITS))
    await server.start()
    yield Running(server, tmp_path / "data")
    await server.stop()
