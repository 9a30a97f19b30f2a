"""The vectors of spec/vectors/plan: security levels, and what is wrong with those that contradict themselves."""

from typing import Any, Final

import msgspec

from aparte.core.plan.level import Access
from aparte.core.plan.shipped import PUBLIC, SECRET, SHIPPED
from aparte.core.policy.charter import Door
from aparte.core.policy.rights import Rights

Case = dict[str, Any]

_NOBODY: Final = PUBLIC.everybody & ~(Rights.SCREEN | Rights.FILE | Rights.CHAT).value

# Why, what is changed of the shipped public level, and the fields where it shows.
_PUBLIC: Final[list[tuple[str, Case, list[str]]]] = [
    ("a name of 40 letters beyond the BMP", {"name_en": "\U0001d504" * 40}, []),
    ("a name of 41 letters", {"name_fr": "x" * 41}, ["name-fr"]),
    ("no name", {"name_en": ""}, ["name-en"]),
    ("no name in either language", {"name_en": "", "name_fr": ""}, ["name-en", "name-fr"]),
    ("a name of two lines", {"name_en": "two\nlines"}, ["name-en"]),
    ("a name with a space before it", {"name_en": " Public"}, ["name-en"]),
    ("a name with a no-break space after it", {"name_fr": "Public\u00a0"}, ["name-fr"]),
    ("a name that is not in NFC", {"name_fr": "Re\u0301serve\u0301"}, ["name-fr"]),
    ("a name that turns the writing around", {"name_en": "Pub\u202elic"}, ["name-en"]),
    ("a name with a zero width no-break space before it", {"name_en": "\ufeffPublic"}, []),
    ("number 0", {"number": 0}, ["number"]),
    ("number 255", {"number": 255}, []),
    ("number 256", {"number": 256}, ["number"]),
    ("the link, and no guests", {"guests": False}, ["guests-always"]),
    ("an account, and no guests", {"guests": False, "access": Access.ACCOUNT}, []),
    ("a second factor, and guests", {"access": Access.FACTOR}, ["guests-cannot"]),
    ("papers, and guests", {"access": Access.VERIFIED}, ["guests-cannot"]),
    ("everybody lets people in", {"everybody": Rights.ADMIT.value}, ["everybody"]),
    ("a right that there is not yet", {"everybody": 1 << 15}, ["everybody"]),
    ("nobody may do anything", {"everybody": 0}, []),
    ("no screen, and everybody may show it", {"screen": False}, ["screen"]),
    ("no files, and everybody may send them", {"files": False}, ["files"]),
    ("no chat, and everybody may write", {"chat": False}, ["chat"]),
    ("nothing but sound and camera", {"screen": False, "files": False, "chat": False, "everybody": _NOBODY}, []),
    ("a door that starts locked", {"door": Door.LOCKED}, ["door"]),
    ("a history that is off and kept", {"history": False}, ["retention-days"]),
    ("a history that is on and not kept", {"retention_days": 0}, ["retention-days"]),
    ("a history of ten years", {"retention_days": 3650}, []),
    ("a longer history", {"retention_days": 3651}, ["retention-days"]),
    ("the smallest picture", {"camera_height": 144}, []),
    ("a smaller picture", {"camera_height": 143}, ["camera-height"]),
    ("a larger picture", {"camera_height": 2161}, ["camera-height"]),
]
_SECRET: Final[list[tuple[str, Case, list[str]]]] = [
    ("secret with guests and a chat right", {"guests": True, "everybody": 19}, ["guests-cannot", "chat"]),
]


def levels() -> dict[str, Any]:
    """Levels as they are sent, each with the fields at which something is wrong."""
    shipped: list[Case] = [{"why": one.name_en, "level": msgspec.to_builtins(one), "problems": []} for one in SHIPPED]
    made = [
        {"why": why, "level": {**msgspec.to_builtins(base), **fields}, "problems": problems}
        for base, cases in ((PUBLIC, _PUBLIC), (SECRET, _SECRET))
        for why, fields, problems in cases
    ]
    return {"cases": shipped + made}
