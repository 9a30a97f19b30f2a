"""Every setting of the server, in one frozen value."""

import re
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path

from aparte.core.access.throttle import Pace
from aparte.core.room.profile import Profile
from aparte.server.mail import Smtp

_ORIGIN = r"https?://[a-z0-9.-]+(:[0-9]{1,5})?"  # as browsers spell it


@dataclass(frozen=True, slots=True)
class Limits:
    """What one connection, one address and the whole server may use up."""

    head_bytes: int = 16_384  # of one HTTP request
    head_seconds: float = 5.0  # from the first byte of a connection, TLS handshake included, to a whole request head
    body_seconds: float = 10.0  # for one HTTP request body
    response_seconds: float = 60.0  # for one whole HTTP exchange
    body_bytes: int = 4_096  # of one HTTP request
    half_open: int = 512  # connections that have not yet said what they want; the oldest is cut when one more comes
    connections: int = 8_192
    connections_an_address: int = 1_024  # an IPv4 address or an IPv6 /64; this machine itself may have all of them
    meetings: int = 10_000  # that may exist at once
    meetings_a_minute: int = 30  # that one address may make
    tickets_a_minute: int = 30  # that one address may try
    refusals_a_minute: int = 120  # requests that are noted one by one; of further ones their number
    unused_hours: float = 24.0  # after which a meeting is erased

    greeting_seconds: float = 5.0
    greeting_bytes: int = 4_096  # of one message of a link that is not admitted yet
    silence_seconds: float = 6.0
    frames_a_second: int = 400
    bytes_a_second: int = 1_500_000  # 12 Mbit/s
    controls_a_second: int = 50
    commits_a_second: int = 2  # that are accepted, creations included
    commits_at_once: int = 20
    checks_a_second: int = 5  # commits and creations that are checked, accepted or not
    checks_at_once: int = 25
    closing_seconds: float = 2.0  # that a closing handshake may take before the connection is dropped

    outbox_bytes: int = 524_288  # frames that wait for one receiver
    unsent_bytes: int = 4_096  # in a receiver's socket; above it no video is written
    congested_bytes: int = 65_536  # in a receiver's socket; above it no sound is written either
    control_bytes: int = 8_388_608  # control messages that wait for one receiver
    retry_seconds: float = 0.005  # between two looks at a receiver that could not take a frame
    ride_seconds: float = 0.020  # that a state may wait for another frame to ride with


@dataclass(frozen=True, slots=True)
class Access:
    """How accounts are guarded."""

    hash_memory: int = 65_536  # KiB of one Argon2id hash
    hash_passes: int = 3
    hashes_at_once: int = 2
    hashes_waiting: int = 32  # one more login is answered `busy`
    idle_hours: float = 12.0  # of a session
    session_days: float = 7.0
    ticket_hours: float = 24.0
    pending_minutes: float = 5.0  # between a password and its second factor
    known: Pace = field(
        default=Pace(free=10)
    )  # failures of a browser that has logged in before, and of a second factor
    strangers: Pace = field(default=Pace(free=5))  # failures of all others together, for one login
    address: Pace = field(default=Pace(free=30))  # failures from one address


@dataclass(frozen=True, slots=True)
class Config:
    """Where the server listens, where it keeps its data, and what it allows."""

    host: str = "127.0.0.1"
    port: int = 8080  # 0: any free one
    data: Path = Path("data")
    certificate: Path | None = None  # PEM chain; with ``key``
    key: Path | None = None
    self_signed: bool = False
    origin: str | None = None  # under which browsers reach it, where that is not what they ask for
    limits: Limits = field(default_factory=Limits)
    access: Access = field(default_factory=Access)
    profile: Profile = field(default_factory=Profile)
    smtp: Smtp | None = None  # who takes our mail

    @property
    def encrypted(self) -> bool:
        """Whether the port speaks TLS."""
        return self.self_signed or self.certificate is not None

    def objection(self) -> str | None:
        """Why the server must not start with these settings, in one line; ``None`` when it may."""
        if (self.certificate is None) != (self.key is None):
            return "--tls-cert and --tls-key belong together"
        if self.self_signed and self.certificate is not None:
            return "choose either --tls self-signed or --tls-cert and --tls-key"
        for path in (self.certificate, self.key):
            if path is not None and not path.is_file():
                return f"{path}: no such file"
        if self.origin is not None and not re.fullmatch(_ORIGIN, self.origin):
            return f"{self.origin}: not an origin, such as https://meet.example.org"
        if self.smtp is not None and self.origin is None:
            return "--smtp needs --origin: what people are written has to name the address of the meetings"
        if not self.encrypted and not is_loopback(self.host):
            return (
                f"{self.host} can be reached from other machines and needs TLS: "
                "--tls-cert FILE --tls-key FILE, or --tls self-signed"
            )
        return None


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a socket bound to ``host``: an address, or localhost."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
