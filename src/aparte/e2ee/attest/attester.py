"""A sender's part: what it has sent and not signed yet."""

from dataclasses import dataclass, field
from typing import Final

from aparte.core.wire.header import HEADER_SIZE
from aparte.e2ee.attest.proof import (
    HASH_SIZE,
    HEAD_SIZE,
    MAX_BODY,
    RUN_SIZE,
    Proof,
    Run,
    build_body,
    hash_frame,
    sign_content,
)
from aparte.e2ee.sframe.header import parse_sframe_header
from aparte.e2ee.sframe.kid import parse_kid

MAX_WAITING: Final = 400
"""So many frames fit into one proof, whatever they are of: a sender signs then, and does not wait any longer."""
_KEPT: Final = 17


@dataclass(frozen=True, slots=True, repr=False)
class Draft:
    """A proof without its signature: sign ``content``, and put the signature behind ``body``."""

    body: bytes
    content: bytes


@dataclass(slots=True, repr=False)
class _Epoch:
    group_id: bytes
    number: int
    leaf: int
    check: bytes
    # By context: counter of the first and the hashes of each run, in the order of sending.
    runs: dict[int, list[tuple[int, bytearray]]] = field(default_factory=dict)


class Attester:
    """One leaf's: its proofs are numbered from 0, and it lives as long as the leaf."""

    def __init__(self) -> None:
        self.waiting = 0  # frames
        self._number = 0
        self._epochs: dict[int, _Epoch] = {}  # by the last 8 bits of their number, the newest last

    def enter(self, group_id: bytes, epoch: int, leaf: int, check: bytes) -> None:
        """Sign frames of this epoch too; ``check`` is of ``derive_check``. What was sent before is not forgotten."""
        self._epochs.pop(epoch & 0xFF, None)
        self._epochs[epoch & 0xFF] = _Epoch(group_id, epoch, leaf, check)
        while len(self._epochs) > _KEPT:
            self.waiting -= _size(self._epochs.pop(next(iter(self._epochs))))

    def add(self, message: bytes) -> None:
        """Take note of a whole binary message that was sent; those of one stream and rendition in their order.

        What was sealed in no epoch of ours is left out: it will not be proven.
        """
        sframe = parse_sframe_header(memoryview(message)[HEADER_SIZE:])
        kid = parse_kid(sframe.kid)
        epoch = None if kid is None else self._epochs.get(kid.epoch)
        if kid is None or epoch is None:
            return
        runs = epoch.runs.setdefault(kid.context, [])
        if not runs or runs[-1][0] + len(runs[-1][1]) // HASH_SIZE != sframe.ctr:
            runs.append((sframe.ctr, bytearray()))
        runs[-1][1].extend(hash_frame(message))
        self.waiting += 1

    def take(self, *, beat: bool = False) -> list[Draft]:
        """Return proofs of all that was added, the oldest epoch first; with ``beat`` one of the newest epoch anyway."""
        drafts: list[Draft] = []
        newest = next(reversed(self._epochs.values()), None)
        for epoch in self._epochs.values():
            packs = _pack(epoch) or ([[]] if beat and epoch is newest else [])
            drafts += (self._draft(epoch, pack) for pack in packs)
            epoch.runs.clear()
        self.waiting = 0
        return drafts

    def _draft(self, epoch: _Epoch, runs: list[Run]) -> Draft:
        body = build_body(Proof(self._number, epoch.number, epoch.check, runs))
        self._number += 1
        return Draft(body, sign_content(epoch.group_id, epoch.leaf, body))


def _size(epoch: _Epoch) -> int:
    return sum(len(hashes) // HASH_SIZE for runs in epoch.runs.values() for _, hashes in runs)


def _pack(epoch: _Epoch) -> list[list[Run]]:
    """Divide what was sent in an epoch into runs that fit into one proof each."""
    packs: list[list[Run]] = []
    room = 0
    for context in sorted(epoch.runs):
        for first, hashes in epoch.runs[context]:
            at = 0
            while at < len(hashes):
                if room < RUN_SIZE + HASH_SIZE:
                    packs.append([])
                    room = MAX_BODY - HEAD_SIZE
                part = bytes(hashes[at : at + (room - RUN_SIZE) // HASH_SIZE * HASH_SIZE])
                packs[-1].append(Run(context, first + at // HASH_SIZE, part))
                at += len(part)
                room -= RUN_SIZE + len(part)
    return packs
