"""Aparté: end-to-end encrypted meetings in one process on one port."""

from importlib import import_module
from typing import Any


def __getattr__(name: str) -> Any:
    """Load the participant's side when it is asked for: the server must never have it in memory.

    Looked up by name, because every module of the package depends on this one: an import here would make the whole
    package one circle. Typed code imports ``join`` from ``aparte.client``.
    """
    if name == "join":
        return import_module("aparte.client").join
    raise AttributeError(name)
