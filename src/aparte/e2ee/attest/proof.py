"""The plaintext of a proof: the hashes of frames that its signer has sent (spec/attest.md section 1)."""

import hashlib
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from cryptography.hazmat.primitives.hashes import SHA384
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from aparte.core.mls.codec import u32, vector
from aparte.core.wire.header import Stream
from aparte.core.wire.limits import HEADER_SIZE, MAX_COUNTER, MAX_PROOF
from aparte.e2ee.content import ContentError
from aparte.e2ee.sframe.kid import context_of
from aparte.e2ee.sframe.suites import TAG_SIZE

HASH_SIZE: Final = 16
CHECK_SIZE: Final = 16
SIGNATURE_SIZE: Final = 64
MAX_BODY: Final = MAX_PROOF - HEADER_SIZE - 9 - TAG_SIZE - SIGNATURE_SIZE
"""What is left of a message for a body, in bytes: 9 are the longest SFrame header's."""
_VERSION: Final = 1
_LABEL: Final = b"aparte/1 attest"
_HEAD: Final = struct.Struct(">BIQ16s")
_RUN: Final = struct.Struct(">BIH")
HEAD_SIZE: Final = _HEAD.size
RUN_SIZE: Final = _RUN.size
_CONTEXTS: Final = frozenset(
    {context_of(Stream.STATE, 0), context_of(Stream.SOUND, 0), *(context_of(Stream.CAMERA, r) for r in range(3))}
)


class Run(NamedTuple):
    """Frames of one context whose counters follow each other from ``first`` on; ``hashes`` has 16 bytes for each."""

    context: int
    first: int
    hashes: bytes

    @property
    def last(self) -> int:
        """The counter of the last one."""
        return self.first + len(self.hashes) // HASH_SIZE - 1

    def find(self, counter: int) -> bytes | None:
        """Return the hash of a frame, 16 bytes; None for one that is not in this run."""
        at = (counter - self.first) * HASH_SIZE
        return self.hashes[at : at + HASH_SIZE] if 0 <= at < len(self.hashes) else None


@dataclass(frozen=True, slots=True)
class Proof:
    """``number`` rises by one a proof of its signer; the frames are of ``epoch``, whose ``check`` has 16 bytes."""

    number: int
    epoch: int
    check: bytes = field(repr=False)
    runs: Sequence[Run] = field(repr=False)


def hash_frame(message: bytes) -> bytes:
    """Return what is signed of a whole binary message, header included: 16 bytes."""
    return hashlib.sha256(message).digest()[:HASH_SIZE]


def derive_check(epoch_authenticator: bytes) -> bytes:
    """Return what the members of an epoch have in common, and nobody else: 16 bytes."""
    return HKDFExpand(SHA384(), CHECK_SIZE, info=b"aparte/1 heartbeat").derive(epoch_authenticator)


def build_body(proof: Proof) -> bytes:
    """Return what is signed of a proof; behind it comes the signature."""
    parts = [_HEAD.pack(_VERSION, proof.number, proof.epoch, proof.check)]
    for run in proof.runs:
        parts += (_RUN.pack(run.context, run.first, len(run.hashes) // HASH_SIZE), run.hashes)
    return b"".join(parts)


def sign_content(group_id: bytes, leaf: int, body: bytes) -> bytes:
    """Return what a signature is made over, in the form of RFC 9420 section 5.1.2.

    Its labels begin with "MLS 1.0 ", ours does not: neither signature can be taken for the other.
    """
    return vector(_LABEL) + vector(vector(group_id) + u32(leaf) + body)


def parse_proof(plaintext: bytes) -> tuple[Proof, bytes, bytes]:
    """Return a proof, the body that is signed and its signature, which nobody has verified yet.

    Raises ``ContentError``: runs come by rising context, and in each by rising counter.
    """
    body, signature = plaintext[:-SIGNATURE_SIZE], plaintext[-SIGNATURE_SIZE:]
    if not HEAD_SIZE <= len(body) <= MAX_BODY:
        raise ContentError
    version, number, epoch, check = _HEAD.unpack_from(body)
    if version != _VERSION:
        raise ContentError
    return Proof(number, epoch, check, _parse_runs(body)), body, signature


def _parse_runs(body: bytes) -> tuple[Run, ...]:
    runs: list[Run] = []
    at, before = HEAD_SIZE, (-1, -1)
    while at < len(body):
        if len(body) - at < RUN_SIZE:
            raise ContentError
        context, first, count = _RUN.unpack_from(body, at)
        at += RUN_SIZE
        run = Run(context, first, body[at : at + count * HASH_SIZE])
        at += count * HASH_SIZE
        if not count or at > len(body) or context not in _CONTEXTS or run.last > MAX_COUNTER:
            raise ContentError
        if (context, first) <= before:
            raise ContentError
        runs.append(run)
        before = context, run.last
    return tuple(runs)
