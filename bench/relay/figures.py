"""One round against one server, and what several rounds say together. Every server is measured by the same lines."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Protocol

from relay.process import processor_seconds, resident_kb, waiting_seconds

SETTLE = 3.0  # seconds between a change and a window: joins, key frames and handshakes are over then
BASELINE = 5.0  # seconds of the window with the publisher alone
LINGER = 2.0  # seconds after a window in which what was sent in it may still arrive


@dataclass(frozen=True, slots=True)
class Window:
    """What was sent from ``opens`` on and before ``closes`` counts (nanoseconds since 1970)."""

    opens: int
    closes: int

    @classmethod
    def next(cls, seconds: float) -> "Window":
        opens = time.time_ns() + 200_000_000
        return cls(opens, opens + int(seconds * 1e9))

    async def until(self, moment: int) -> None:
        await asyncio.sleep(max(0.0, (moment - time.time_ns()) / 1e9))


@dataclass(slots=True)
class Counts:
    """What went in and came out in a window: sent by the publisher, received by all subscribers together."""

    sent_video: int = 0
    sent_sound: int = 0
    video: int = 0
    sound: int = 0
    bytes: int = 0
    delays_ms: list[float] = field(default_factory=list)


class Subject(Protocol):
    """A server under load."""

    name: str

    async def start(self) -> int:
        """Starts it and returns its process id."""

    async def publish(self) -> None:
        """Returns when the publisher sends."""

    async def subscribe(self, subscribers: int) -> None:
        """Returns when every subscriber has had a picture."""

    async def count(self, window: Window) -> Counts:
        """Returns some time after the window is over."""

    async def stop(self) -> None:
        """Ends everything that was started, whatever has happened."""


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of one round, or the medians of several. Units are in the names; see README.md."""

    ms_per_sub_s: float
    ms_per_sub_s_net: float
    kb_per_sub: float
    delay_ms_p50: float
    delay_ms_p99: float
    delay_ms_max: float
    delivered: float
    delivered_video: float
    delivered_sound: float
    kbit_per_sub: float
    us_per_frame: float
    cpu_percent: float
    publisher_only_cpu_percent: float
    machine_waits_percent: float
    rss_kb_idle: float
    rss_kb_publisher: float
    rss_kb: float


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest of the sorted values that at least ``share`` of them do not exceed; NaN of nothing."""
    return values[min(len(values) - 1, int(share * len(values)))] if values else float("nan")


def ratio(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")


async def measure(subject: Subject, subscribers: int, seconds: float) -> Figures:
    """One round. Raises RuntimeError when the server or a child of the bench ends early."""
    try:
        pid = await subject.start()
        idle = resident_kb(pid)
        await subject.publish()
        await asyncio.sleep(SETTLE)
        before, since = processor_seconds(pid), time.monotonic()
        await asyncio.sleep(BASELINE)
        alone = (processor_seconds(pid) - before) / (time.monotonic() - since)
        publisher = resident_kb(pid)

        await subject.subscribe(subscribers)
        await asyncio.sleep(SETTLE)
        window = Window.next(seconds)
        counting = asyncio.ensure_future(subject.count(window))
        try:
            await window.until(window.opens)
            before, since, waited = processor_seconds(pid), time.monotonic(), waiting_seconds()
            await window.until(window.closes)
            used, lasted = processor_seconds(pid) - before, time.monotonic() - since
            waited = waiting_seconds() - waited
            resident = resident_kb(pid)
            counts = await counting
        finally:
            counting.cancel()
    finally:
        await subject.stop()

    share = used / lasted
    received = counts.video + counts.sound
    sent = counts.sent_video + counts.sent_sound
    delays = sorted(counts.delays_ms)
    return Figures(
        ms_per_sub_s=share / subscribers * 1000,
        ms_per_sub_s_net=(share - alone) / subscribers * 1000,
        kb_per_sub=(resident - publisher) / subscribers,
        delay_ms_p50=quantile(delays, 0.5),
        delay_ms_p99=quantile(delays, 0.99),
        delay_ms_max=delays[-1] if delays else float("nan"),
        delivered=ratio(received, sent * subscribers),
        delivered_video=ratio(counts.video, counts.sent_video * subscribers),
        delivered_sound=ratio(counts.sound, counts.sent_sound * subscribers),
        kbit_per_sub=counts.bytes * 8 / 1000 / lasted / subscribers,
        us_per_frame=ratio(used * 1e6, received),
        cpu_percent=share * 100,
        publisher_only_cpu_percent=alone * 100,
        machine_waits_percent=waited / lasted * 100,
        rss_kb_idle=idle,
        rss_kb_publisher=publisher,
        rss_kb=resident,
    )


def medians(rounds: Sequence[Figures]) -> dict[str, float]:
    """Median of every figure, rounded for reading; the worst round decides the maximum of the delay."""
    columns = {name: [asdict(figures)[name] for figures in rounds] for name in asdict(rounds[0])}
    row = {name: round(median(values), 4) for name, values in columns.items()}
    row["delay_ms_max"] = round(max(columns["delay_ms_max"]), 4)
    row["rounds"] = len(rounds)
    return row
