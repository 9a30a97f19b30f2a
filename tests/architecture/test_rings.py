"""The import rule of .importlinter, and that it bites."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINT = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]


def lint(config: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*LINT, "--config", str(config)], cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.promise("P1")
def test_the_import_rule_holds() -> None:
    answer = lint(ROOT / ".importlinter")
    assert answer.returncode == 0, answer.stdout


@pytest.mark.promise("P1")
def test_the_import_rule_bites(tmp_path: Path) -> None:
    """A client's command does reach e2ee: with that command among the sources the same rule fails."""
    text = (ROOT / ".importlinter").read_text()
    assert "    aparte.cli.serve\n" in text
    config = tmp_path / ".importlinter"
    config.write_text(text.replace("    aparte.cli.serve\n", "    aparte.cli.instant\n"))
    answer = lint(config)
    assert answer.returncode == 1
    assert "aparte.cli.instant -> aparte.e2ee" in answer.stdout
