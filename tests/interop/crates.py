"""Builds the member that is written in Rust, from crates that are pinned with their hashes.

The pins are a Cargo.lock without the name of a registry: cargo says itself where it gets crates from.
``python -m tests.interop.crates`` writes them anew, with ``--upgrade`` the newest.
"""

import fcntl
import re
import shutil
import subprocess
import sys
from pathlib import Path

SOURCE = Path(__file__).parent / "rust"
PINS = SOURCE / "Cargo.pins"
BUILD = Path(__file__).parents[2] / "build" / "interop"


class NoCargo(Exception):
    """There is no cargo here."""


def _cargo(*arguments: str) -> None:
    cargo = shutil.which("cargo")
    if cargo is None:
        raise NoCargo("no cargo: the Rust implementation cannot be built")
    subprocess.run([cargo, *arguments, "--quiet"], cwd=BUILD / "crate", check=True)


def _lay_out() -> Path:
    """Copy the sources to where cargo may write beside them; what has not changed keeps its time."""
    crate = BUILD / "crate"
    crate.mkdir(parents=True, exist_ok=True)
    for source in ("Cargo.toml", *(f"src/{path.name}" for path in (SOURCE / "src").iterdir())):
        (crate / source).parent.mkdir(exist_ok=True)
        shutil.copy2(SOURCE / source, crate / source)
    return crate / "Cargo.lock"


def build() -> Path:
    """Return the driver, built if need be; raises ``NoCargo``."""
    BUILD.mkdir(parents=True, exist_ok=True)
    # Tests run in several processes, and each may be the first that needs it.
    with (BUILD / "building").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        _pin(_lay_out())
        _cargo("build", "--release", "--locked", "--target-dir", str(BUILD / "target"))
    return BUILD / "target" / "release" / "interop"


def _pin(lock: Path) -> None:
    """Write the lock that the pins stand for, with the source that cargo names."""
    wanted = PINS.read_text()
    if lock.exists() and _without_source(lock.read_text()) == wanted:
        return
    lock.unlink(missing_ok=True)
    _cargo("generate-lockfile")
    found = re.search(r"^source = .*\n", lock.read_text(), re.MULTILINE)
    assert found is not None
    lock.write_text(re.sub(r"^(version = .*\n)(?=checksum)", rf"\1{found[0]}", wanted, flags=re.MULTILINE))


def _without_source(lock: str) -> str:
    return re.sub(r"^source = .*\n", "", lock, flags=re.MULTILINE)


def renew(upgrade: bool) -> None:
    """Write the pins that the manifest asks for: those there are as far as they fit, or the newest."""
    lock = _lay_out()
    if upgrade:
        lock.unlink(missing_ok=True)
        _cargo("generate-lockfile")
    else:
        _pin(lock)
        _cargo("fetch")
    PINS.write_text(_without_source(lock.read_text()))


if __name__ == "__main__":
    try:
        renew("--upgrade" in sys.argv)
    except NoCargo as none:
        sys.exit(f"aparte: {none}")
