"""What a walk asks of an implementation of MLS, in one form for those in this process and those in others.

An order is a JSON object whose field ``do`` says what to do; octets are hexadecimal digits.

| do | fields beside ``member`` | answer |
|---|---|---|
| clear | (no member) | forgets every member |
| gone | seats (no member; ours alone) | the server says so: anybody may remove them |
| new | suite, identity, extensions (types it knows), psks ([id, key]); in a meeting link and key | |
| create | group, extensions ([type, octets]) | view |
| key_package | | an MLSMessage |
| join | welcome | view |
| knock | (ours alone) | the public signature key of the leaf that it comes with if it is admitted |
| admit | seat, subject, key (ours alone) | an Admission |
| join_external | info, tree, psks (ids), removes (leaves); admission | commit, not yet counting |
| commit | adds, removes, psks, extensions (or null), sealed, path | commit and welcome (or null), not yet counting |
| accept, drop | | the own commit counts (view), or never will |
| propose | kind (add, remove, update, psk, extensions), package, leaf, psk, extensions, sealed | an MLSMessage |
| deliver | members, message | for each what it was to it: view, removed, heard, said (sender, data), refused |
| say | data | an MLSMessage |
| info | | info (an MLSMessage, without the tree) and tree |
| view | | epoch, leaf, authenticator, exported, context (the GroupContext) |
| decode | kind, items, limit (no member) | items (``=`` and the encoding, or a reason), slow (which took more µs) |

In a meeting ``link`` says who somebody is and what the link gives; who has no interface for meetings makes its leaf of
``identity`` and ``key`` (private and public half), and puts ``admission`` (or nothing) into its authenticated data.
A commit takes along, by reference, every proposal that its maker has heard, but no update of its own.
"""

from typing import Any, Protocol

from aparte.core.mls.extensions import Extension, Extensions

Order = dict[str, Any]

EXPORTED = ("walk", b"context", 40)
"""Label, context and size of what every member asks the exporter for."""


def extensions_of(order: Order) -> Extensions:
    """Return the extensions that an order names."""
    return tuple(Extension(kind, bytes.fromhex(data)) for kind, data in order.get("extensions") or [])


class Refused(Exception):
    """An order that an implementation does not carry out; nothing has changed."""


class Implementation(Protocol):
    """Members of one implementation. An order may be sent to several before the first is asked for its answer."""

    @property
    def name(self) -> str:
        """What the table of holes calls it."""

    def send(self, order: Order) -> None:
        """Give an order."""

    def answer(self) -> Any:
        """Return the answer to the oldest order that has none; raises ``Refused``."""


def ask(implementation: Implementation, **order: Any) -> Any:
    """Give one order and return its answer; raises ``Refused``."""
    implementation.send(order)
    return implementation.answer()
