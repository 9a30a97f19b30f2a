"""What the pages are made of: product code brings nothing along that is there for tests or for building alone."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WEB = ROOT / "web"
PAGES = ROOT / "src" / "aparte" / "server" / "pages"
FOR_TESTS = (".test.ts", ".node.ts", "/fixture.ts", "/forge.ts")
IMPORT = re.compile(r'(?:\bfrom|\bimport|\bimport\()\s*"([^"]+)"')
# Names of suites and messages that a general MLS library brings, and ours does not.
FOREIGN = ("MLS_128_", "MLS_256_", "mls_public_message", "DHKEM")


def product() -> list[Path]:
    found = [path for kind in ("ts", "tsx") for path in sorted((WEB / "src").rglob(f"*.{kind}"))]
    return [path for path in found if not str(path).endswith(FOR_TESTS)]


def imports(path: Path) -> Iterator[str]:
    yield from IMPORT.findall(path.read_text("utf-8"))


def test_the_check_sees_what_it_looks_for() -> None:
    sample = 'import { a } from "x/y.js";\nimport "./z";\nconst b = await import("w");\nimport type { C } from "v";'
    assert IMPORT.findall(sample) == ["x/y.js", "./z", "w", "v"]


def test_packages_are_those_of_the_product() -> None:
    declared = set(json.loads((WEB / "package.json").read_text("utf-8"))["dependencies"])
    used: set[str] = set()
    for path in product():
        packages = [name for name in imports(path) if not name.startswith(".")]
        used |= {"/".join(name.split("/")[: 2 if name.startswith("@") else 1]) for name in packages}
    assert used == declared


def test_no_product_file_imports_one_of_the_tests() -> None:
    for path in product():
        for name in imports(path):
            assert not f"{name}.ts".endswith(FOR_TESTS), f"{path.name} imports {name}"


@pytest.mark.promise("P15")
def test_the_pages_know_no_other_suite() -> None:
    scripts = sorted((PAGES / "assets").glob("*.js"))
    assert scripts
    for script in scripts:
        text = script.read_text("utf-8")
        assert "MLS 1.0 " in text
        assert [word for word in FOREIGN if word in text] == []
