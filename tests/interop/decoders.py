"""Our decoders in Python by name: what they read, written again. A refusal is the rule or reason."""

import time
from collections.abc import Callable
from typing import Any

from aparte.core.mls.codec import Encodable, Reader
from aparte.core.mls.codec import decode as decode_whole
from aparte.core.mls.errors import MlsError
from aparte.core.mls.keypackage import KeyPackage
from aparte.core.mls.leaf import LeafNode
from aparte.core.mls.message import read_message, write_message
from aparte.core.mls.proposals import read_proposal_or_ref
from aparte.core.mls.tree import Tree
from aparte.core.wire.control import decode_client, decode_server, encode_client, encode_server
from aparte.core.wire.errors import WireError
from aparte.core.wire.header import build_header, parse_header
from aparte.e2ee.sframe.errors import SealError
from aparte.e2ee.sframe.header import build_sframe_header, parse_sframe_header
from tests.e2ee.mls.suites import SUITES

MAX = 1 << 22


def part(read: Callable[[Reader], Encodable]) -> Callable[[bytes], bytes]:
    """Make a decoder of a part of a message."""
    return lambda octets: decode_whole(octets, read).encoded


def sframe(octets: bytes) -> bytes:
    """Read an SFrame header and write it again."""
    header = parse_sframe_header(octets)
    return build_sframe_header(header.kid, header.ctr)


DECODERS: dict[str, Callable[[bytes], bytes]] = {
    "message": lambda octets: write_message(read_message(octets, MAX)),
    "tree": lambda octets: Tree.decode(SUITES[1].public, octets).encoded,
    "key_package": part(KeyPackage.read),
    "leaf": part(LeafNode.read),
    "proposal": part(read_proposal_or_ref),
    "sframe": sframe,
    "header": lambda octets: build_header(parse_header(octets)),
    "client": lambda octets: encode_client(decode_client(octets)).encode(),
    "server": lambda octets: encode_server(decode_server(octets)).encode(),
}


def told(decoder: Callable[[bytes], bytes], octets: bytes) -> str:
    """Return an encoding, or why there is none; any other error is a fault."""
    try:
        return f"={decoder(octets).hex()}"
    except MlsError as error:
        return error.rule.id
    except (WireError, SealError) as error:
        return str(error.reason)


def decode(kind: str, items: list[str], limit: int) -> Any:
    """Answer the order ``decode``."""
    found, slow = [], []
    for index, item in enumerate(items):
        octets = bytes.fromhex(item)
        began = time.thread_time()
        found.append(told(DECODERS[kind], octets))
        if (time.thread_time() - began) * 1_000_000 > limit:
            slow.append(index)
    return {"items": found, "slow": slow}
