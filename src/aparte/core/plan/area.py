"""Restricted areas: meetings for accounts that a named authority has cleared, on listed networks (spec/plans.md §8)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

from aparte.core.plan.errors import PlanError, Reason, demand
from aparte.core.plan.plan import LAST_INSTANT
from aparte.core.plan.text import is_line

MAX_AREAS: Final = 64
MAX_AREA_NAME: Final = 64
MAX_NETWORKS: Final = 64
MAX_AUTHORITIES: Final = 32
MAX_CLEARANCES: Final = 10_000
"""Of one area, those that are over included: they are its history."""

Network = IPv4Network | IPv6Network


@dataclass(frozen=True)
class Area:
    """``id`` 16 octets; no ``networks``: any; ``authorities`` are account ids of 16 octets, rising.

    ``retired``: no plan is put into it and nobody is cleared any more; plans that are in it stay in it.
    """

    id: bytes
    name: str = field(repr=False)
    networks: tuple[Network, ...]
    authorities: tuple[bytes, ...]
    retired: bool = False

    def lists(self, address: str) -> bool:
        """Say whether an address (text, as a socket has it) is on a listed network."""
        if not self.networks:
            return True
        found = _address(address)
        return found is not None and any(found in network for network in self.networks)


@dataclass(frozen=True)
class Clearance:
    """What ``granted_by`` gave an account, from ``starts`` to ``ends`` (instants), at ``granted``; ids of 16 octets.

    Withdrawing leaves it as it was before ``withdrawn``: what somebody could do then is not made undone.
    """

    id: bytes
    area: bytes
    account: bytes
    starts: float
    ends: float
    granted_by: bytes
    granted: float
    withdrawn: float | None = None
    withdrawn_by: bytes | None = None

    def holds(self, instant: float) -> bool:
        """Say whether it is in force at an instant: never before it was granted, whatever its start says."""
        return self.overlaps(instant, None)

    def overlaps(self, since: float, until: float | None) -> bool:
        """Say whether it is in force at some instant of [since, until); without ``until`` at ``since``."""
        begin = max(self.starts, self.granted)
        stop = self.ends if self.withdrawn is None else min(self.ends, self.withdrawn)
        return begin < stop and since < stop and (begin <= since or (until is not None and begin < until))


@dataclass(frozen=True)
class Standing:
    """How a visitor stands towards the area of a plan: cleared now, and come from a listed network."""

    cleared: bool = False
    listed: bool = False


OUTSIDE: Final = Standing()


def cleared_on(clearances: Iterable[Clearance], account: bytes, instant: float) -> bool:
    """Say whether one of an area's clearances is the account's and in force at an instant."""
    return any(one.account == account and one.holds(instant) for one in clearances)


def check_area(area: Area) -> None:
    """Check the form of an area; raises ``PlanError(malformed)``."""
    demand(is_line(area.name, MAX_AREA_NAME))
    demand(len(area.networks) <= MAX_NETWORKS)
    demand(0 < len(area.authorities) <= MAX_AUTHORITIES)


def check_clearance(clearance: Clearance) -> None:
    """Check that a new clearance has a start, and an end that is yet to come; raises ``PlanError(malformed)``."""
    demand(0 <= clearance.starts < clearance.ends < LAST_INSTANT)
    demand(clearance.granted < clearance.ends)


def read_networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Read CIDR blocks or single addresses into their one order; raises ``PlanError(malformed)``.

    Bits behind the prefix are refused, as are masks and scopes: they are mistakes more often than they are meant.
    """
    found = {_network(text) for text in texts}
    return tuple(sorted(found, key=lambda network: (network.version, int(network.network_address), network.prefixlen)))


def _network(text: str) -> Network:
    _, slash, prefix = text.partition("/")
    demand("%" not in text and (not slash or (prefix.isascii() and prefix.isdigit())))
    try:
        network = ip_network(text)
    except ValueError:
        raise PlanError(Reason.MALFORMED) from None
    # Addresses of that kind are compared as the IPv4 ones that they stand for.
    demand(isinstance(network, IPv4Network) or network.network_address.ipv4_mapped is None)
    return network


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address
