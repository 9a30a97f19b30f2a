"""What requests about accounts and instant meetings carry, and how their answers look.

Times are seconds since 1970, ids hexadecimal.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from aparte.core.access.roles import Role
from aparte.store.accounts import Account, Factor, Session

_LONGEST = 1_024

Text = Annotated[str, Field(max_length=_LONGEST)]
Time = Annotated[float, Field(ge=0, le=253_402_300_799, allow_inf_nan=False)]
RoleName = Annotated[Role, Field(strict=False)]


class Body(BaseModel):
    """Every field as its type says, and no other field. What is in it is never printed."""

    model_config = ConfigDict(extra="forbid", strict=True)

    def __repr__(self) -> str:
        """Nothing of the content."""
        return type(self).__name__

    __str__ = __repr__


class Setup(Body):
    """``login`` and ``name``: only for the first administrator. ``bearer``: a program, which gets the token itself."""

    ticket: Text
    password: Text
    login: Text | None = None
    name: Text | None = None
    bearer: bool = False


class Login(Body):
    """Login and password, or a passkey alone."""

    login: Text | None = None
    password: Text | None = None
    passkey: dict[str, Any] | None = None
    bearer: bool = False


class Second(Body):
    """The second factor: exactly one of the three."""

    pending: Text
    totp: Text | None = None
    passkey: dict[str, Any] | None = None
    recovery: Text | None = None
    bearer: bool = False


class NewPassword(Body):
    """The old one proves that it is the account's owner."""

    password: Text
    new_password: Text


class NewPerson(Body):
    """``person_key``: b64 of an Ed25519 key (32 bytes)."""

    person_key: Text


class NewMeeting(Body):
    """All in b64: the id (16 bytes), SHA-256 of the door (32 bytes) and the charter (spec/policy.md section 2)."""

    meeting: Text
    door_hash: Text
    charter: Annotated[str, Field(max_length=2 * _LONGEST)]


class NewFactor(Body):
    """What to add; the password proves that it is the account's owner."""

    kind: Literal["totp", "passkey"]
    name: Annotated[str, Field(max_length=80)]
    password: Text


class Confirmed(Body):
    """The password once more."""

    password: Text


class Code(Body):
    """The first code of an authenticator program."""

    code: Text


class NewPasskey(Body):
    """What the browser made."""

    name: Annotated[str, Field(max_length=80)]
    credential: dict[str, Any]


class NewAccount(Body):
    """An account that somebody is invited to."""

    login: Text
    name: Text
    label: Text = ""
    role: RoleName
    ends: Time | None = None


class Change(Body):
    """What is there is changed; ``ends`` null: no end."""

    name: Text | None = None
    label: Text | None = None
    role: RoleName | None = None
    ends: Time | None = None


def account_shape(account: Account) -> dict[str, Any]:
    """An account as it is shown."""
    return {
        "id": account.id.hex(),
        "login": account.login,
        "name": account.name,
        "label": account.label,
        "role": str(account.role),
        "ends": account.ends,
        "ended": account.ended,
        "set_up": account.password is not None,
    }


def person_shape(account: Account) -> dict[str, Any]:
    """What colleagues see of an account."""
    return {"id": account.id.hex(), "login": account.login, "name": account.name, "label": account.label}


def session_shape(session: Session, present: Session) -> dict[str, Any]:
    """A session as it is shown; ``this``: the one that asks."""
    return {
        "id": session.id.hex(),
        "made": session.made,
        "used": session.used,
        "program": session.program,
        "this": session.id == present.id,
    }


def factor_shape(factor: Factor) -> dict[str, Any]:
    """A factor as it is shown; ``used`` null: not confirmed yet."""
    return {
        "id": factor.id.hex(),
        "kind": factor.kind,
        "name": factor.name,
        "made": factor.made,
        "used": factor.used,
    }
