import pytest

from aparte.core.access.totp import accepted_step, code_at

SECRET = b"12345678901234567890"


@pytest.mark.parametrize(
    ("seconds", "code"),  # RFC 6238 appendix B, the last six of its eight digits
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_the_published_codes(seconds: int, code: str) -> None:
    assert code_at(SECRET, seconds // 30) == code
    assert accepted_step(SECRET, code, seconds, 0) == seconds // 30


def test_one_step_of_clock_difference() -> None:
    for apart, accepted in ((-2, False), (-1, True), (0, True), (1, True), (2, False)):
        assert (accepted_step(SECRET, code_at(SECRET, 1000 + apart), 30_000.0, 0) is not None) == accepted


@pytest.mark.promise("P22")
def test_a_code_serves_once() -> None:
    code = code_at(SECRET, 1000)
    assert accepted_step(SECRET, code, 30_000.0, 0) == 1000
    assert accepted_step(SECRET, code, 30_000.0, 1000) is None
    assert accepted_step(SECRET, code_at(SECRET, 999), 30_000.0, 1000) is None, "nor an older one after it"


@pytest.mark.parametrize("code", ["", "28708", "2870820", " 287082", "２８７０８２", "\ud800", "-87082"])
def test_anything_else(code: str) -> None:
    assert accepted_step(SECRET, code, 59.0, 0) is None
