"""The server of the link tests, for those who mean it no good."""

from tests.server.conftest import plain, secure, start

__all__ = ["plain", "secure", "start"]
