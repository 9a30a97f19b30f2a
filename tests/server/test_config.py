"""Settings that exclude a start."""

from pathlib import Path

import pytest

from aparte.server.config import Config, is_loopback
from aparte.server.mail import Smtp


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.8.9.1", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("", False),
        ("192.0.2.1", False),
        ("localhost.example", False),
    ],
)
def test_loopback(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback
    assert (Config(host=host).objection() is None) is loopback
    assert Config(host=host, self_signed=True).objection() is None


def test_certificate_and_key(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    assert Config(certificate=file).objection() == "--tls-cert and --tls-key belong together"
    assert Config(key=file).objection() == "--tls-cert and --tls-key belong together"
    assert Config(certificate=file, key=file).objection() is None
    assert "either" in str(Config(certificate=file, key=file, self_signed=True).objection())
    assert "no such file" in str(Config(certificate=file, key=tmp_path / "none").objection())


def test_mail_needs_an_address_of_the_meetings() -> None:
    smtp = Smtp("mail.example.org", 587, "meetings@example.org")
    assert "--origin" in str(Config(smtp=smtp).objection())
    assert Config(smtp=smtp, origin="https://meet.example.org").objection() is None
