"""TLS 1.3 and nothing below it (RFC 8446), with the operator's certificate or one that the server makes for itself."""

import os
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_DAYS = 365
_RENEWAL_DAYS = 30


def server_context(certificate: Path, key: Path) -> ssl.SSLContext:
    """The context of the listening port. Raises ``OSError`` (as ``ssl.SSLError`` is) when the files do not serve."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_cert_chain(certificate, key)
    context.set_alpn_protocols(["http/1.1"])
    # A ticket would let a later connection rest on this one's secrets; a full handshake costs a millisecond.
    context.num_tickets = 0
    return context


def fingerprint(certificate: Path) -> str:
    """SHA-256 of the first certificate in a PEM file, as browsers show it: 32 pairs of hexadecimal digits."""
    loaded = x509.load_pem_x509_certificate(certificate.read_bytes())
    return ":".join(f"{byte:02X}" for byte in loaded.fingerprint(hashes.SHA256()))


def self_signed(folder: Path, host: str, now: float) -> tuple[Path, Path]:
    """Paths of a certificate for ``host`` and localhost and of its key; made once, renewed a month before its end.

    ``now`` is in seconds since 1970. The folder and the key can be read by their owner only.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    names = _names(host)
    if certificate.is_file() and key.is_file() and _serves(certificate, names, now):
        return certificate, key
    private = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Aparté")])
    start = datetime.fromtimestamp(now, UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start - timedelta(hours=1))
        .not_valid_after(start + timedelta(days=_DAYS))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(private, hashes.SHA256())
    )
    _write(
        key,
        private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ),
    )
    _write(certificate, built.public_bytes(serialization.Encoding.PEM))
    return certificate, key


def _names(host: str) -> list[x509.GeneralName]:
    names: list[x509.GeneralName] = [
        x509.DNSName("localhost"),
        x509.IPAddress(ip_address("127.0.0.1")),
        x509.IPAddress(ip_address("::1")),
    ]
    try:
        named: x509.GeneralName = x509.IPAddress(ip_address(host))
    except ValueError:
        named = x509.DNSName(host)
    return names if named in names else [*names, named]


def _serves(certificate: Path, names: list[x509.GeneralName], now: float) -> bool:
    try:
        loaded = x509.load_pem_x509_certificate(certificate.read_bytes())
        present = list(loaded.extensions.get_extension_for_class(x509.SubjectAlternativeName).value)
    except (ValueError, x509.ExtensionNotFound):
        return False
    lasts = loaded.not_valid_after_utc > datetime.fromtimestamp(now, UTC) + timedelta(days=_RENEWAL_DAYS)
    return lasts and all(name in present for name in names)


def _write(path: Path, content: bytes) -> None:
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
