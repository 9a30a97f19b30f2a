"""What a participant's program is told when something does not go: one exception, with a stable reason."""

from typing import Final


class MeetingError(Exception):
    """A meeting that cannot be entered, or that has ended; the text is the reason alone.

    ``reason`` is one of the close reasons of spec/wire.md section 4, or one of the client's own: ``bad-link``,
    ``bad-name``, ``insecure``, ``unreachable``, ``certificate``, ``cut``, ``cannot-join``, ``cannot-seal``,
    ``old-group``, ``fault``, and ``group-`` before the reason why a group was refused (spec/mls.md section 3);
    ``group-too-large`` as well when a commit that removes somebody gone would be over its limit.
    No link, name or key is ever part of it.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason: Final = reason


class JoinError(MeetingError):
    """One could not enter."""


class SignInError(MeetingError):
    """One could not sign in; the reason is the server's (spec/accounts.md), or one of ``MeetingError``."""


class NotDone(MeetingError):
    """What one wanted of the meeting did not come about.

    ``reason`` is one of spec/policy.md, ``no-answer``, ``too-large``, or ``ended``; nothing has changed.
    """


class MeetingEnded(MeetingError):
    """One was in, and is no longer: raised by whatever waits for something of the meeting."""
