"""One KID's key: derivation, encryption and decryption (RFC 9605 sections 4.4.2 to 4.4.4)."""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from aparte.e2ee.sframe.header import build_sframe_header
from aparte.e2ee.sframe.suites import AES_256_GCM_SHA512_128, NONCE_SIZE, Suite


class Cipher:
    """The key and salt of one base key and KID.

    It counts nothing: that no counter is encrypted twice is the ``Sealer``'s part, opened twice the ``Opener``'s.
    """

    __slots__ = ("_aead", "_kid", "_salt")

    def __init__(self, base_key: bytes, kid: int, suite: Suite = AES_256_GCM_SHA512_128) -> None:
        suffix = kid.to_bytes(8) + suite.id.to_bytes(2)
        key = HKDF(suite.hash, suite.key_size, salt=b"", info=b"SFrame 1.0 Secret key " + suffix).derive(base_key)
        salt = HKDF(suite.hash, NONCE_SIZE, salt=b"", info=b"SFrame 1.0 Secret salt " + suffix).derive(base_key)
        self._aead = AESGCM(key)
        self._salt = int.from_bytes(salt)
        self._kid = kid

    def encrypt(self, ctr: int, metadata: bytes, plaintext: bytes) -> bytes:
        """Return ``metadata``, SFrame header, ciphertext and tag in one piece; the metadata is authenticated."""
        header = build_sframe_header(self._kid, ctr)
        return b"".join((metadata, header, self._aead.encrypt(self._nonce(ctr), plaintext, header + metadata)))

    def decrypt(self, ctr: int, header: bytes, metadata: bytes, sealed: bytes | memoryview) -> bytes | None:
        """Return the plaintext of ``sealed`` (ciphertext and tag), or None when it is not authentic."""
        try:
            return self._aead.decrypt(self._nonce(ctr), sealed, header + metadata)
        except InvalidTag:
            return None

    def _nonce(self, ctr: int) -> bytes:
        return (self._salt ^ ctr).to_bytes(NONCE_SIZE)
