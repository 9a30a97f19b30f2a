"""What a walk asks of an implementation of MLS, in one form for those in this process and those in others.

An order is a JSON object whose field ``do`` says what to do; octets are hexadecimal digits.

| do | fields beside ``member`` | answer |
|---|---|---|
| clear | (no member) | forgets every member |
| new | suite, identity, extensions (types it knows), psks ([id, key]), link (of a participant of a meeting) | |
| create | group, extensions ([type, octets]) | view |
| key_package | | an MLSMessage |
| join | welcome | view |
| join_external | info, tree, psks (ids), removes (leaves) | commit, not yet counting |
| commit | adds, removes, psks, extensions (or null), sealed, path | commit and welcome (or null), not yet counting |
| accept, drop | | the own commit counts (view), or never will |
| propose | kind (add, remove, update, psk, extensions), package, leaf, psk, extensions, sealed | an MLSMessage |
| deliver | members, message | for each what it was to it: view, removed, heard, said (sender, data), refused |
| say | data | an MLSMessage |
| info | | info (an MLSMessage, without the tree) and tree |
| view | | epoch, leaf, authenticator, exported, context (the GroupContext) |
| decode | kind, items, limit (no member) | items (``=`` and the encoding, or a reason), slow (which took more µs) |

A commit takes along, by reference, every proposal that its maker has heard, but no update of its own.
"""

from typing import Any, Protocol

Order = dict[str, Any]

EXPORTED = ("walk", b"context", 40)
"""Label, context and size of what every member asks the exporter for."""


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
