"""Results that are not worked out twice; what of it holds secrets serves ``Crowd(secrets=True)`` alone."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import partial
from typing import Final, Generic, TypeVar

from aparte.core.mls.commit import HpkeCiphertext
from aparte.e2ee.mls.hkdf import HKDF_SHA384, Kdf
from aparte.e2ee.mls.hpke import HpkeSuite, KeyPair, Random
from aparte.e2ee.mls.suite import APARTE, SecretSuite
from aparte.e2ee.mls.xwing import XWING

T = TypeVar("T")

_KEPT: Final = 32_768


class Memory(Generic[T]):
    """The newest ``kept`` results by what they were made of."""

    def __init__(self, kept: int) -> None:
        self._known: dict[Hashable, T] = {}
        self._kept = kept

    def find(self, key: Hashable) -> T | None:
        """Return a result, if it is there."""
        return self._known.get(key)

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return a result, and make it if it is not there; what ``make`` raises is not remembered."""
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = make()
            if len(self._known) > self._kept:
                del self._known[next(iter(self._known))]
        return found


def _secrets() -> Memory[bytes]:
    return Memory(_KEPT)


@dataclass(frozen=True, repr=False)
class RememberingSuite(SecretSuite):
    """The suite of the product, which remembers what was derived and opened."""

    derived: Memory[bytes] = field(default_factory=_secrets, compare=False)

    def expand_with_label(self, secret: bytes, label: str, context: bytes, size: int) -> bytes:
        """See ``SecretSuite``; so are the others."""
        make = partial(SecretSuite.expand_with_label, self, secret, label, context, size)
        return self.derived.get((secret, label, context, size), make)

    def decrypt_with_label(self, private: bytes, label: str, context: bytes, sealed: HpkeCiphertext) -> bytes:
        """Remembered; what does not open is not."""
        make = partial(SecretSuite.decrypt_with_label, self, private, label, context, sealed)
        return self.derived.get((private, label, context, sealed.ciphertext), make)


@dataclass(frozen=True, slots=True, repr=False)
class RememberingKdf(Kdf):
    """HKDF-SHA-384 that remembers."""

    known: Memory[bytes] = field(default_factory=_secrets, compare=False)

    def extract(self, salt: bytes, ikm: bytes) -> bytes:
        """See ``Kdf``; so is the other."""
        return self.known.get((salt, ikm), partial(HKDF_SHA384.extract, salt, ikm))

    def expand(self, prk: bytes, info: bytes, size: int) -> bytes:
        """Remembered."""
        return self.known.get((prk, info, size), partial(HKDF_SHA384.expand, prk, info, size))


class RememberingKem:
    """X-Wing that remembers."""

    id: Final = XWING.id

    def __init__(self) -> None:
        self._publics = _secrets()
        self._shared = _secrets()

    def private_key(self, ikm: bytes) -> bytes:
        """See ``Kem``; so are the others."""
        return XWING.private_key(ikm)

    def derive_key_pair(self, ikm: bytes) -> KeyPair:
        """Remembered."""
        private = XWING.private_key(ikm)
        return KeyPair(private, self.public_key(private))

    def public_key(self, private: bytes) -> bytes:
        """Remembered."""
        return self._publics.get(private, lambda: XWING.public_key(private))

    def encapsulate(self, public: bytes, random: Random) -> tuple[bytes, bytes]:
        """Never the same twice."""
        return XWING.encapsulate(public, random)

    def decapsulate(self, private: bytes, encapsulation: bytes) -> bytes:
        """Remembered."""
        return self._shared.get((private, encapsulation), lambda: XWING.decapsulate(private, encapsulation))


def remembering() -> SecretSuite:
    """Return the suite of the product with a memory of its own."""
    kdf = RememberingKdf(HKDF_SHA384.id, HKDF_SHA384.algorithm)
    hpke = HpkeSuite(RememberingKem(), kdf, APARTE.hpke.aead)
    return RememberingSuite(APARTE.public, hpke, APARTE.sign, APARTE.signature_key)
