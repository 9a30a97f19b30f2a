"""Nobody else is asked for anything, by page or server, and a meeting works where there is nobody else."""

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser

from tests.browser.conftest import Server
from tests.browser.people import enter
from tests.browser.test_meeting import hears, sees

pytestmark = pytest.mark.browser


def peers(pid: int) -> Iterator[str]:
    """The far addresses of every TCP and UDP socket of a process, as the kernel lists them, in hexadecimal."""
    inodes = set()
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        try:
            inodes.add(os.readlink(entry).removeprefix("socket:[").rstrip("]"))
        except OSError:  # closed while we looked
            continue
    for table in ("tcp", "tcp6", "udp", "udp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[9] in inodes:
                yield f"{table} {fields[2].rpartition(':')[0]}"


@pytest.mark.shows("A36")
@pytest.mark.promise("P25")
async def test_a_meeting_speaks_to_its_own_origin_only(browser: Browser, server: Server) -> None:
    link = server.instant_link()
    asked: list[str] = []
    alice = await enter(browser, link, "Alice", 1, asked=asked)
    bob = await enter(browser, link, "Bob", 2, asked=asked)
    await sees(alice, bob)
    await hears(bob, alice)
    await alice.page.get_by_test_id("security").click()
    await alice.page.get_by_test_id("people").click()
    origins = {urlsplit(url).netloc for url in asked if urlsplit(url).scheme not in {"blob", "data"}}
    assert origins == {f"localhost:{server.port}"}
    assert any(url.startswith("ws://") for url in asked)
    # The server: one listening socket and links on loopback; not a name server, not a time server, no UDP at all.
    far = set(peers(server.pid))
    loopback = {"0100007F", "00000000", "0000000000000000FFFF00000100007F", "0" * 32, "0" * 24 + "01000000"}
    assert {entry.split()[1] for entry in far} <= loopback
    assert not any(entry.startswith("udp") for entry in far)


INSIDE = ["unshare", "--net", "--map-root-user"]
LOOPBACK_UP = """
import fcntl, socket, struct
fcntl.ioctl(socket.socket(), 0x8914, struct.pack("16sh14x", b"lo", 0x49))  # SIOCSIFFLAGS: up, loopback, running
"""


def isolation() -> bool:
    """Whether this machine allows a network name space of one's own."""
    if shutil.which("unshare") is None:
        return False
    return subprocess.run([*INSIDE, "true"], capture_output=True, check=False).returncode == 0


@pytest.mark.shows("A17")
async def test_a_meeting_works_with_no_way_out(tmp_path: Path) -> None:
    # Nothing but loopback is in the name space; server, browsers and test run inside it.
    if not isolation():
        assert os.environ.get("CI") != "true", "this machine allows no network name space"
        pytest.skip("this machine allows no network name space")
    test = "tests/browser/test_meeting.py::test_two_people_see_and_hear_each_other"
    run_test = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--basetemp", str(tmp_path / "t"), test]
    script = f"{LOOPBACK_UP}\nimport os\nos.execv({sys.executable!r}, {run_test!r})"
    environment = {key: value for key, value in os.environ.items() if key != "APARTE_EVIDENCE"}
    run = await asyncio.create_subprocess_exec(
        *INSIDE,
        sys.executable,
        "-c",
        script,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await run.communicate()
    assert run.returncode == 0, said.decode()
    assert b"1 passed" in said
