"""What we send: each stream and rendition sealed in order under the epoch in force. Nothing leaves unsealed."""

from collections.abc import Callable
from dataclasses import dataclass

from aparte.core.wire.header import Stream
from aparte.e2ee.sframe.sealer import Marks, Sealer


@dataclass(frozen=True, slots=True, repr=False)
class _Keys:
    base_key: bytes
    leaf: int
    epoch: int


class Outgoing:
    """The sealers of one leaf: their counters never go back, across epochs and reconnections."""

    def __init__(self, send: Callable[[bytes], None], sent: Callable[[bytes], None]) -> None:
        """``sent`` hears of every message that has to be proven: all but proofs."""
        self.sealed = 0
        self._send = send
        self._sent = sent
        self._keys: _Keys | None = None
        self._lanes: dict[tuple[Stream, int], tuple[Sealer, _Keys]] = {}

    def rekey(self, base_key: bytes, leaf: int, epoch: int) -> None:
        """Seal under this epoch's keys from now on."""
        self._keys = _Keys(base_key, leaf, epoch)

    def forget(self) -> None:
        """Give the leaf up: a new one starts with fresh counters, under a key that no earlier leaf had."""
        self._keys = None
        self._lanes.clear()

    def seal(self, stream: Stream, rendition: int, marks: Marks, plaintext: bytes) -> bool:
        """Seal and send; False when there is no key. Raises ``SealError``."""
        keys = self._keys
        if keys is None:
            return False
        sealer, sealed_under = self._lanes.get((stream, rendition), (None, None))
        if sealer is None:
            sealer = Sealer(stream, rendition)
        if sealed_under is not keys:
            sealer.rekey(keys.base_key, keys.leaf, keys.epoch)
            self._lanes[stream, rendition] = sealer, keys
        message = sealer.seal(marks, plaintext)
        self._send(message)
        if stream is not Stream.PROOF:
            self.sealed += 1
            self._sent(message)
        return True
