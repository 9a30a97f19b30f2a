"""The five levels of an installation, and levels that contradict themselves."""

from itertools import pairwise
from typing import Any

import msgspec
import pytest

from aparte.core.plan.errors import PlanError
from aparte.core.plan.level import Access, SecurityLevel, check_level
from aparte.core.plan.shipped import CONFIDENTIAL, INTERNAL, PUBLIC, RESTRICTED, SECRET, SHIPPED
from aparte.core.policy.charter import Door, Opens
from aparte.core.policy.rights import Rights
from tests.core.plan.made import changed


def test_five_levels_from_public_to_secret() -> None:
    assert [(level.number, level.name_en, level.name_fr) for level in SHIPPED] == [
        (1, "Public", "Public"),
        (2, "Internal", "Interne"),
        (3, "Restricted", "Restreint"),
        (4, "Confidential", "Confidentiel"),
        (5, "Secret", "Secret"),
    ]
    for level in SHIPPED:
        check_level(level)


def test_each_level_asks_for_no_less_than_the_one_before() -> None:
    for lower, higher in pairwise(SHIPPED):
        assert lower.access < higher.access
        assert lower.door <= higher.door
        assert lower.opens <= higher.opens
        assert lower.everybody | higher.everybody == lower.everybody
        assert lower.retention_days >= higher.retention_days
        assert lower.camera_height >= higher.camera_height
        for part in ("guests", "browser", "screen", "files", "chat", "recording", "history"):
            assert getattr(lower, part) >= getattr(higher, part)


def test_what_the_shipped_levels_fix() -> None:
    assert [level.access for level in SHIPPED] == list(Access)
    assert [level.guests for level in SHIPPED] == [True, True, True, False, False]
    assert [level.retention_days for level in SHIPPED] == [90, 90, 30, 7, 0]
    assert PUBLIC.charter_fields() == (1, Door.OPEN, Opens.ANYBODY, Rights(0b111111))
    assert INTERNAL.charter_fields()[1:3] == (Door.GUESTS_KNOCK, Opens.ACCOUNTS)
    assert RESTRICTED.charter_fields()[1:] == (
        Door.GUESTS_KNOCK,
        Opens.ORGANISERS,
        Rights.SOUND | Rights.CAMERA | Rights.CHAT,
    )
    assert CONFIDENTIAL.charter_fields()[1:] == (Door.ALL_KNOCK, Opens.ORGANISERS, Rights.SOUND | Rights.CAMERA)
    assert (SECRET.browser, SECRET.files, SECRET.chat, SECRET.recording, SECRET.history) == (False,) * 5


@pytest.mark.parametrize(
    "fields",
    [
        {"name_en": ""},
        {"name_fr": "x" * 41},
        {"name_en": "two\nlines"},
        {"everybody": Rights.ADMIT.value},
        {"everybody": 1 << 15},
        {"screen": False},
        {"files": False},
        {"chat": False},
        {"door": Door.LOCKED},
        {"history": False},
        {"retention_days": 0},
        {"guests": False},
        {"access": Access.FACTOR},
    ],
)
def test_a_level_that_contradicts_itself(fields: dict[str, Any]) -> None:
    with pytest.raises(PlanError, match=r"^malformed$"):
        check_level(changed(PUBLIC, **fields))


def test_a_level_is_kept_as_json_and_read_strictly() -> None:
    text = msgspec.json.encode(SECRET)
    assert msgspec.json.decode(text, type=SecurityLevel) == SECRET
    for wrong in (b'{"number":1}', text.replace(b'"access":4', b'"access":5'), text[:-1] + b',"more":1}'):
        with pytest.raises(msgspec.ValidationError):
            msgspec.json.decode(wrong, type=SecurityLevel)
    assert (PUBLIC.stay, SECRET.stay) == (90 * 86_400, 86_400)
