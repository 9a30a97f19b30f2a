import hypothesis.strategies as st
import pytest
from hypothesis import given

from aparte.core.access.password import LEAST_STRENGTH, Flaw, judge, normal_password

KNOWN = ("ada.lovelace@example.org", "Ada Lovelace")


@pytest.mark.parametrize(
    ("password", "flaw"),
    [
        ("", Flaw.TOO_SHORT),
        ("Tr0ub4dor&3", Flaw.TOO_SHORT),
        ("x" * 129, Flaw.TOO_LONG),
        ("aaaaaaaaaaaaaaaaaaaa", Flaw.REPEATS),
        ("abababababababababab", Flaw.REPEATS),
        ("hophophophophophop", Flaw.REPEATS),
        ("abcdefghijklmnop", Flaw.SEQUENCE),
        ("zyxwvutsrqponm", Flaw.SEQUENCE),
        ("123456789012", Flaw.SEQUENCE),
        ("azertyuiopqsdfghjklm", Flaw.SEQUENCE),
        ("qwertyuiopasdfghjkl", Flaw.SEQUENCE),
        ("lovelace.ada", Flaw.CONTAINS_NAME),
        ("AdaLovelace2026", Flaw.CONTAINS_NAME),
        ("example.org!!", Flaw.CONTAINS_NAME),
    ],
)
def test_what_is_guessed_at_once_is_refused(password: str, flaw: Flaw) -> None:
    verdict = judge(password, *KNOWN)
    assert not verdict.accepted
    assert flaw in verdict.flaws


@pytest.mark.parametrize(
    "password",
    ["correct horse battery staple", "vuhzqkplwtnd", "le chat dort sur le toit", "été à Brest, pluie", "7f3k9q2mz8xw"],
)
def test_long_ones_need_no_kinds_of_characters(password: str) -> None:
    verdict = judge(password, *KNOWN)
    assert verdict.accepted
    assert verdict.strength >= LEAST_STRENGTH


def test_more_of_what_is_new_is_never_weaker() -> None:
    strengths = [judge("kV7#qz!mP2xw&LdR9sT@"[:length]).strength for length in range(21)]
    assert strengths == sorted(strengths)
    assert (strengths[0], strengths[-1]) == (0, 4)


def test_length_counts_characters_and_not_how_they_are_composed() -> None:
    composed, apart = "é" * 2 + "vuhzqkplwt", "e\u0301" * 2 + "vuhzqkplwt"
    assert normal_password(composed) == normal_password(apart)
    assert judge(composed) == judge(apart)


@given(st.text(max_size=200))
def test_every_text_has_a_verdict(password: str) -> None:
    verdict = judge(password, *KNOWN)
    assert verdict.accepted == (verdict.strength >= LEAST_STRENGTH)
    assert verdict.accepted or verdict.flaws
    assert not verdict.accepted or 12 <= len(normal_password(password)) <= 128
