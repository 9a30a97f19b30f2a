"""Ids in paths: 16 bytes, hexadecimal."""

from typing import Annotated

from fastapi import Path

Id = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]


def read_id(text: str) -> bytes:
    """The bytes of an id whose form has been checked."""
    return bytes.fromhex(text)
