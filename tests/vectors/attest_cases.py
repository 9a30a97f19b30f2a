"""The vectors of spec/vectors/attest: proofs, and what a receiver makes of frames and proofs."""

from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from aparte.core.mls.suites import verify_ed25519
from aparte.core.wire.header import Header, Stream, build_header
from aparte.e2ee.attest.attester import Attester
from aparte.e2ee.attest.proof import (
    MAX_BODY,
    Proof,
    Run,
    build_body,
    derive_check,
    hash_frame,
    parse_proof,
    sign_content,
)
from aparte.e2ee.attest.witness import Witness
from aparte.e2ee.sframe.cipher import Cipher
from aparte.e2ee.sframe.kid import build_kid, context_of

GROUP = bytes(range(32))
CHECK = derive_check(bytes(48))
SEED = bytes(range(1, 33))
KEY = Ed25519PrivateKey.from_private_bytes(SEED).public_key().public_bytes_raw()
LEAF, EPOCH = 300, 258
STATE, SOUND, CAMERA = context_of(Stream.STATE, 0), context_of(Stream.SOUND, 0), context_of(Stream.CAMERA, 1)


def sign(body: bytes, leaf: int = LEAF, seed: bytes = SEED, group: bytes = GROUP) -> bytes:
    """Give the whole plaintext."""
    return body + Ed25519PrivateKey.from_private_bytes(seed).sign(sign_content(group, leaf, body))


def hashes(first: int, count: int, salt: int = 0) -> bytes:
    return b"".join(bytes([salt]) * 12 + (first + at).to_bytes(8)[4:] for at in range(count))


def proof(number: int, *runs: tuple[int, int, int], epoch: int = EPOCH, check: bytes = CHECK) -> bytes:
    """Give the body of a proof; runs are context, first, count."""
    return build_body(Proof(number, epoch, check, [Run(c, first, hashes(first, count)) for c, first, count in runs]))


