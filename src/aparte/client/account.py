"""Coming with an account: a session of one's own at the server, and the house's word that a person key is ours."""

import asyncio
import http.client
import json
from contextlib import closing
from dataclasses import dataclass
from os import PathLike
from secrets import token_bytes
from typing import Any, Final
from urllib.parse import urlsplit

from aparte.client.errors import SignInError
from aparte.client.tls import client_context, server_url
from aparte.core.policy.errors import PolicyError
from aparte.core.policy.person import Certificate
from aparte.core.wire.b64 import b64_decode, b64_encode
from aparte.e2ee.person import OwnPerson, SeedKey

_SECONDS: Final = 10.0
_MOST_BYTES: Final = 65_536


@dataclass(frozen=True, slots=True, repr=False)
class Account:
    """Whoever is signed in: ``token`` opens links and requests, ``person`` is what members see."""

    token: str
    person: OwnPerson

    @property
    def name(self) -> str:
        """The account's name: nobody changes it in a meeting."""
        return self.person.name


async def sign_in(
    origin: str, login: str, password: str, *, totp: str | None = None, ca: str | PathLike[str] | None = None
) -> Account:
    """Sign in at ``https://host[:port]``, with a fresh person key that lives as long as what this returns.

    ``totp`` are the six digits of an authenticator, for accounts that have one. ``ca`` as for ``join``. Raises
    ``SignInError`` with the server's reason (spec/accounts.md), ``insecure``, ``certificate`` or ``unreachable``.
    """
    return await asyncio.to_thread(_sign_in, origin, login, password, totp, ca)


def _sign_in(origin: str, login: str, password: str, totp: str | None, ca: str | PathLike[str] | None) -> Account:
    key = SeedKey(token_bytes(32))
    try:
        with closing(_connect(origin, ca)) as server:
            given = _ask(server, "/api/session", {"login": login, "password": password, "bearer": True})
            if "pending" in given:
                second = {"pending": given["pending"], "totp": totp or "", "bearer": True}
                given = _ask(server, "/api/session/factor", second)
            token = str(given["token"])
            said = _ask(server, "/api/session/person", {"person_key": b64_encode(key.public)}, token)
        certificate = Certificate.read(b64_decode(said["certificate"]))
        return Account(token, OwnPerson(key, str(said["name"]), str(said["label"]), certificate))
    except (OSError, http.client.HTTPException):
        raise SignInError("unreachable") from None
    except (KeyError, TypeError, ValueError, PolicyError):
        raise SignInError("malformed") from None


def _connect(origin: str, ca: str | PathLike[str] | None) -> http.client.HTTPConnection:
    server_url(origin)
    parts, tls = urlsplit(origin), client_context(origin, ca)
    host = parts.hostname or ""
    if tls is None:
        return http.client.HTTPConnection(host, parts.port, timeout=_SECONDS)
    return http.client.HTTPSConnection(host, parts.port, timeout=_SECONDS, context=tls)


def _ask(server: http.client.HTTPConnection, path: str, body: dict[str, Any], token: str = "") -> dict[str, Any]:
    headers = {"content-type": "application/json"} | ({"authorization": f"Bearer {token}"} if token else {})
    server.request("POST", path, json.dumps(body), headers)
    response = server.getresponse()
    answer = json.loads(response.read(_MOST_BYTES))
    if not isinstance(answer, dict):
        raise ValueError("not an object")
    if response.status >= http.HTTPStatus.BAD_REQUEST:
        raise SignInError(str(answer.get("reason", "malformed")))
    return answer
