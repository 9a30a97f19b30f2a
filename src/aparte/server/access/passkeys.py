"""Passkeys (WebAuthn level 2, user verification required, no attestation), by py_webauthn."""

import json
from dataclasses import dataclass, field
from typing import Any, Final

from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import parse_authentication_credential_json, parse_registration_credential_json
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from aparte.core.wire.b64 import b64_decode
from aparte.server.access.errors import AccessError, Trouble
from aparte.server.access.tokens import Challenges
from aparte.store.accounts import Account, Factor

_REQUIRED: Final = UserVerificationRequirement.REQUIRED


@dataclass(frozen=True, slots=True)
class Place:
    """Under which origin a browser shows the pages, and the host of it, which passkeys belong to."""

    origin: str
    host: str


@dataclass(frozen=True, slots=True)
class NewKey:
    """What a new passkey is known by."""

    credential: bytes = field(repr=False)
    public_key: bytes = field(repr=False)
    count: int


def registration(challenge: bytes, place: Place, account: Account, known: list[bytes]) -> dict[str, Any]:
    """Options for ``navigator.credentials.create`` (JSON form)."""
    options = generate_registration_options(
        rp_id=place.host,
        rp_name="Aparté",
        user_id=account.id,
        user_name=account.login,
        user_display_name=account.name,
        challenge=challenge,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED, user_verification=_REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=credential) for credential in known],
    )
    return _json(options_to_json(options))


def authentication(challenge: bytes, place: Place, known: list[bytes]) -> dict[str, Any]:
    """Options for ``navigator.credentials.get``; without known ones the person chooses an account."""
    allowed = [PublicKeyCredentialDescriptor(id=credential) for credential in known]
    return _json(
        options_to_json(
            generate_authentication_options(
                rp_id=place.host, challenge=challenge, allow_credentials=allowed, user_verification=_REQUIRED
            )
        )
    )


def verify_registration(credential: dict[str, Any], challenges: Challenges, purpose: bytes, place: Place) -> NewKey:
    """Check what a browser made. Raises ``AccessError(wrong-factor)``."""
    try:
        parsed = parse_registration_credential_json(credential)
        verified = verify_registration_response(
            credential=parsed,
            expected_challenge=_serve(parsed.response.client_data_json, challenges, purpose),
            expected_rp_id=place.host,
            expected_origin=place.origin,
            require_user_verification=True,
        )
    except AccessError:
        raise
    except Exception:
        # The library's errors quote what came in, and what strangers send raises more kinds than it names.
        raise AccessError(Trouble.WRONG_FACTOR) from None
    return NewKey(verified.credential_id, verified.credential_public_key, verified.sign_count)


def credential_id(credential: dict[str, Any]) -> bytes:
    """Which passkey a browser has used. Raises ``AccessError(wrong-factor)``."""
    try:
        return b64_decode(str(credential.get("id")))
    except ValueError:
        raise AccessError(Trouble.WRONG_FACTOR) from None


def verify_authentication(
    credential: dict[str, Any], factor: Factor, challenges: Challenges, purpose: bytes, place: Place
) -> int:
    """Check a use of a passkey; returns its new counter. Raises ``AccessError(wrong-factor)``."""
    try:
        parsed = parse_authentication_credential_json(credential)
        handle = parsed.response.user_handle
        if factor.public_key is None or parsed.raw_id != factor.credential or handle not in (None, factor.account):
            raise AccessError(Trouble.WRONG_FACTOR)
        verified = verify_authentication_response(
            credential=parsed,
            expected_challenge=_serve(parsed.response.client_data_json, challenges, purpose),
            expected_rp_id=place.host,
            expected_origin=place.origin,
            credential_public_key=factor.public_key,
            credential_current_sign_count=factor.count,
            require_user_verification=True,
        )
    except AccessError:
        raise
    except Exception:
        raise AccessError(Trouble.WRONG_FACTOR) from None
    return verified.new_sign_count


def _serve(client_data: bytes, challenges: Challenges, purpose: bytes) -> bytes:
    """The challenge that the browser has signed, when it was ours and has not served before."""
    challenge = b64_decode(str(json.loads(client_data)["challenge"]))
    if not challenges.serve(challenge, purpose):
        raise AccessError(Trouble.WRONG_FACTOR)
    return challenge


def _json(text: str) -> dict[str, Any]:
    options: dict[str, Any] = json.loads(text)
    return options
