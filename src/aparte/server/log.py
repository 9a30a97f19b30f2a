"""Structured logging that cannot carry content: JSON lines on standard error, without addresses, names or messages."""

import logging
import secrets
import sys
from hashlib import blake2s

import structlog

_RUN_KEY = secrets.token_bytes(16)

Logger = structlog.typing.FilteringBoundLogger
log: Logger = structlog.get_logger("aparte")


def label(id: bytes) -> str:
    """Eight hexadecimal digits that tell meetings, or accounts, apart in one run of the server and nothing else."""
    return blake2s(id, key=_RUN_KEY, digest_size=4).hexdigest()


class _Mute(logging.Handler):
    """What libraries log may quote an address or a request: only where it came from and its kind are kept."""

    def emit(self, record: logging.LogRecord) -> None:
        kind = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else None
        log.warning("library", logger=record.name, level=record.levelname, line=record.lineno, error=kind)


def configure() -> None:
    """Set up structlog for this process and mute the standard library's loggers."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(level=logging.WARNING, handlers=[_Mute()], force=True)
