"""Our own implementation in Python, in this process, with a policy that demands nothing beyond RFC 9420."""

import random
from collections import deque
from typing import Any

from aparte.core.mls.context import GroupInfo
from aparte.core.mls.credential import BASIC, Credential
from aparte.core.mls.errors import MlsError, Reason
from aparte.core.mls.framing import ContentType, PrivateMessage, PublicMessage, content_type
from aparte.core.mls.keypackage import KeyPackage
from aparte.core.mls.leaf import Capabilities
from aparte.core.mls.message import Message, read_message, write_message
from aparte.core.mls.proposals import (
    Add,
    GroupContextExtensions,
    PreSharedKey,
    PreSharedKeyId,
    Proposal,
    PskType,
    Remove,
    Update,
)
from aparte.core.mls.welcome import Welcome
from aparte.e2ee.mls.application import open_application, seal_application
from aparte.e2ee.mls.commit import Committed, commit
from aparte.e2ee.mls.create import OwnKeyPackage, OwnLeaf, create, new_key_package, new_leaf
from aparte.e2ee.mls.group import Group
from aparte.e2ee.mls.join import join, join_external
from aparte.e2ee.mls.process import process
from aparte.e2ee.mls.propose import hear_private, hear_public, propose, propose_update
from tests.e2ee.mls.policies import UNSAFE_OPEN
from tests.e2ee.mls.suites import SUITES
from tests.interop.decoders import decode
from tests.interop.implementation import EXPORTED, Order, Refused, extensions_of
from tests.interop.person import Person

MAX = 1 << 22


def read(octets: str) -> Message:
    """Read an MLSMessage."""
    return read_message(bytes.fromhex(octets), MAX)


class Member:
    """One member of one group."""

    def __init__(self, order: Order, rng: random.Random) -> None:
        self.rng = rng
        self.suite = SUITES[order["suite"]]
        self.credential = Credential(BASIC, bytes.fromhex(order["identity"]))
        self.able = Capabilities((1,), (self.suite.public.id,), tuple(order["extensions"]), (), (BASIC,))
        self.psks = {bytes.fromhex(name): bytes.fromhex(key) for name, key in order["psks"]}
        self.key = rng.randbytes(32)
        self.package: OwnKeyPackage | None = None
        self.group: Group | None = None
        self.next: Committed | None = None

    @property
    def here(self) -> Group:
        """The group as it is."""
        if self.group is None:
            raise Refused("in no group")
        return self.group

    def leaf(self) -> OwnLeaf:
        """Make a fresh leaf of the same identity and signature key."""
        return new_leaf(self.suite, self.credential, self.able, self.key, self.rng.randbytes)

    def do_create(self, order: Order) -> Any:
        group_id = bytes.fromhex(order["group"])
        leaf, draw = self.leaf(), self.rng.randbytes
        self.group = create(self.suite, UNSAFE_OPEN, group_id, leaf, draw, extensions_of(order))
        return self.do_view(order)

    def do_key_package(self, order: Order) -> Any:
        self.package = new_key_package(self.suite, self.leaf(), self.rng.randbytes)
        return write_message(self.package.package).hex()

    def do_join(self, order: Order) -> Any:
        welcome = read(order["welcome"])
        if not isinstance(welcome, Welcome) or self.package is None:
            raise Refused("no welcome for us")
        self.group = join(self.suite, UNSAFE_OPEN, welcome, self.package, psks=self.psks)
        return self.do_view(order)

    def psk(self, name: str) -> PreSharedKeyId:
        """Name an external key for one use."""
        return PreSharedKeyId(PskType.EXTERNAL, self.rng.randbytes(self.suite.size), bytes.fromhex(name))

    def do_join_external(self, order: Order) -> Any:
        info = read_message(bytes.fromhex(order["info"]), MAX)
        psks = [(self.psk(name), self.psks[bytes.fromhex(name)]) for name in order["psks"]]
        tree, removes = bytes.fromhex(order["tree"]), order["removes"]
        leaf, draw = self.leaf(), self.rng.randbytes
        assert isinstance(info, GroupInfo)
        made = join_external(self.suite, UNSAFE_OPEN, info, leaf, draw, psks=psks, removes=removes, ratchet_tree=tree)
        return self.offer(made)

    def do_commit(self, order: Order) -> Any:
        proposals: list[Proposal] = [self.add(package) for package in order["adds"]]
        proposals += [Remove(leaf) for leaf in order["removes"]]
        proposals += [PreSharedKey(self.psk(name)) for name in order["psks"]]
        if order["extensions"] is not None:
            proposals.append(GroupContextExtensions(extensions_of(order)))
        references = [
            reference
            for reference, entry in self.here.pending.items()
            if not (isinstance(entry.proposal, Update) and entry.sender.index == self.here.leaf)
        ]
        made = commit(
            self.here,
            proposals,
            self.rng.randbytes,
            references=references,
            psks=self.psks,
            with_path=order["path"],
            private=order["sealed"],
        )
        self.group = made.before
        return self.offer(made)

    def add(self, package: str) -> Add:
        """Read a KeyPackage into a proposal."""
        message = read(package)
        assert isinstance(message, KeyPackage)
        return Add(message)

    def offer(self, made: Committed) -> Any:
        """Keep what will count if it is accepted."""
        self.next = made
        welcome = None if made.welcome is None else write_message(made.welcome).hex()
        return {"commit": write_message(made.message).hex(), "welcome": welcome}

    def do_accept(self, order: Order) -> Any:
        assert self.next is not None
        self.group, self.next = self.next.group, None
        return self.do_view(order)

    def do_drop(self, order: Order) -> Any:
        self.next = None

    def do_propose(self, order: Order) -> Any:
        match order["kind"]:
            case "update":
                self.group, message = propose_update(self.here, self.rng.randbytes)
            case "remove":
                self.group, message = propose(self.here, Remove(order["leaf"]))
            case "psk":
                self.group, message = propose(self.here, PreSharedKey(self.psk(order["psk"])))
            case "add":
                self.group, message = propose(self.here, self.add(order["package"]))
            case _:
                self.group, message = propose(self.here, GroupContextExtensions(extensions_of(order)))
        return write_message(message).hex()

    def deliver(self, message: Message) -> Any:
        """Hear a message; a refusal changes nothing."""
        if isinstance(message, PublicMessage):
            if content_type(message.authenticated.framed.content) is ContentType.COMMIT:
                return self.follow(message)
            self.group = hear_public(self.here, message)
            return {"heard": True}
        if not isinstance(message, PrivateMessage):
            raise Refused("not for a member")
        if message.content_type is ContentType.COMMIT:
            return self.follow(message)
        if message.content_type is ContentType.PROPOSAL:
            self.group = hear_private(self.here, message)
            return {"heard": True}
        self.group, received = open_application(self.here, message)
        return {"said": {"sender": received.sender, "data": received.data.hex()}}

    def follow(self, message: PublicMessage | PrivateMessage) -> Any:
        """Follow a commit."""
        try:
            self.group = process(self.here, message, self.psks)
        except MlsError as error:
            if error.reason is not Reason.REMOVED:
                raise
            self.group = None
            return {"removed": True}
        self.next = None
        return {"view": self.do_view({})}

    def do_say(self, order: Order) -> Any:
        data, draw = bytes.fromhex(order["data"]), self.rng.randbytes
        self.group, message = seal_application(self.here, data, draw, padding=self.rng.randrange(9))
        return write_message(message).hex()

    def do_info(self, order: Order) -> Any:
        info = write_message(self.here.info(with_tree=False))
        return {"info": info.hex(), "tree": self.here.public.tree.encoded.hex()}

    def do_view(self, order: Order) -> Any:
        label, context, size = EXPORTED
        return {
            "epoch": self.here.epoch,
            "leaf": self.here.leaf,
            "authenticator": self.here.epoch_authenticator.hex(),
            "exported": self.here.export(label, context, size).hex(),
            "context": self.here.public.context.encoded.hex(),
        }


