"""Puts changed code into a running program: into every function that the changed module has alive."""

import gc
from functools import cache
from pathlib import Path
from types import CodeType, FunctionType

Place = tuple[str, int]
"""The qualified name and the first line of a function."""
Living = dict[str, list[FunctionType]]
"""Functions by the file that they come from."""


def functions_below(folder: Path) -> Living:
    """Return every function that is alive and comes from a file in a folder.

    They are found as objects and not by name, so that it does not matter who has imported them.
    """
    found: Living = {}
    for one in gc.get_objects():
        if isinstance(one, FunctionType) and one.__code__.co_filename.startswith(str(folder)):
            found.setdefault(one.__code__.co_filename, []).append(one)
    return found


def put(path: Path, module: CodeType, living: Living) -> int:
    """Let the functions of the file at ``path`` do what ``module`` says; return how many do something else.

    What the module did when it was loaded is not done again.
    """
    wanted, changed = changed_places(path, module), 0
    for function in living.get(str(path), []):
        place = function.__code__.co_qualname, function.__code__.co_firstlineno
        if place in wanted:
            function.__code__ = wanted[place]
            changed += 1
    return changed


def changed_places(path: Path, module: CodeType) -> dict[Place, CodeType]:
    """Return the functions of a file that differ in ``module``, with their new code."""
    before = _original(path)
    return {place: code for place, code in _codes(module).items() if before.get(place) != code}


@cache
def _original(path: Path) -> dict[Place, CodeType]:
    return _codes(compile(path.read_text("utf-8"), str(path), "exec"))


def _codes(code: CodeType) -> dict[Place, CodeType]:
    found: dict[Place, CodeType] = {}
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            found |= {(constant.co_qualname, constant.co_firstlineno): constant, **_codes(constant)}
    return found
