"""Valid encodings to begin from: what a walk of ours sends, our own vectors, and the official ones where they are."""

import json
from pathlib import Path

from aparte.core.mls.commit import Commit
from aparte.core.mls.framing import PublicMessage
from aparte.core.mls.keypackage import KeyPackage
from aparte.core.mls.message import read_message
from aparte.core.mls.tree import Tree
from tests.e2ee.mls.suites import SUITES
from tests.interop.implementation import Order, ask
from tests.interop.meeting import MeetingWalk
from tests.interop.own import Own
from tests.interop.walk import Walk
from tools.capabilities import ROOT

MAX = 1 << 22
Corpus = dict[str, list[bytes]]


class Recorder(Own):
    """Our own implementation, and everything that it was sent."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: set[str] = set()
        self.trees: set[str] = set()

    def send(self, order: Order) -> None:
        """Remember an order's octets, and carry it out."""
        self.messages |= {order[name] for name in ("message", "welcome", "info") if name in order}
        self.messages |= set(order.get("adds", []))
        self.trees |= {order["tree"]} if "tree" in order else set()
        super().send(order)


def walked() -> Corpus:
    """Return what two walks send."""
    found: Corpus = {"message": [], "tree": []}
    for kind, steps in ((Walk, 80), (MeetingWalk, 12)):
        recorder = Recorder()
        history = kind(1, [recorder], 5)
        for _ in range(steps):
            history.step()
        speaker = history.awake[0]
        if kind is Walk:
            recorder.messages.add(ask(recorder, do="say", member=speaker.number, data="00"))
        # Long messages are damaged in the same ways as short ones, and take longer.
        found["message"] += sorted({bytes.fromhex(one) for one in recorder.messages}, key=len)[:60]
        found["tree"] += sorted({bytes.fromhex(one) for one in recorder.trees}, key=len)[:20]
    return found


def taken_apart(messages: list[bytes], trees: list[bytes]) -> Corpus:
    """Return the parts of messages that have decoders of their own."""
    found: Corpus = {"key_package": [], "leaf": [], "proposal": [b"\1\0\7\0", b"\2\4abcd", b"\1\0\6\3abc"]}
    for octets in messages:
        match read_message(octets, MAX):
            case KeyPackage() as package:
                found["key_package"].append(package.encoded)
                found["leaf"].append(package.leaf.encoded)
            case PublicMessage(authenticated=content) if isinstance(content.framed.content, Commit):
                found["proposal"] += [entry.encoded for entry in content.framed.content.proposals]
            case _:
                pass
    for octets in trees[:5]:
        found["leaf"] += [leaf.encoded for _, leaf in Tree.decode(SUITES[1].public, octets).leaves()]
    return found


def of_ours() -> Corpus:
    """Return what the vectors in spec/ have for the wire."""
    vectors = ROOT / "spec" / "vectors"
    headers = json.loads((vectors / "wire" / "headers.json").read_text())
    sframe = json.loads((vectors / "sframe" / "headers.json").read_text())
    control = json.loads((vectors / "wire" / "control.json").read_text())
    texts = [(one["from"], one["text"].encode()) for one in control["valid"] if len(one["text"]) < 1_000]
    return {
        "header": [bytes.fromhex(one["header"]).ljust(min(one["size"], 40), b"\0") for one in headers["valid"]],
        "sframe": [bytes.fromhex(one["encoded"]) for one in sframe["valid"]],
        "client": [text for sender, text in texts if sender == "client"],
        "server": [text for sender, text in texts if sender == "server"],
    }


def official(folder: Path) -> Corpus:
    """Return messages of the official vectors."""
    found: Corpus = {"message": [], "tree": []}
    for case in json.loads((folder / "messages.json").read_text())[:40]:
        found["tree"].append(bytes.fromhex(case["ratchet_tree"]))
        for name, octets in case.items():
            if name.startswith(("mls_", "public_", "private_")):
                found["message"].append(bytes.fromhex(octets))
    return found
