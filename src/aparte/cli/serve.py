"""``aparte serve``: start, say where, wait for a signal, stop."""

import asyncio
import os
import signal
import subprocess
import sys

import uvloop

from aparte.cli.account import build_setup_link
from aparte.server import log
from aparte.server.config import Config, is_loopback
from aparte.server.memory import give_back
from aparte.server.serve import Server
from aparte.server.tls import fingerprint

_ANY = ("", "0.0.0.0", "::")  # noqa: S104 (compared, not bound)


def serve(config: Config, instant: bool) -> int:
    """Run until SIGTERM or SIGINT. Returns the exit code: 0, 1 when it cannot start, 2 for settings that exclude it."""
    objection = config.objection()
    if objection is not None:
        print(f"aparte: {objection}", file=sys.stderr)
        return 2
    # What the server writes is for its own account only.
    os.umask(0o077)
    log.configure()
    give_back()
    try:
        return uvloop.run(_serve(config, instant))
    except OSError as error:
        print(f"aparte: cannot start: {error.strerror or error}", file=sys.stderr)
        return 1


async def _serve(config: Config, instant: bool) -> int:
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    server = Server(config)
    await server.start()
    for line in _greeting(server):
        print(line, flush=True)
    making = _make_meeting(server) if instant else None
    await stopping.wait()
    await server.stop()
    if making is not None and making.poll() is None:
        making.terminate()
    return 0


def address(server: Server) -> str:
    """The URL under which this machine reaches the server."""
    config = server.config
    host = "localhost" if config.host in _ANY or is_loopback(config.host) else config.host
    bracketed = f"[{host}]" if ":" in host else host
    return f"{'https' if config.encrypted else 'http'}://{bracketed}:{server.port}"


def _greeting(server: Server) -> list[str]:
    lines = [
        f"Aparté        {address(server)}",
        f"Data          {server.config.data.resolve()}",
        f"Congestion    {server.congestion}",
    ]
    if server.config.self_signed and server.certificate is not None:
        lines.append(f"Certificate   SHA-256 {fingerprint(server.certificate)}")
    if server.setup_ticket is not None:
        origin = server.config.origin or address(server)
        link = build_setup_link(origin, server.setup_ticket, first=True)
        lines.append(f"Set-up        {link} (24 hours; nobody is administrator)")
    if server.congestion != "bbr":
        lines.append("Warning       without BBR, sound suffers on lossy networks: modprobe tcp_bbr (docs/operate)")
    return lines


def _make_meeting(server: Server) -> subprocess.Popen[bytes]:
    """Let a client of its own make the meeting: the link secret never exists in this process."""
    command = [sys.executable, "-m", "aparte.cli", "instant", address(server)]
    if server.config.self_signed and server.certificate is not None:
        command += ["--trust", str(server.certificate)]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL)  # noqa: S603
