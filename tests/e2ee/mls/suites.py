"""The suites of RFC 9420 section 17.1, for its vectors alone: no product code has a way to them."""

from dataclasses import dataclass

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, x448
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from aparte.core.mls.suites import Suite, is_x25519_key, verify_ed25519
from aparte.e2ee.mls.aead import AES_256_GCM, Aead
from aparte.e2ee.mls.hkdf import HKDF_SHA384, Kdf
from aparte.e2ee.mls.hpke import HpkeSuite, Kem, KeyPair, Random
from aparte.e2ee.mls.suite import APARTE, SecretSuite, ed25519_key, sign_ed25519

SHA256 = Kdf(0x0001, hashes.SHA256())
SHA512 = Kdf(0x0003, hashes.SHA512())
AES_128_GCM = Aead(0x0001, 16, AESGCM)
CHACHA = Aead(0x0003, 32, ChaCha20Poly1305)


class DhKem:
    """DHKEM of RFC 9180 section 4.1; subclasses bring the group."""

    def __init__(self, number: int, kdf: Kdf) -> None:
        self.id = number
        self.kdf = kdf

    def private_key(self, ikm: bytes) -> bytes:
        raise NotImplementedError

    def public_key(self, private: bytes) -> bytes:
        raise NotImplementedError

    def exchange(self, private: bytes, public: bytes) -> bytes:
        raise NotImplementedError

    def _labeled(self, label: bytes, data: bytes) -> bytes:
        return b"HPKE-v1KEM" + self.id.to_bytes(2) + label + data

    def extract(self, label: bytes, ikm: bytes) -> bytes:
        return self.kdf.extract(b"", self._labeled(label, ikm))

    def expand(self, prk: bytes, label: bytes, info: bytes, size: int) -> bytes:
        return self.kdf.expand(prk, size.to_bytes(2) + self._labeled(label, info), size)

    def derive_key_pair(self, ikm: bytes) -> KeyPair:
        private = self.private_key(ikm)
        return KeyPair(private, self.public_key(private))

    def _shared(self, dh: bytes, context: bytes) -> bytes:
        return self.expand(self.extract(b"eae_prk", dh), b"shared_secret", context, self.kdf.size)

    def encapsulate(self, public: bytes, random: Random) -> tuple[bytes, bytes]:
        ephemeral = self.derive_key_pair(random(66))
        shared = self._shared(self.exchange(ephemeral.private, public), ephemeral.public + public)
        return shared, ephemeral.public

    def decapsulate(self, private: bytes, encapsulation: bytes) -> bytes:
        return self._shared(self.exchange(private, encapsulation), encapsulation + self.public_key(private))


class X25519Kem(DhKem):
    def private_key(self, ikm: bytes) -> bytes:
        return self.expand(self.extract(b"dkp_prk", ikm), b"sk", b"", 32)

    def public_key(self, private: bytes) -> bytes:
        return X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()

    def exchange(self, private: bytes, public: bytes) -> bytes:
        return X25519PrivateKey.from_private_bytes(private).exchange(X25519PublicKey.from_public_bytes(public))


class X448Kem(DhKem):
    def private_key(self, ikm: bytes) -> bytes:
        return self.expand(self.extract(b"dkp_prk", ikm), b"sk", b"", 56)

    def public_key(self, private: bytes) -> bytes:
        return x448.X448PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()

    def exchange(self, private: bytes, public: bytes) -> bytes:
        return x448.X448PrivateKey.from_private_bytes(private).exchange(x448.X448PublicKey.from_public_bytes(public))


@dataclass(frozen=True)
class Curve:
    curve: ec.EllipticCurve
    size: int
    order: int
    mask: int = 0xFF


P256 = Curve(ec.SECP256R1(), 32, 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551)
P384 = Curve(ec.SECP384R1(), 48, 2**384 - 0x389CB27E0BC8D220A7E5F24DB74F58851313E695333AD68D)
P521 = Curve(
    ec.SECP521R1(),
    66,
    2**521 - 0x5AE79787C40D069948033FEB708F65A2FC44A36477663B851449048E16EC79BF7,
    0x01,
)


