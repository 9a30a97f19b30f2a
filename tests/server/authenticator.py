"""A security key in software (WebAuthn, ES256, no attestation), which can also lie."""

import json
import os
from hashlib import sha256
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from aparte.core.wire.b64 import b64_encode

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


class Authenticator:
    """One key of one person; ``counts``: whether it counts its signatures."""

    def __init__(self, origin: str, host: str = "localhost", counts: bool = True) -> None:
        self.origin, self.host = origin, host
        self.id = os.urandom(32)
        self.count = 0
        self.flags = PRESENT | VERIFIED
        self._counts = counts
        self._key = ec.generate_private_key(ec.SECP256R1())

    def create(self, options: dict[str, Any]) -> dict[str, Any]:
        """What ``navigator.credentials.create`` gives."""
        assert options["rp"]["id"] == self.host or self.host != "localhost"
        numbers = self._key.public_key().public_numbers()
        key = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        attested = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + cbor2.dumps(key)
        data = self._data(self.flags | ATTESTED) + attested
        client = self._client("webauthn.create", options["challenge"])
        made = {"fmt": "none", "attStmt": {}, "authData": data}
        return self._credential(clientDataJSON=client, attestationObject=cbor2.dumps(made))

    def get(self, options: dict[str, Any], user: bytes | None = None) -> dict[str, Any]:
        """What ``navigator.credentials.get`` gives."""
        self.count += self._counts
        data, client = self._data(self.flags), self._client("webauthn.get", options["challenge"])
        signature = self._key.sign(data + sha256(client).digest(), ec.ECDSA(SHA256()))
        handle = {} if user is None else {"userHandle": user}
        return self._credential(authenticatorData=data, clientDataJSON=client, signature=signature, **handle)

    def _data(self, flags: int) -> bytes:
        return sha256(self.host.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")

    def _client(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}).encode()

    def _credential(self, **response: bytes) -> dict[str, Any]:
        return {
            "id": b64_encode(self.id),
            "rawId": b64_encode(self.id),
            "type": "public-key",
            "response": {name: b64_encode(value) for name, value in response.items()},
            "clientExtensionResults": {},
        }
