"""The tag of a charter: whoever has the link can make and check it, and nobody else (spec/policy.md section 2)."""

import hmac
from dataclasses import replace
from hashlib import sha256

from aparte.core.policy.charter import Charter
from aparte.core.policy.errors import Reason, demand


def seal_charter(charter_key: bytes, charter: Charter) -> Charter:
    """Return the charter with the tag of a meeting's charter key (32 bytes); its own is not looked at."""
    return replace(charter, tag=_tag(charter_key, charter))


def check_charter(charter_key: bytes, meeting: bytes, charter: Charter) -> None:
    """Check that a charter is this meeting's and was made by somebody with the link; raises ``PolicyError``."""
    demand(charter.meeting == meeting, Reason.WRONG_MEETING)
    demand(hmac.compare_digest(charter.tag, _tag(charter_key, charter)), Reason.NOT_AUTHENTIC)


def _tag(charter_key: bytes, charter: Charter) -> bytes:
    return hmac.digest(charter_key, charter.body, sha256)
