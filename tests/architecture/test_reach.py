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


def test_a_client_does_have_it_loaded() -> None:
    assert "aparte.e2ee" in modules("aparte.cli.instant")
    assert {"aparte.e2ee", "aparte.client"} <= set(modules("aparte.client"))


def test_the_package_alone_loads_no_client() -> None:
    assert [name for name in modules("aparte.core.wire") if name.startswith("aparte.client")] == []


def test_the_pure_rings_load_no_network() -> None:
    loaded = modules("aparte.core")
    assert not {"asyncio", "socket", "ssl", "secrets", "sqlite3", "picows", "uvicorn"} & set(loaded)
