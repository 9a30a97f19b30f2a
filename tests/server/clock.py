"""A clock that a test turns."""


class Clock:
    """Seconds since 1970 by default, or of any other zero."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now
