"""Every place in the code that enforces a numbered rule of MLS, each with the one check switched off.

A place is found by its form, so that a new one cannot be forgotten: `require(holds, Rule.X)`, `raise MlsError(Rule.X)`,
a call that is told which rule to name, as of a signature, and a call that stands alone of a function which does nothing
but enforce, as `check_tree(...)`; a handler around it may say which rule that is. Where a condition has several parts,
each part is a mutant of its own. A form that nobody knows stops the run.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType

from aparte.core.mls.errors import Rule

SOURCE = Path(__file__).parents[2] / "src" / "aparte"
EXEMPT = SOURCE / "core" / "mls" / "errors.py"
CHECKING = re.compile("_?check_|verify|identity|_open$|policy$|external_pub|end$")
ALWAYS, NEVER = ast.Constant(True), ast.Constant(False)


@dataclass(frozen=True, slots=True)
class Mutant:
    """One check switched off: ``code`` is what the module at ``path`` becomes, ``claims`` the tests that must fail.

    A claim is the beginning of a test's id as pytest gives it, or ``*name`` for a name in any file.
    """

    id: str
    path: Path
    code: CodeType
    claims: tuple[str, ...]


def rule_mutants() -> Iterator[Mutant]:
    """Give a mutant for each part of each place that enforces a rule."""
    folders = [SOURCE / "core" / "mls", SOURCE / "e2ee" / "mls"]
    paths = [path for folder in folders for path in sorted(folder.glob("*.py")) if path != EXEMPT]
    paths += [SOURCE / "core" / "policy" / name for name in ("delivery.py", "meeting.py")]
    files = [_File(path) for path in paths]
    enforced = _enforced(files)
    for file in files:
        yield from file.mutants(enforced)


def _claims(rules: set[str]) -> tuple[str, ...]:
    return tuple(f"*test_{Rule[name].id.lower()}_" for name in sorted(rules))


class _File:
    """One file. Its tree is changed, compiled and put right again for each mutant."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.tree = ast.parse(path.read_text("utf-8"))
        self.parent = {child: node for node in ast.walk(self.tree) for child in ast.iter_child_nodes(node)}

    def mutants(self, enforced: dict[str, set[str]]) -> Iterator[Mutant]:
        for node in ast.walk(self.tree):
            if rule := _rule(node):
                for part, (old, new) in enumerate(self._switched_off(node), 1):
                    yield self._mutant(f"{Rule[rule].id} part {part}", old, new, {rule})
            elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
                name = _name(node.value)
                rules = self._translated(node) or enforced.get(name, set())
                if rules and CHECKING.match(name) and not any(map(_rule, ast.walk(node))):
                    yield self._mutant(f"call of {name}", node, _never(node), rules)

    def _translated(self, call: ast.stmt) -> set[str]:
        """Return the rules that the handlers around a call name for whatever it refuses; none where there are none."""
        node: ast.AST = call
        while not isinstance(node, ast.FunctionDef | ast.Module):
            above = self.parent[node]
            if isinstance(above, ast.Try) and node in above.body:
                return set(filter(None, (_rule(part) for handler in above.handlers for part in ast.walk(handler))))
            node = above
        return set()

    def _mutant(self, what: str, old: ast.AST, new: ast.AST, rules: set[str]) -> Mutant:
        place = f"{self.path.relative_to(SOURCE)}:{getattr(old, 'lineno', 0)}"
        return Mutant(f"{place} {what}", self.path, self._compiled_with(old, new), _claims(rules))

    def _switched_off(self, rule: ast.AST) -> Iterator[tuple[ast.AST, ast.AST]]:
        """Give what to replace by what, once for each part of the check."""
        call = self.parent[rule]
        where = f"{self.path}:{getattr(rule, 'lineno', 0)}: a rule in a form that the mutation check does not know"
        assert isinstance(call, ast.Call), where
        statement = self.parent[call]
        if _name(call) == "require":
            for part in self._parts(call.args[0], ast.And):
                yield part, ast.BoolOp(ast.Or(), [part, ALWAYS])
        elif _name(call) != "MlsError":
            assert isinstance(statement, ast.Expr), where
            yield statement, _never(statement)
        else:
            assert isinstance(statement, ast.Raise), where
            guard = self.parent[statement]
            if isinstance(guard, ast.If) and statement in guard.body:
                for part in self._parts(guard.test, ast.Or):
                    yield part, ast.BoolOp(ast.And(), [part, NEVER])
            else:  # in an exception's handler, in a match, or at the end of a function: go on as if nothing were wrong
                yield statement, _never(statement)

    def _parts(self, condition: ast.expr, kind: type[ast.boolop]) -> list[ast.expr]:
        """Return the conditions that hold together, looking through a name that was given to them just before."""
        if isinstance(condition, ast.Name):
            given = [
                node.value
                for node in ast.walk(self._function(condition))
                if isinstance(node, ast.Assign)
                and any(isinstance(target, ast.Name) and target.id == condition.id for target in node.targets)
            ]
            condition = given[0] if len(given) == 1 and isinstance(given[0], ast.BoolOp) else condition
        if isinstance(condition, ast.BoolOp) and isinstance(condition.op, kind):
            return [part for value in condition.values for part in self._parts(value, kind)]
        return [condition]

    def _function(self, node: ast.AST) -> ast.AST:
        while not isinstance(node, ast.FunctionDef | ast.Module):
            node = self.parent[node]
        return node

    def _compiled_with(self, old: ast.AST, new: ast.AST) -> CodeType:
        above = self.parent[old]
        ast.copy_location(new, old)
        _swap(above, old, new)
        try:
            return compile(ast.fix_missing_locations(self.tree), str(self.path), "exec")
        finally:
            _swap(above, new, old)


def _never(statement: ast.stmt) -> ast.stmt:
    return ast.If(NEVER, [statement], [])


def _swap(above: ast.AST, old: ast.AST, new: ast.AST) -> None:
    for name, value in ast.iter_fields(above):
        if value is old:
            setattr(above, name, new)
        elif isinstance(value, list):
            value[:] = [new if one is old else one for one in value]


def _rule(node: ast.AST) -> str:
    """Return the name of the rule that an expression is, or nothing."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "Rule":
        return node.attr
    return ""


def _name(call: ast.Call) -> str:
    """Return the last name of what is called, or nothing for a method of what was just made."""
    function = call.func
    if isinstance(function, ast.Attribute):
        made = isinstance(function.value, ast.Call) and _name(function.value) != "super"
        return "" if made else function.attr
    return getattr(function, "id", "")


def _enforced(files: list[_File]) -> dict[str, set[str]]:
    """Return which rules a call of each function enforces, by its last name, through the checks that it calls in turn.

    What it reads on the way is enforced there: otherwise every check would stand for every rule of encoding.
    """
    functions = [node for file in files for node in ast.walk(file.tree) if isinstance(node, ast.FunctionDef)]
    rules: dict[str, set[str]] = {function.name: set() for function in functions}
    calls: dict[str, set[str]] = {function.name: set() for function in functions}
    for function in functions:
        rules[function.name] |= set(filter(None, map(_rule, ast.walk(function))))
        called = {_name(node) for node in ast.walk(function) if isinstance(node, ast.Call)}
        calls[function.name] |= {name for name in called & set(rules) if CHECKING.match(name)}
    grown = True
    while grown:
        before = sum(map(len, rules.values()))
        for name, called in calls.items():
            rules[name].update(*(rules[other] for other in called))
        grown = sum(map(len, rules.values())) > before
    return {name: found for name, found in rules.items() if found}
