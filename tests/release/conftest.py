"""A real server with TLS, and the pages that this installation has."""

from tests.server.conftest import secure, start

__all__ = ["secure", "start"]
