import pytest

from aparte.core.access.login import is_shown_plainly, normal_login


def test_one_spelling() -> None:
    assert normal_login("Ada@Example.ORG") == "ada@example.org"
    assert normal_login("e\u0301va@example.org") == normal_login("ÉVA@example.org") == "éva@example.org"
    assert normal_login("ａｄａ@example.org") == "ada@example.org", "wide letters look the same"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ada",
        "@b",
        "a@",
        "a@b@c",
        "a b@c",
        "a@b\n",
        "a\u200b@b",
        "a\u202e@b",
        "a\x00@b",
        "\ud800@b",
        "a" * 253 + "@b",
    ],
)
def test_what_is_no_login(text: str) -> None:
    with pytest.raises(ValueError, match=r"^not a login name$"):
        normal_login(text)


def test_names_that_hide_nothing() -> None:
    assert is_shown_plainly("Ada Lovelace, avocate à la cour", 80)
    for text in ("a" * 81, "Ada\n", "Ada\u202eadA", "A\u200bda", "\x00", "Ada\u2028"):
        assert not is_shown_plainly(text, 80)
