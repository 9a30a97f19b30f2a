"""Who is connected: so many in all, and so many from one address."""

from collections import Counter
from ipaddress import ip_address
from typing import Final

from aparte.server.config import Limits

LOOPBACK: Final = "loopback"
"""The one name of all addresses of this machine."""


class Peers:
    """Counts connections by the ``network`` of their address."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._open: Counter[str] = Counter()

    def enter(self, name: str) -> bool:
        """One more; false when there are too many already, and then it does not count.

        This machine may fill the server: its proxy speaks for everybody.
        """
        limits = self._limits
        if self._open.total() >= limits.connections:
            return False
        if name != LOOPBACK and self._open[name] >= limits.connections_an_address:
            return False
        self._open[name] += 1
        return True

    def leave(self, name: str) -> None:
        """One less."""
        self._open[name] -= 1
        if not self._open[name]:
            del self._open[name]

    @property
    def none(self) -> bool:
        """Whether nobody is connected."""
        return not self._open


def network(address: str) -> str:
    """What counts as one address: an IPv4 address, an IPv6 /64, or this machine."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if parsed.version == 6:
        if parsed.ipv4_mapped is None:
            return LOOPBACK if parsed.is_loopback else parsed.exploded[:19]
        parsed = parsed.ipv4_mapped
    return LOOPBACK if parsed.is_loopback else str(parsed)
