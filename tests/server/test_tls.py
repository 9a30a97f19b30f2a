"""TLS 1.3 and nothing else; the server's own certificate."""

import ssl
import stat
import time
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography import x509

from aparte.server.tls import fingerprint, self_signed, server_context
from tests.server.conftest import Running
from tests.server.raw_client import RawClient

NOW = time.time()
DAY = 86_400


@pytest.mark.promise("P15")
@pytest.mark.shows("A24", "B25")
async def test_the_link_is_tls_1_3_only(secure: Running) -> None:
    """A client of TLS 1.2 is refused, plain HTTP on the port too, and browsers are told to keep to TLS."""
    assert secure.tls is not None
    old = secure.tls
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    with pytest.raises((ssl.SSLError, ConnectionResetError)):
        await RawClient.open(secure.port, old)
    clear = await RawClient.open(secure.port)
    clear.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert b"HTTP" not in await clear.end()
    clear.close()
    client = await RawClient.open(secure.port, secure.tls)
    tls = client.tls
    assert tls.version() == "TLSv1.3"
    assert tls.compression() is None
    client.send("GET /api/health HTTP/1.1\r\nHost: localhost\r\n\r\n")
    _, headers, _ = await client.response()
    assert headers["strict-transport-security"] == "max-age=31536000; includesubdomains"
    client.close()


async def test_only_suites_of_tls_1_3(secure: Running) -> None:
    """All of them are authenticated and forward secret; the strongest one is agreed on, as both sides have it first."""
    client = await RawClient.open(secure.port, secure.tls)
    agreed = client.tls.cipher()
    assert agreed is not None
    assert agreed == ("TLS_AES_256_GCM_SHA384", "TLSv1.3", 256)
    client.close()


async def test_no_session_is_resumed(secure: Running) -> None:
    client = await RawClient.open(secure.port, secure.tls)
    client.send("GET /api/health HTTP/1.1\r\nHost: localhost\r\n\r\n")
    await client.response()
    assert client.tls.session is None or not client.tls.session.has_ticket
    client.close()


def test_a_certificate_is_made_once(tmp_path: Path) -> None:
    folder = tmp_path / "tls"
    certificate, key = self_signed(folder, "meet.example.org", NOW)
    first = certificate.read_bytes()
    assert self_signed(folder, "meet.example.org", NOW + 300 * DAY)[0].read_bytes() == first
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    names = x509.load_pem_x509_certificate(first).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["localhost", "meet.example.org"]
    server_context(certificate, key)


@pytest.mark.parametrize(("host", "after"), [("meet.example.org", 340), ("other.example.org", 0), ("192.0.2.7", 0)])
def test_a_certificate_is_made_anew(tmp_path: Path, host: str, after: int) -> None:
    """A month before its end, and for a host that it does not name."""
    certificate, _ = self_signed(tmp_path, "meet.example.org", NOW)
    first = fingerprint(certificate)
    assert fingerprint(self_signed(tmp_path, host, NOW + after * DAY)[0]) != first


def test_a_damaged_certificate_is_made_anew(tmp_path: Path) -> None:
    certificate, key = self_signed(tmp_path, "localhost", NOW)
    certificate.write_text("nonsense")
    self_signed(tmp_path, "localhost", NOW)
    server_context(certificate, key)


def test_the_fingerprint_is_that_of_the_certificate(tmp_path: Path) -> None:
    certificate, _ = self_signed(tmp_path, "localhost", NOW)
    der = ssl.PEM_cert_to_DER_cert(certificate.read_text())
    assert fingerprint(certificate).replace(":", "").lower() == sha256(der).hexdigest()


def test_files_that_do_not_serve(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("nonsense")
    with pytest.raises(OSError, match="PEM"):
        server_context(tmp_path / "a", tmp_path / "a")
