"""What one commit brings, and who takes part in it."""

from dataclasses import dataclass, field
from typing import Any

from tests.interop.implementation import Implementation


@dataclass(eq=False)
class Member:
    """Somebody; ``view`` is what it has, ``backlog`` what was not delivered since it fell asleep, with its epoch."""

    number: int
    by: Implementation
    view: dict[str, Any] = field(default_factory=dict)
    backlog: list[tuple[int, str]] = field(default_factory=list)

    @property
    def leaf(self) -> int:
        """The leaf."""
        leaf: int = self.view["leaf"]
        return leaf

    def __str__(self) -> str:
        return f"{self.by.name} {self.number}"


@dataclass(eq=False)
class Proposed:
    """A proposal that is sent before the commit; ``about`` is whom it removes or adds."""

    kind: str
    by: Member
    about: Member | None = None
    message: str = ""


@dataclass
class Change:
    """What a commit has by value, and which kinds of proposal are sent before it and taken by reference."""

    adds: int = 0
    removes: list[Member] = field(default_factory=list)
    psks: list[str] = field(default_factory=list)
    extensions: list[Any] | None = None
    proposals: list[str] = field(default_factory=list)
    sealed: bool = False
    path: bool = True

    @property
    def kinds(self) -> frozenset[str]:
        """Return the kinds that it has, in whatever form."""
        by_value = {
            "add": self.adds,
            "remove": self.removes,
            "psk": self.psks,
            "extensions": self.extensions is not None,
            "sealed": self.sealed,
            "reference": self.proposals,
        }
        found = {name for name, there in by_value.items() if there} | set(self.proposals)
        uncalled = self.path and found & {"add", "psk"} and found <= {"add", "psk", "sealed", "reference"}
        return frozenset(found | ({"path"} if uncalled else set()))

    def simplify(self) -> None:
        """Leave something out, until only fresh keys are left."""
        if self.extensions is not None:
            self.extensions = None
        elif self.proposals:
            self.proposals.pop()
        elif self.psks:
            self.psks = []
        elif self.removes:
            self.removes = []
        elif self.adds:
            self.adds = 0
        else:
            self.sealed = False
