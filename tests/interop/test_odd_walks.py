"""The odd seeds of ``test_walks.py``: pytest-xdist gives a file to one processor."""

import pytest

from tests.interop.conftest import Crew
from tests.interop.seeds import open_walk


@pytest.mark.promise("P3")
def test_more_mixed_groups_agree_after_every_step(crew: Crew) -> None:
    """Suite 1, and everything that RFC 9420 has and we support."""
    open_walk(crew, 1)
