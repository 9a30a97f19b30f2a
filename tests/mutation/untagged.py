"""AES-GCM that believes everything: it opens without looking at the tag."""

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR

TAG_SIZE = 16


def decrypt(key: bytes, nonce: bytes, sealed: bytes) -> bytes:
    """Return the plaintext of ``sealed`` under a nonce of 12 octets, or something else if it was another's."""
    cipher = Cipher(AES(key), CTR(nonce + (2).to_bytes(4))).decryptor()  # counter 1 is the tag's
    return cipher.update(sealed[:-TAG_SIZE]) + cipher.finalize()
