"""Why media cannot be read, encoded or decoded: stable reasons."""

from typing import Final, Literal

MediaReason = Literal[
    "not-found",
    "not-allowed",
    "not-media",
    "no-picture",
    "no-sound",
    "no-device",
    "no-codec",
    "bad-array",
    "bad-time",
    "cannot-encode",
    "cannot-decode",
    "too-large",
    "broken",
]
"""What there is to say. ``broken``: a file or device that could be opened stopped giving what can be read."""


class MediaError(Exception):
    """Media that does not do what was asked of it; ``reason`` is stable and the text is the reason alone."""

    def __init__(self, reason: MediaReason) -> None:
        super().__init__(reason)
        self.reason: Final = reason
