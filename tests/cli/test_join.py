"""``aparte join`` as a process in a real meeting: what it shows, what it sends, how it ends."""

import asyncio
import os
import pty
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from aparte.cli.join import LINK_VARIABLE
from aparte.cli.join.sources import SourceError, open_sources
from aparte.client import Meeting, join
from aparte.client.media import PatternPictures, ToneSound, pictures, publish, read_code, sound
from aparte.e2ee.content import Client
from tests.client.conftest import SECONDS, House, house, houses, link, until
from tests.client.media.clips import find, loudest, write_clip

__all__ = ["house", "houses", "link"]


class Joined:
    """A running `aparte join`."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.lines: list[str] = []

    @classmethod
    async def start(cls, *arguments: str, link: str | None = None, typed: str = "") -> "Joined":
        """Run it with the link in the environment, or with something on standard input."""
        pipe = asyncio.subprocess.PIPE
        environment = {name: value for name, value in os.environ.items() if name != LINK_VARIABLE}
        if link is not None:
            environment[LINK_VARIABLE] = link
        command = [sys.executable, "-m", "aparte.cli", "join", *arguments]
        process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, stderr=pipe, env=environment)
        assert process.stdin is not None
        process.stdin.write(typed.encode())
        process.stdin.close()
        return cls(process)

    async def until(self, pattern: str) -> re.Match[str]:
        """The first line from here on in which this is found."""
        assert self._process.stdout is not None
        async with asyncio.timeout(SECONDS):
            while line := (await self._process.stdout.readline()).decode():
                self.lines.append(line.rstrip("\n"))
                if found := re.search(pattern, line):
                    return found
        raise AssertionError(f"nothing like {pattern!r} in {self.lines}: {(await self.end())[1]}")

    def send(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    async def end(self) -> tuple[int, str]:
        """Exit code and standard error."""
        out, err = await asyncio.wait_for(self._process.communicate(), SECONDS)
        self.lines += out.decode().splitlines()
        assert self._process.returncode is not None
        return self._process.returncode, err.decode()

    async def kill(self) -> None:
        if self._process.returncode is None:
            self._process.kill()
            await self._process.communicate()


Run = Callable[..., Awaitable[Joined]]


@pytest.fixture
async def run() -> AsyncIterator[Run]:
    """Start commands; what still runs at the end of the test is ended."""
    started: list[Joined] = []

    async def start(*arguments: str, link: str | None = None, typed: str = "") -> Joined:
        started.append(await Joined.start(*arguments, link=link, typed=typed))
        return started[-1]

    yield start
    for command in started:
        await command.kill()


@pytest.fixture
async def ada(house: House, link: str) -> AsyncIterator[Meeting]:
    """Somebody who is in the meeting already."""
    async with AsyncExitStack() as stack:
        yield await stack.enter_async_context(join(link, name="Ada", ca=house.ca))


async def test_it_shows_the_code_and_the_people_and_leaves_on_interrupt(
    house: House, link: str, ada: Meeting, run: Run
) -> None:
    command = await run("--name", "Terminal", "--ca", str(house.ca), link=link)
    person = await find(ada, "Terminal")
    await until(lambda: next(p for p in ada.people if p.name == "Terminal").client is Client.PYTHON)
    code = (await command.until(r"^code +((\d{5} ?){6})$"))[1]
    assert code.strip() == ada.epoch_code
    said = "\n".join(command.lines)
    assert "sends     no pictures and no sound; that it is a Python program" in said
    assert "hears     pictures and sound of the others are not opened" in said
    assert re.search(rf"^there     Ada \(leaf 0, .* key {ada.me.fingerprint}\)$", said, re.MULTILINE)
    assert re.search(
        rf"^there     Terminal \(leaf 1, you, Python program, .*{person.fingerprint}\)$", said, re.MULTILINE
    )
    # Somebody comes and goes: every change of keys shows another code.
    async with join(link, name="Bob", ca=house.ca):
        await command.until("^joined    Bob ")
        assert (await command.until(r"^code +(.*)$"))[1] != code
    await command.until("^gone      Bob ")
    await command.until("^code ")
    command.send(signal.SIGINT)
    assert await command.end() == (0, "")
    assert command.lines[-1] == "left"
    await until(lambda: [person.name for person in ada.people] == ["Ada"])


async def test_it_sends_a_file_and_says_what(house: House, link: str, ada: Meeting, run: Run, tmp_path: Path) -> None:
    clip = str(write_clip(tmp_path / "clip.webm", 1.0))
    arguments = [
        "--name",
        "Film",
        "--ca",
        str(house.ca),
        "--video",
        clip,
        "--audio",
        clip,
        "--loop",
        "--stats",
    ]
    command = await run(*arguments, link=link)
    film = await find(ada, "Film")
    async with asyncio.timeout(SECONDS):
        marks = []
        async for picture in pictures(ada, film):
            marks.append(read_code(picture.rgb())[0])
            if len(marks) == 40:
                break
        async for samples in sound(ada, film):
            if abs(samples.pcm).max() > 0.15:
                assert abs(loudest(samples.pcm[:, 0]) - 1000) < 60
                break
    assert set(marks) == {7}
    await command.until(r"^sent      pictures [1-9]\d*, \d+ kB; left out: ")
    assert (
        f"sends     pictures of {clip} (VP9, at most 1280x720 and 30 a second) and sound of {clip} (Opus, 32 kbit/s); "
        in ("\n".join(command.lines))
    )
    command.send(signal.SIGTERM)
    assert await command.end() == (0, "")


async def test_it_counts_what_others_send(house: House, link: str, ada: Meeting, run: Run) -> None:
    command = await run("--name", "Counter", "--ca", str(house.ca), "--stats", link=link)
    await find(ada, "Counter")
    async with publish(ada, PatternPictures(1, 320, 180), ToneSound()):
        line = r"^receives  Ada: pictures ([\d.]+)/s (\d+) kbit/s VP9 320x180; sound ([\d.]+)/s (\d+) kbit/s$"
        await command.until(line)
        found = await command.until(line)
        assert 5 < float(found[1]) < 40
        assert 35 < float(found[3]) < 65
        assert 22 <= int(found[4]) <= 42
        await command.until(r"^epoch     \d+, 2 people$")
        await command.until(r"^dropped   ")
    said = "\n".join(command.lines)
    assert "opened and counted, not decoded, played or kept" in said
    command.send(signal.SIGINT)
    assert await command.end() == (0, "")


async def test_a_file_that_ends_ends_the_sending_only(
    house: House, link: str, ada: Meeting, run: Run, tmp_path: Path
) -> None:
    clip = str(write_clip(tmp_path / "clip.webm", 0.3, sound=None))
    command = await run("--name", "Short", "--ca", str(house.ca), "--video", clip, link=link)
    await command.until("^sending ended$")
    assert any(person.name == "Short" for person in ada.people)
    command.send(signal.SIGINT)
    assert await command.end() == (0, "")


@pytest.mark.parametrize("how", ["argument", "dash", "input", "environment"])
async def test_the_link_is_taken_from_where_it_is_given(house: House, link: str, run: Run, how: str) -> None:
    arguments = ["--name", "Terminal", "--ca", str(house.ca)]
    match how:
        case "argument":
            command = await run(*arguments, link, link="nothing of use")
        case "dash":
            command = await run(*arguments, "-", link="nothing of use", typed=link + "\n")
        case "input":
            command = await run(*arguments, typed=link + "\n")
        case _:
            command = await run(*arguments, link=link, typed="nothing of use\n")
    await command.until("^code ")
    command.send(signal.SIGINT)
    assert await command.end() == (0, "")
    assert link.partition("#")[2] not in "\n".join(command.lines)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--name", "X"], "bad-link"),
        (["--name", "\u202egnirts", "--ca", "CERTIFICATE"], "bad-name"),
        (["--name", "X", "--video", "none.webm"], "video: not-found"),
    ],
)
async def test_wrong_words_end_with_2(house: House, link: str, run: Run, arguments: list[str], reason: str) -> None:
    words = [word.replace("CERTIFICATE", str(house.ca)) for word in arguments]
    command = await run(*words, link=link if reason != "bad-link" else "https://localhost/m/nonsense")
    assert await command.end() == (2, f"aparte: {reason}\n")
    assert command.lines == []


def test_files_and_devices_that_do_not_serve_say_why(tmp_path: Path) -> None:
    text = tmp_path / "text"
    text.write_text("text")
    silent = write_clip(tmp_path / "silent.webm", 0.1, sound=None)
    cases = [
        ("/dev/video99", None, "video: not-found"),
        (str(text), None, "video: not-media"),
        (str(silent), str(silent), "audio: no-sound"),
        (None, "alsa:no such microphone", "audio: not-found"),
        (None, str(tmp_path), "audio: not-found"),
    ]
    for video, audio, reason in cases:
        with pytest.raises(SourceError, match=f"^{reason}$"):
            open_sources(video, audio, loop=False)


async def test_whoever_cannot_enter_ends_with_3(house: House, link: str, run: Run) -> None:
    port = re.search(r":(\d+)/", link)
    assert port is not None
    cases = [
        (link[:-6] + "AAAAAA", [str(house.ca)], "not-invited"),
        (link, [], "certificate"),
        (link.replace(port[1], "1"), [str(house.ca)], "unreachable"),
    ]
    for given, ca, reason in cases:
        command = await run("--name", "X", *(["--ca", ca[0]] if ca else []), link=given)
        code, errors = await command.end()
        assert (code, errors) == (3, f"aparte: {reason}\n")
        assert link.partition("#")[2][:-6] not in errors


async def serve(data: Path, *arguments: str) -> tuple[asyncio.subprocess.Process, str]:
    """A server without TLS on this machine, and the last line of its greeting."""
    command = [sys.executable, "-m", "aparte.cli", "serve", "--data", str(data), *arguments]
    server = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
    assert server.stdout is not None
    last = b"/m/" if "--no-instant" not in arguments else b"Congestion"
    async with asyncio.timeout(SECONDS):
        while last not in (line := await server.stdout.readline()):
            assert line
    return server, line.decode().strip()


async def test_a_meeting_that_is_no_more_ends_with_4(tmp_path: Path, run: Run) -> None:
    """The server goes, and comes back without the meeting."""
    server, link = await serve(tmp_path / "first", "--port", "0")
    port = re.search(r":(\d+)/", link)
    assert port is not None
    command = await run("--name", "Last", link=link)
    await command.until("^code ")
    server.terminate()
    await server.communicate()
    await command.until("^cut ")
    server, _ = await serve(tmp_path / "second", "--port", port[1], "--no-instant")
    try:
        assert await command.end() == (4, "aparte: not-invited\n")
    finally:
        server.terminate()
        await server.communicate()


async def test_without_the_extra_packages_one_can_be_there_and_is_told(house: House, link: str, tmp_path: Path) -> None:
    """PyAV and NumPy are needed to send, and for nothing else."""
    (tmp_path / "av.py").write_text("raise ImportError")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), LINK_VARIABLE: link}
    command = [sys.executable, "-m", "aparte.cli", "join", "--name", "X", "--ca", str(house.ca)]
    told = await asyncio.create_subprocess_exec(*command, "--video", "test", stderr=subprocess.PIPE, env=environment)
    _, err = await asyncio.wait_for(told.communicate(), SECONDS)
    assert (told.returncode, err.decode()) == (
        2,
        "aparte: no-media: install aparte[client] to send pictures or sound\n",
    )
    there = Joined(
        await asyncio.create_subprocess_exec(
            *command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, env=environment
        )
    )
    try:
        await there.until("^code ")
        there.send(signal.SIGINT)
        assert await there.end() == (0, "")
    finally:
        await there.kill()


async def test_a_terminal_gets_a_table(house: House, link: str, ada: Meeting) -> None:
    """Names are shown as they are, never as markup; the cursor is there again at the end."""
    main, other = pty.openpty()
    command = [
        sys.executable,
        "-m",
        "aparte.cli",
        "join",
        "--name",
        "[bold]Tty",
        "--ca",
        str(house.ca),
        "--stats",
    ]
    environment = {**os.environ, LINK_VARIABLE: link, "TERM": "xterm", "COLUMNS": "200", "LINES": "50"}
    process = await asyncio.create_subprocess_exec(*command, stdin=other, stdout=other, stderr=other, env=environment)
    os.close(other)
    shown = bytearray()

    def read() -> None:
        while True:
            try:
                piece = os.read(main, 65_536)
            except OSError:
                return
            if not piece:
                return
            shown.extend(piece)

    reading = asyncio.create_task(asyncio.to_thread(read))
    try:
        await find(ada, "[bold]Tty")
        await until(lambda: ada.epoch_code.encode() in shown and b"Ctrl-C leaves" in shown)
        process.send_signal(signal.SIGINT)
        assert await asyncio.wait_for(process.wait(), SECONDS) == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        await reading
        os.close(main)
    text = shown.decode()
    assert "[bold]Tty (you)" in text
    assert "Pictures/s" in text
    assert "\x1b[?25h" in text[text.rindex("Ctrl-C leaves") :]


async def test_the_help_warns_of_links_as_arguments() -> None:
    command = [sys.executable, "-m", "aparte.cli", "join", "--help"]
    process = await asyncio.create_subprocess_exec(
        *command, stdout=subprocess.PIPE, env={**os.environ, "COLUMNS": "200"}
    )
    out, _ = await asyncio.wait_for(process.communicate(), SECONDS)
    words = " ".join(out.decode().replace("│", " ").split())
    assert "Everybody on this machine can read an argument with ps" in words
    assert LINK_VARIABLE in words
