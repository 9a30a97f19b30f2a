"""The tag of a charter: whoever has the link can make and check it, and nobody else (spec/policy.md section 2)."""

import hmac
from dataclasses import replace
from hashlib import sha256
from typing import Final

from aparte.core.policy.charter import Charter
from aparte.core.policy.errors import Reason, demand
from aparte.e2ee.keys import derive_from_link

KEY_SIZE: Final = 32


def seal_charter(secret: bytes, charter: Charter) -> Charter:
    """Return the charter with the tag that belongs to a link's secret (32 bytes); its own is not looked at."""
    return replace(charter, tag=_tag(secret, charter))


def check_charter(secret: bytes, meeting: bytes, charter: Charter) -> None:
    """Check that a charter is this meeting's and was made by somebody with the link; raises ``PolicyError``."""
    demand(charter.meeting == meeting, Reason.WRONG_MEETING)
    demand(hmac.compare_digest(charter.tag, _tag(secret, charter)), Reason.NOT_AUTHENTIC)


def _tag(secret: bytes, charter: Charter) -> bytes:
    key = derive_from_link(secret, b"aparte/1 charter\0" + charter.meeting, KEY_SIZE)
    return hmac.digest(key, charter.body, sha256)
