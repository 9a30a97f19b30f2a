"""The server of the link tests, for those who mean it no good."""

from tests.server.conftest import logging, plain, secure, start

__all__ = ["logging", "plain", "secure", "start"]
