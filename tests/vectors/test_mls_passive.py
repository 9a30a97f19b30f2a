"""Passive clients: the official scenarios and the 1,204 recorded between implementations. Each is followed to its end.

None of them asks a receiver for what this implementation refuses (ReInit, branches): those recorded around a ReInit or
a branch are the entries into groups before it. That both are refused is shown in tests/e2ee/mls.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from aparte.core.mls.framing import ContentType, PrivateMessage, PublicMessage
from aparte.core.mls.keypackage import KeyPackage
from aparte.core.mls.message import read_message
from aparte.core.mls.welcome import Welcome
from aparte.e2ee.mls.create import OwnKeyPackage, OwnLeaf
from aparte.e2ee.mls.group import Group
from aparte.e2ee.mls.join import join
from aparte.e2ee.mls.process import process
from aparte.e2ee.mls.propose import hear_private, hear_public
from tests.e2ee.mls.policies import UNSAFE_OPEN
from tests.e2ee.mls.suites import SUITES

MAX = 1 << 24
unhex = bytes.fromhex
OFFICIAL = {"welcome": 56, "handling-commit": 91, "random": 1}
INTEROP = {
    "application": 42,
    "branch": 224,
    "commit": 308,
    "external_join": 42,
    "external_proposals": 196,
    "reinit": 336,
    "welcome_join": 56,
}


def enter(case: dict[str, Any]) -> Group:
    suite = SUITES[case["cipher_suite"]]
    package, welcome = read_message(unhex(case["key_package"]), MAX), read_message(unhex(case["welcome"]), MAX)
    assert isinstance(package, KeyPackage)
    assert isinstance(welcome, Welcome)
    leaf = OwnLeaf(package.leaf, unhex(case["encryption_priv"]), unhex(case["signature_priv"]))
    own = OwnKeyPackage(package, unhex(case["init_priv"]), leaf)
    tree = None if case["ratchet_tree"] is None else unhex(case["ratchet_tree"])
    group = join(suite, UNSAFE_OPEN, welcome, own, psks=psks(case), ratchet_tree=tree)
    return replace(group, keeps_resumptions=8)  # some commits bring the resumption key of a past epoch


def psks(case: dict[str, Any]) -> dict[bytes, bytes]:
    return {unhex(x["psk_id"]): unhex(x["psk"]) for x in case["external_psks"]}


def hear(group: Group, octets: bytes) -> Group:
    message = read_message(octets, MAX)
    assert isinstance(message, PublicMessage | PrivateMessage)
    return hear_public(group, message) if isinstance(message, PublicMessage) else hear_private(group, message)


def follow(case: dict[str, Any]) -> None:
    group = enter(case)
    assert group.epoch_authenticator.hex() == case["initial_epoch_authenticator"]
    for epoch in case["epochs"]:
        for proposal in epoch["proposals"]:
            group = hear(group, unhex(proposal))
        message = read_message(unhex(epoch["commit"]), MAX)
        assert isinstance(message, PublicMessage | PrivateMessage)
        assert not isinstance(message, PrivateMessage) or message.content_type is ContentType.COMMIT
        group = process(group, message, psks(case))
        assert group.epoch_authenticator.hex() == epoch["epoch_authenticator"]


def run(path: Path, count: int) -> None:
    cases: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))
    assert len(cases) == count
    for case in cases:
        follow(case)


@pytest.mark.promise("P2")
@pytest.mark.parametrize("name", OFFICIAL)
def test_official(official_vectors: Callable[[str], Path], name: str) -> None:
    run(official_vectors(f"mls/passive-client-{name}.json"), OFFICIAL[name])


@pytest.mark.promise("P2")
@pytest.mark.parametrize("name", INTEROP)
def test_interop(official_vectors: Callable[[str], Path], name: str) -> None:
    run(official_vectors(f"mls-passive-interop/{name}.json"), INTEROP[name])


def test_nothing_is_left_out() -> None:
    assert sum(INTEROP.values()) == 1_204