class EcKem(DhKem):
    def __init__(self, number: int, kdf: Kdf, curve: Curve) -> None:
        super().__init__(number, kdf)
        self.curve = curve

    def private_key(self, ikm: bytes) -> bytes:
        prk = self.extract(b"dkp_prk", ikm)
        for counter in range(256):
            octets = bytearray(self.expand(prk, b"candidate", bytes([counter]), self.curve.size))
            octets[0] &= self.curve.mask
            if 0 < int.from_bytes(octets) < self.curve.order:
                return bytes(octets)
        raise ValueError("no key")

    def public_key(self, private: bytes) -> bytes:
        return ec_public(self.curve, private)

    def exchange(self, private: bytes, public: bytes) -> bytes:
        theirs = ec.EllipticCurvePublicKey.from_encoded_point(self.curve.curve, public)
        return ec_private(self.curve, private).exchange(ec.ECDH(), theirs)


def ec_private(curve: Curve, private: bytes) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(private), curve.curve)


def ec_public(curve: Curve, private: bytes) -> bytes:
    return ec_private(curve, private).public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def is_ec_key(curve: Curve, public: bytes) -> bool:
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(curve.curve, public)
    except ValueError:
        return False
    return public[0] == 4


def ec_suite(number: int, curve: Curve, hash_name: str, kdf: Kdf, kem_id: int, aead: Aead) -> SecretSuite:
    def verify(public: bytes, signature: bytes, message: bytes) -> None:
        key = ec.EllipticCurvePublicKey.from_encoded_point(curve.curve, public)
        key.verify(signature, message, ec.ECDSA(kdf.algorithm))

    def sign(private: bytes, message: bytes) -> bytes:
        return ec_private(curve, private).sign(message, ec.ECDSA(kdf.algorithm))

    public = Suite(number, hash_name, kdf.size, verify, lambda key: is_ec_key(curve, key), 2 * curve.size + 1)
    hpke = HpkeSuite(EcKem(kem_id, kdf, curve), kdf, aead)
    return SecretSuite(public, hpke, sign, lambda private: ec_public(curve, private))


def x25519_suite(number: int, aead: Aead) -> SecretSuite:
    public = Suite(number, "sha256", 32, verify_ed25519, is_x25519_key, 32)
    return SecretSuite(public, HpkeSuite(X25519Kem(0x20, SHA256), SHA256, aead), sign_ed25519, ed25519_key)


def x448_suite(number: int, aead: Aead) -> SecretSuite:
    def verify(public: bytes, signature: bytes, message: bytes) -> None:
        ed448.Ed448PublicKey.from_public_bytes(public).verify(signature, message)

    def sign(private: bytes, message: bytes) -> bytes:
        return ed448.Ed448PrivateKey.from_private_bytes(private).sign(message)

    def key(private: bytes) -> bytes:
        return ed448.Ed448PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()

    public = Suite(number, "sha512", 64, verify, lambda octets: len(octets) == 56, 56)
    return SecretSuite(public, HpkeSuite(X448Kem(0x21, SHA512), SHA512, aead), sign, key)


SUITES: dict[int, SecretSuite] = {
    1: x25519_suite(1, AES_128_GCM),
    2: ec_suite(2, P256, "sha256", SHA256, 0x10, AES_128_GCM),
    3: x25519_suite(3, CHACHA),
    4: x448_suite(4, AES_256_GCM),
    5: ec_suite(5, P521, "sha512", SHA512, 0x12, AES_256_GCM),
    6: x448_suite(6, CHACHA),
    7: ec_suite(7, P384, "sha384", HKDF_SHA384, 0x11, AES_256_GCM),
    APARTE.public.id: APARTE,
}
KEMS: dict[int, Kem] = {suite.kem.id: suite.kem for suite in SUITES.values()}


def ed25519_seed(private: bytes) -> bytes:
    """An Ed25519 key as vectors give it: a seed, or a seed and its public half."""
    return Ed25519PrivateKey.from_private_bytes(private[:32]).private_bytes_raw()
