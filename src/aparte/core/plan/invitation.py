"""Who is invited to a planned meeting: an account, or a guest by mail address and name."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from aparte.core.plan.errors import demand
from aparte.core.plan.text import is_address, is_line

MAX_NAME: Final = 64
CODE_DIGITS: Final = 8


class Mail(StrEnum):
    """How far the mail of an invitation has come."""

    OFF = "off"
    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"


@dataclass(frozen=True)
class Invitation:
    """``id`` 16 octets; either ``account`` (16 octets), or ``address``, ``name`` and perhaps ``code_hash`` of a guest.

    ``code_hash`` (32 octets) is what a guest's entry code leaves at the server.
    """

    id: bytes
    meeting: bytes
    account: bytes | None = None
    address: str = field(default="", repr=False)
    name: str = field(default="", repr=False)
    code_hash: bytes | None = field(default=None, repr=False)
    mail: Mail = Mail.OFF


def check_invitation(invitation: Invitation) -> None:
    """Check the form of an invitation; raises ``PlanError(malformed)``."""
    if invitation.account is not None:
        demand(not invitation.address and not invitation.name and invitation.code_hash is None)
    else:
        demand(is_address(invitation.address) and is_line(invitation.name, MAX_NAME))


def is_code(text: str) -> bool:
    """Say whether a text has the form of an entry code: eight ASCII digits."""
    return len(text) == CODE_DIGITS and text.isascii() and text.isdigit()