def proofs() -> dict[str, Any]:
    """Give proofs with all that is in them, and plaintexts that are none."""
    bodies = [
        proof(0),
        proof(1, (SOUND, 0, 1)),
        proof(2, (STATE, 0, 1), (SOUND, 1, 3), (SOUND, 7, 2), (CAMERA, 0xFFFFFFFE, 2)),
        proof(0xFFFFFFFF, (SOUND, 5, 500), epoch=2**64 - 1),
    ]
    valid = []
    for body in bodies:
        found = parse_proof(sign(body))[0]
        runs = [{"context": run.context, "first": run.first, "hashes": run.hashes.hex()} for run in found.runs]
        valid.append(
            {
                "number": found.number,
                "epoch": str(found.epoch),
                "check": found.check.hex(),
                "runs": runs,
                "content": sign_content(GROUP, LEAF, body).hex(),
                "plaintext": sign(body).hex(),
            }
        )
    good = proof(1, (SOUND, 0, 2))
    broken = [
        ("empty", b""),
        ("a signature alone", bytes(64)),
        ("cut short in its head", good[:28] + bytes(64)),
        ("version 2", b"\2" + good[1:] + bytes(64)),
        ("a run without frames", proof(1, (SOUND, 0, 0)) + bytes(64)),
        ("a hash cut short", good[:-1] + bytes(64)),
        ("a run cut short", good + b"\x20\0\0\0\0\0" + bytes(64)),
        ("a proof of proofs", proof(1, (0x30, 0, 1)) + bytes(64)),
        ("a rendition 3", proof(1, (0x2C, 0, 1)) + bytes(64)),
        ("sound with a rendition", proof(1, (0x14, 0, 1)) + bytes(64)),
        ("counters over 32 bits", proof(1, (SOUND, 0xFFFFFFFF, 2)) + bytes(64)),
        ("contexts not rising", proof(1, (CAMERA, 0, 1), (SOUND, 0, 1)) + bytes(64)),
        ("runs that overlap", proof(1, (SOUND, 0, 2), (SOUND, 1, 1)) + bytes(64)),
        ("too long", proof(1, (SOUND, 0, (MAX_BODY - 36) // 16 + 1)) + bytes(64)),
    ]
    authenticators = [bytes(48), bytes(range(48))]
    return {
        "group": GROUP.hex(),
        "leaf": LEAF,
        "seed": SEED.hex(),
        "key": KEY.hex(),
        "checks": [{"epoch_authenticator": each.hex(), "check": derive_check(each).hex()} for each in authenticators],
        "valid": valid,
        "invalid": [{"why": why, "plaintext": plaintext.hex()} for why, plaintext in broken],
    }


def _frame(epoch: int, counter: int, stream: Stream = Stream.SOUND) -> bytes:
    kid = build_kid(context_of(stream, 0), LEAF, epoch)
    head = build_header(Header(stream, 0, 0, False, False, 0, counter))
    return Cipher(bytes(32), kid).encrypt(counter, head, b"x" * (counter % 5))


def sending() -> dict[str, Any]:
    """Give messages in the order of sending, and what is to be signed of them."""
    attester = Attester()
    attester.enter(GROUP, 255, LEAF, CHECK)
    before = [_frame(255, 0), _frame(255, 1), _frame(255, 0, Stream.STATE)]
    after = [_frame(256, counter) for counter in (2, 3, 5, 6)]
    for message in before:
        attester.add(message)
    attester.enter(GROUP, 256, LEAF, CHECK)
    for message in after:
        attester.add(message)
    drafts = attester.take() + attester.take(beat=True)
    return {
        "group": GROUP.hex(),
        "leaf": LEAF,
        "check": CHECK.hex(),
        "epochs": [
            {"epoch": "255", "messages": [message.hex() for message in before]},
            {"epoch": "256", "messages": [message.hex() for message in after]},
        ],
        "hashes": [hash_frame(message).hex() for message in before + after],
        "drafts": [{"body": draft.body.hex(), "content": draft.content.hex()} for draft in drafts],
    }


def _verify(key: bytes, signature: bytes, content: bytes) -> bool:
    try:
        verify_ed25519(key, signature, content)
    except InvalidSignature:
        return False
    return True


class _Script:
    """Records what a witness is told, and what it says; times are in ms."""

    def __init__(self) -> None:
        self.steps: list[dict[str, Any]] = []
        self.witness = Witness(_verify)

    def enter(self, now: int, epoch: int = EPOCH, keys: dict[int, bytes] | None = None) -> None:
        keys = {LEAF: KEY} if keys is None else keys
        self.witness.enter(GROUP, epoch, CHECK, keys, now / 1000)
        named = {str(leaf): key.hex() for leaf, key in keys.items()}
        self.steps.append({"do": "enter", "now": now, "epoch": str(epoch), "check": CHECK.hex(), "keys": named})

    def hear(self, now: int, counter: int, salt: int = 0, context: int = SOUND, epoch: int = EPOCH) -> None:
        kid, hash = build_kid(context, LEAF, epoch), hashes(counter, 1, salt)
        said = self.witness.hear(LEAF, kid, counter, hash, now / 1000)
        step = {"do": "hear", "now": now, "kid": kid, "counter": counter, "hash": hash.hex()}
        self.steps.append({**step, "doubt": said})

    def prove(self, now: int, plaintext: bytes) -> None:
        said = self.witness.prove(LEAF, plaintext, now / 1000)
        self.steps.append({"do": "prove", "now": now, "plaintext": plaintext.hex(), "doubt": said})

    def look(self, now: int) -> None:
        self.witness.expire(now / 1000)
        self.steps.append({"do": "look", "now": now, "doubt": self.witness.doubt(LEAF, now / 1000)})

    def excuse(self, now: int) -> None:
        self.witness.excuse([LEAF], now / 1000)
        self.steps.append({"do": "excuse", "now": now})

    def cut(self, now: int) -> None:
        self.witness.cut(now / 1000)
        self.steps.append({"do": "cut", "now": now})


def judging() -> dict[str, Any]:
    """Give receivers step by step: frames and proofs in many orders, and what is said of them."""
    return {
        "group": GROUP.hex(),
        "leaf": LEAF,
        "scripts": [{"why": why, "steps": make()} for why, make in _SCRIPTS.items()],
    }


def _honest() -> list[dict[str, Any]]:
    s = _Script()
    s.enter(0)
    for counter in (5, 6, 7):
        s.hear(counter * 20, counter)
    s.prove(500, sign(proof(9, (SOUND, 3, 6))))
    s.hear(600, 4)  # late, and signed before it came
    s.hear(600, 8)
    s.look(700)
    s.hear(700, 0, context=STATE)
    s.look(2400)
    s.prove(2440, sign(proof(10, (STATE, 0, 1))))
    s.look(3000)
    s.hear(3000, 9)
    s.enter(3100, EPOCH + 1)
    s.prove(3200, sign(proof(11, (SOUND, 9, 1))))
    s.look(9000)
    return s.steps


def _late() -> list[dict[str, Any]]:
    s = _Script()
    s.enter(0)
    s.hear(0, 0)
    s.look(1749)
    s.look(1750)
    s.prove(1800, sign(proof(0, (SOUND, 0, 1))))
    s.look(3700)
    s.look(3800)
    s.hear(4000, 1)
    s.cut(4100)
    s.look(6000)
    return s.steps


def _other_content() -> list[dict[str, Any]]:
    s = _Script()
    s.enter(0)
    s.prove(0, sign(proof(0, (SOUND, 0, 1))))
    s.hear(10, 1, salt=1)
    s.prove(500, sign(proof(1, (SOUND, 1, 2))))
    s.hear(510, 2, salt=2)
    s.look(2000)
    s.prove(3000, sign(proof(2)))
    s.look(3010)
    return s.steps


def _left_out() -> list[dict[str, Any]]:
    s = _Script()
    s.enter(0)
    s.prove(0, sign(proof(0, (SOUND, 0, 2))))
    s.hear(10, 2)
    s.hear(10, 3)
    s.prove(500, sign(proof(1, (SOUND, 3, 2))))
    s.hear(3000, 2)  # what was not sent does not come late
    return s.steps


def _lost_proof() -> list[dict[str, Any]]:
    s = _Script()
    s.enter(0)
    s.prove(0, sign(proof(0, (SOUND, 0, 2))))
    s.hear(10, 2)
    s.prove(500, sign(proof(2, (SOUND, 3, 2))))
    s.hear(600, 5)
    s.prove(1000, sign(proof(3, (SOUND, 5, 2))))
    s.look(1500)
    s.look(1800)
    s.prove(1900, sign(proof(1, (SOUND, 2, 1))))
    s.hear(1900, 2)
    s.prove(4000, sign(proof(4)))
    s.look(4000)
    return s.steps


def _signatures() -> list[dict[str, Any]]:
    s = _Script()
    for body in (
        sign(proof(0), seed=bytes(32)),
        sign(proof(0), leaf=LEAF + 1),
        sign(proof(0), group=bytes(32)),
        sign(proof(0))[:-1] + b"\0",
        sign(proof(0))[:60],
    ):
        s.enter(0, EPOCH + len(s.steps))
        s.prove(0, body)
    s.enter(10, EPOCH + 20, {LEAF: bytes(32)})  # another holder of the leaf
    s.look(20)
    s.prove(30, sign(proof(0, epoch=EPOCH + 20)))
    return s.steps


def _epochs() -> list[dict[str, Any]]:
    s = _Script()
    s.enter(0)
    s.prove(0, sign(proof(0, check=bytes(16))))
    s.look(0)
    s.prove(2000, sign(proof(1)))
    s.look(2001)
    s.prove(2100, sign(proof(2, epoch=EPOCH + 1)))  # of an epoch that we are not in
    s.enter(3000, EPOCH + 1)
    s.prove(5900, sign(proof(3)))  # replaced less than 3 s ago
    s.look(34899)
    s.look(34900)
    s.prove(35000, sign(proof(4)))  # still behind
    s.look(35000)
    s.prove(35100, sign(proof(4, epoch=EPOCH + 1)))  # a number that has been there
    s.look(35100)
    s.prove(35200, sign(proof(5, epoch=EPOCH + 1)))
    s.look(35200)
    s.look(64199)
    s.look(64200)
    s.excuse(65000)
    s.look(65000)
    return s.steps


def _bounds() -> list[dict[str, Any]]:
    s = _Script()
    s.enter(0)
    for counter in range(513):
        s.hear(counter, counter)
    s.look(513)
    s.prove(514, sign(proof(0, (SOUND, 0, 400))))
    s.prove(515, sign(proof(1, (SOUND, 400, 200))))
    s.look(520)
    s.hear(530, 0, salt=1)  # too old to be known
    s.hear(530, 450, salt=1)
    return s.steps


_SCRIPTS = {
    "an honest sender, layers left out, a change of the epoch": _honest,
    "a proof that comes late, and a cut of our own": _late,
    "another content than was signed": _other_content,
    "a frame that the list leaves out": _left_out,
    "a lost proof": _lost_proof,
    "signatures that do not hold": _signatures,
    "another epoch of the same number, and one that stays behind": _epochs,
    "more than is kept": _bounds,
}
