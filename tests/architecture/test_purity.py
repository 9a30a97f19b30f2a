"""Pure code: what the import rule cannot see, because Python has it built in or a library brings it along."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "aparte"
BUILT_IN = {"open", "print", "input", "eval", "exec", "compile", "__import__", "breakpoint"}
DRAWS = {".generate", ".generate_key", ".generate_private_key", ".urandom", ".now", ".today"}
OPENS = {"aead", "ciphers", "hpke", "AESGCM", "AESCCM", "AESGCMSIV", "ChaCha20Poly1305", "Cipher", "Fernet", "decrypt"}


def names(path: Path) -> Iterator[str]:
    """Every name, part of an import, and attribute (with its dot) in a file."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        match node:
            case ast.Name(id=name):
                yield name
            case ast.Attribute(attr=name):
                yield f".{name}"
            case ast.Import(names=aliases):
                yield from (part for alias in aliases for part in alias.name.split("."))
            case ast.ImportFrom(module=module, names=aliases):
                yield from (module or "").split(".")
                yield from (alias.name for alias in aliases)


def files(*rings: str) -> list[Path]:
    found = [path for ring in rings for path in sorted((SOURCE / ring).rglob("*.py"))]
    assert found
    return found


def test_the_check_sees_what_it_looks_for(tmp_path: Path) -> None:
    path = tmp_path / "sample.py"
    path.write_text("from cryptography.hazmat.primitives.ciphers.aead import AESGCM as A\nkey.decrypt(open(x))\n")
    assert {"ciphers", "aead", "AESGCM", ".decrypt", "open"} <= set(names(path))


@pytest.mark.parametrize("path", files("core", "e2ee"), ids=lambda path: str(path.relative_to(SOURCE)))
def test_pure_code_reads_no_clock_and_draws_nothing(path: Path) -> None:
    assert not set(names(path)) & (BUILT_IN | DRAWS)


@pytest.mark.promise("P1")
@pytest.mark.parametrize("path", files("core", "server", "store"), ids=lambda path: str(path.relative_to(SOURCE)))
def test_no_code_of_the_server_opens_anything(path: Path) -> None:
    assert not {name.removeprefix(".") for name in names(path)} & OPENS
