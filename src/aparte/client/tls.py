"""Whom a participant believes to be the server: the system's certificates or given ones, and TLS 1.3 or nothing."""

import os
import ssl
from functools import lru_cache
from ipaddress import ip_address
from os import PathLike
from urllib.parse import urlsplit

from aparte.client.errors import JoinError


def server_url(origin: str) -> str:
    """Return where a link's connection goes. Raises ``JoinError(insecure)`` for another machine without TLS."""
    parts = urlsplit(origin)
    if parts.scheme == "http" and not _is_this_machine(parts.hostname or ""):
        raise JoinError("insecure")
    return f"{'wss' if parts.scheme == 'https' else 'ws'}://{parts.netloc}/link"


def client_context(origin: str, ca: str | PathLike[str] | None) -> ssl.SSLContext | None:
    """Return how to verify the server; None without TLS.

    ``ca`` is a PEM file to trust instead of the system's store, which ``SSL_CERT_FILE`` and ``SSL_CERT_DIR`` change as
    for every program with OpenSSL. Raises ``JoinError(certificate)`` when the file does not serve.
    """
    if urlsplit(origin).scheme != "https":
        return None
    name = None if ca is None else os.fspath(ca)
    try:
        return _context(name, os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))
    except OSError:
        raise JoinError("certificate") from None


@lru_cache(maxsize=8)
def _context(ca: str | None, file: str | None, folder: str | None) -> ssl.SSLContext:
    """Reading the system's store takes long: participants of one process share it. OpenSSL reads the variables."""
    context = ssl.create_default_context(cafile=ca)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    return context


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
