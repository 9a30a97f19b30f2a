"""A participant of a meeting by the product's own interface in Python, with its suite and all its rules."""

import random
from collections.abc import Callable
from typing import Any

from aparte.core.mls.errors import MlsError, Reason
from aparte.core.mls.message import Message, write_message
from aparte.core.policy.charter import Charter
from aparte.core.policy.meeting import read_policy
from aparte.e2ee.keys import LinkKeys
from aparte.e2ee.mls.meeting import Admitted, MeetingGroup, Participant, Proposed
from aparte.e2ee.mls.suite import APARTE
from aparte.e2ee.person import OwnPerson, SeedKey
from tests.charters import certificate_of
from tests.interop.implementation import EXPORTED, Order, Refused, extensions_of


def person_of(link: dict[str, Any]) -> OwnPerson:
    """Return who somebody is: an account where there is a certificate."""
    certificate = certificate_of(bytes.fromhex(link["certificate"])) if link["certificate"] else None
    return OwnPerson(SeedKey(bytes.fromhex(link["person_seed"])), link["name"], link["label"], certificate)


class Person:
    """One participant; ``is_gone`` says which seats the server called so."""

    def __init__(self, order: Order, rng: random.Random, is_gone: Callable[[bytes], bool]) -> None:
        link = order["link"]
        octets = {name: bytes.fromhex(link[name]) for name in ("psk", "psk_id", "name_key", "seat", "charter")}
        keys = LinkKeys(bytes(32), octets["psk"], octets["psk_id"], octets["name_key"], bytes(32))
        charter, today = Charter.read(octets["charter"]), link["today"]
        self.rng = rng
        self.who = Participant(octets["seat"], person_of(link), keys, charter, lambda: today, is_gone)
        self.key = rng.randbytes(32)
        self.group: MeetingGroup | None = None
        self.next: Proposed | None = None

    @property
    def here(self) -> MeetingGroup:
        """The group as it is."""
        if self.group is None:
            raise Refused("in no group")
        return self.group

    def do_create(self, order: Order) -> Any:
        self.group, _, _ = MeetingGroup.create(self.who, self.rng.randbytes)
        return self.do_view(order)

    def do_knock(self, order: Order) -> Any:
        return APARTE.signature_key(self.key).hex()

    def do_admit(self, order: Order) -> Any:
        seat, subject, key = (bytes.fromhex(order[name]) for name in ("seat", "subject", "key"))
        return self.here.admit(seat, subject, key).hex()

    def do_join_external(self, order: Order) -> Any:
        info, tree, admission = (bytes.fromhex(order[name]) for name in ("info", "tree", "admission"))
        admitted = Admitted(admission, self.key) if admission else None
        return self.offer(MeetingGroup.join(info, tree, self.who, self.rng.randbytes, admitted=admitted))

    def do_commit(self, order: Order) -> Any:
        policy = None if order["extensions"] is None else read_policy(extensions_of(order))
        return self.offer(self.here.commit(order["removes"], self.rng.randbytes, policy))

    def offer(self, made: Proposed) -> Any:
        """Keep what will count if it is accepted."""
        self.next = made
        return {"commit": made.commit.hex(), "welcome": None}

    def do_accept(self, order: Order) -> Any:
        assert self.next is not None
        self.group, self.next = self.next.group, None
        return self.do_view(order)

    def do_drop(self, order: Order) -> Any:
        self.next = None

    def deliver(self, message: Message) -> Any:
        """Follow a commit: nothing else is sent in a meeting."""
        try:
            self.group = self.here.process(write_message(message))
        except MlsError as error:
            if error.reason is not Reason.REMOVED:
                raise
            self.group = None
            return {"removed": True}
        self.next = None
        return {"view": self.do_view({})}

    def do_info(self, order: Order) -> Any:
        inside = self.here.group
        info = write_message(inside.info(with_tree=False))
        return {"info": info.hex(), "tree": inside.public.tree.encoded.hex()}

    def do_view(self, order: Order) -> Any:
        label, context, size = EXPORTED
        inside = self.here.group
        return {
            "epoch": inside.epoch,
            "leaf": inside.leaf,
            "authenticator": self.here.epoch_authenticator().hex(),
            "exported": inside.export(label, context, size).hex(),
            "context": inside.public.context.encoded.hex(),
        }
