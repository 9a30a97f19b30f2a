"""The levels of spec/vectors/plan, which the page judges as well."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from aparte.core.plan.errors import PlanError
from aparte.core.plan.level import SecurityLevel, check_level

VECTORS = Path(__file__).parents[3] / "spec" / "vectors" / "plan" / "levels.json"
CASES: list[dict[str, Any]] = json.loads(VECTORS.read_text("utf-8"))["cases"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["why"])
def test_a_level_is_taken_exactly_where_nothing_is_wrong(case: dict[str, Any]) -> None:
    def read() -> None:
        check_level(msgspec.convert(case["level"], SecurityLevel))

    if case["problems"]:
        with pytest.raises((PlanError, msgspec.ValidationError)):
            read()
    else:
        read()
