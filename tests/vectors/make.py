"""Make the vectors of spec/vectors that Python makes: ``python -m tests.vectors.make``.

Nothing in them is random, so that making them again changes nothing; a test holds that.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.vectors import (
    access_cases,
    act_cases,
    attest_cases,
    keys_cases,
    plan_cases,
    policy_cases,
    sframe_cases,
    wire_cases,
)

VECTORS = Path(__file__).parents[2] / "spec" / "vectors"

FILES: dict[str, Callable[[], dict[str, Any]]] = {
    "wire/headers.json": wire_cases.headers,
    "wire/control.json": wire_cases.control,
    "wire/content.json": wire_cases.content,
    "sframe/frames.json": sframe_cases.frames,
    "sframe/headers.json": sframe_cases.headers,
    "sframe/replay.json": sframe_cases.replay,
    "sframe/opening.json": sframe_cases.opening,
    "attest/proofs.json": attest_cases.proofs,
    "attest/sending.json": attest_cases.sending,
    "attest/judging.json": attest_cases.judging,
    "keys/link.json": keys_cases.link,
    "keys/names.json": keys_cases.names,
    "keys/identity.json": keys_cases.identity,
    "keys/epoch.json": keys_cases.epoch,
    "access/passwords.json": access_cases.passwords,
    "plan/levels.json": plan_cases.levels,
    "policy/rights.json": policy_cases.rights,
    "policy/charters.json": policy_cases.charters,
    "policy/policies.json": policy_cases.policies,
    "policy/persons.json": policy_cases.persons,
    "policy/admissions.json": policy_cases.admissions,
    "policy/tags.json": policy_cases.tags,
    "policy/entering.json": policy_cases.entering,
    "policy/changes.json": policy_cases.changes,
    "policy/acts.json": act_cases.all_acts,
}


def text_of(name: str) -> str:
    """Give the text of a file as it is committed: ASCII, one case a line."""
    lines = []
    for key, value in FILES[name]().items():
        if isinstance(value, list):
            items = ",\n".join(f"    {json.dumps(item)}" for item in value)
            lines.append(f"  {json.dumps(key)}: [\n{items}\n  ]")
        else:
            lines.append(f"  {json.dumps(key)}: {json.dumps(value)}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def main() -> None:
    """Write every file."""
    for name in FILES:
        path = VECTORS / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text_of(name), "utf-8")


if __name__ == "__main__":
    main()
