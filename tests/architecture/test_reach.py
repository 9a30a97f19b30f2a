"""What a running server has in memory: the import rule, asked of the interpreter."""

import json
import subprocess
import sys

import pytest

LIST_MODULES = """
import importlib, json, pkgutil, sys
for package in {packages!r}:
    module = importlib.import_module(package)
    for part in pkgutil.walk_packages(getattr(module, "__path__", []), package + "."):
        if part.name != "aparte.store.migrations.env":  # runs inside Alembic alone
            importlib.import_module(part.name)
print(json.dumps(sorted(sys.modules)))
"""


def modules(*packages: str) -> list[str]:
    """The modules of a fresh interpreter that has imported these packages with everything in them."""
    source = LIST_MODULES.format(packages=packages)
    answer = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True)
    loaded: list[str] = json.loads(answer.stdout)
    return loaded


@pytest.mark.promise("P1")
def test_a_server_has_nothing_loaded_that_could_decrypt() -> None:
    loaded = modules("aparte.cli.serve", "aparte.server", "aparte.store", "aparte.core")
    assert {"aparte.cli", "aparte.cli.serve", "aparte.server", "aparte.store", "aparte.core.room.room"} <= set(loaded)
    assert [name for name in loaded if name.startswith(("aparte.e2ee", "aparte.client"))] == []


def test_a_server_has_no_decoder_of_pictures_loaded() -> None:
    loaded = set(modules("aparte.cli.serve", "aparte.server", "aparte.store", "aparte.core"))
    assert not {"av", "numpy"} & loaded


@pytest.mark.parametrize(
    ("imported", "absent"),
    [("aparte.cli", "aparte.client aparte.server av numpy"), ("aparte.client, aparte.cli.join", "av numpy")],
)
def test_commands_and_participants_load_only_what_they_need(imported: str, absent: str) -> None:
    """Taking part works without the extra packages, and `aparte --help` waits for nothing."""
    source = f"import json, sys, {imported}; print(json.dumps(list(sys.modules)))"
    answer = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True)
    assert not set(absent.split()) & set(json.loads(answer.stdout))


def test_a_client_does_have_it_loaded() -> None:
    assert "aparte.e2ee" in modules("aparte.cli.instant")
    assert {"aparte.e2ee", "aparte.client"} <= set(modules("aparte.client"))


def test_the_package_alone_loads_no_client() -> None:
    assert [name for name in modules("aparte.core.wire") if name.startswith("aparte.client")] == []


def test_the_pure_rings_load_no_network() -> None:
    loaded = modules("aparte.core")
    assert not {"asyncio", "socket", "ssl", "secrets", "sqlite3", "picows", "uvicorn"} & set(loaded)