class Own:
    """The members of our own implementation; what they draw comes from a seed."""

    name = "python"

    def __init__(self) -> None:
        self.members: dict[int, Member | Person] = {}
        self.gone: set[bytes] = set()
        self.rng = random.Random(0)
        self._answers: deque[Any] = deque()

    def send(self, order: Order) -> None:
        """Carry out an order, and keep the answer."""
        try:
            self._answers.append(self._follow(order))
        except (MlsError, Refused) as refusal:
            self._answers.append(Refused(f"python: {reason_of(refusal)}"))

    def answer(self) -> Any:
        """Return the oldest answer; raises ``Refused``."""
        said = self._answers.popleft()
        if isinstance(said, Refused):
            raise said
        return said

    def _follow(self, order: Order) -> Any:
        match order["do"]:
            case "clear":
                self.members.clear()
                self.gone.clear()
                return None
            case "gone":
                self.gone.update(bytes.fromhex(seat) for seat in order["seats"])
                return None
            case "new":
                is_gone, meets = self.gone.__contains__, "link" in order
                self.members[order["member"]] = Person(order, self.rng, is_gone) if meets else Member(order, self.rng)
                return None
            case "decode":
                return decode(order["kind"], order["items"], order["limit"])
            case "deliver":
                return [self._deliver(self.members[number], order["message"]) for number in order["members"]]
            case _:
                return getattr(self.members[order["member"]], f"do_{order['do']}")(order)

    def _deliver(self, member: Member | Person, octets: str) -> Any:
        try:
            return member.deliver(read(octets))
        except (MlsError, Refused) as refusal:
            return {"refused": reason_of(refusal)}


def reason_of(refusal: MlsError | Refused) -> str:
    """Say which rule refused."""
    return f"{refusal.rule.id} {refusal.reason}" if isinstance(refusal, MlsError) else str(refusal)
