"""What guessers try first: the words of this product."""

from typing import Final

from aparte.core.access.password import Verdict, judge

CONTEXT: Final = (
    "aparte",
    "aparté",
    "meeting",
    "conference",
    "conférence",
    "visioconference",
    "visioconférence",
    "reunion",
    "réunion",
    "administrator",
    "administrateur",
    "organiser",
    "organisateur",
    "password",
    "motdepasse",
)
"""Words that count for nothing in a password, for the same reason as those of login and name."""


def judge_for(password: str, login: str, name: str) -> Verdict:
    """What ``judge`` says, with these words as well."""
    return judge(password, login, name, *CONTEXT)
