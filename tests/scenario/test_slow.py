"""One receiver behind a slow line among others behind quick ones, through route table and outboxes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from aparte.core.relay.outbox import BOUND, Outbox
from aparte.core.relay.routes import Routes
from aparte.core.wire.header import Header, Stream
from tests.core.layers.camera import Camera, Decoder

GATE = 4_096  # bytes unsent from which pictures wait
TICK = 0.005  # seconds
SIZES = (5_000, 2_000, 1_500)  # 600 kbit/s in layers 0, 1, 2
KEY = 13_000
Rate = Callable[[float], float]  # bytes a second at a time


class Receiver:
    """A socket that sends at its line's rate, and the person behind it."""

    def __init__(self, camera: Camera, rate: Rate) -> None:
        self.outbox = Outbox()
        self.pictures: list[tuple[float, int]] = []  # when it arrived, its temporal layer
        self.late = {"sound": 0.0, "pictures": 0.0}  # the worst, seconds
        self.sound = 0
        self.largest = 0
        self._decoder = Decoder(camera)
        self._rate = rate
        self._unsent = 0.0
        self._under_way: list[tuple[float, bytes]] = []  # bytes still before its last one is sent

    def offer(self, header: Header, message: bytes, now: float) -> None:
        room = self._room()
        if self.outbox.offer("ann", header, message, now, room):
            self._write(message)
        self.largest = max(self.largest, self.outbox.size)

    def pass_time(self, now: float) -> None:
        sent = self._rate(now) * TICK
        self._unsent = max(0.0, self._unsent - sent)
        self._under_way = [(left - sent, message) for left, message in self._under_way]
        while self._under_way and self._under_way[0][0] <= 0:
            self._receive(self._under_way.pop(0)[1], now)
        if self.outbox:
            for message in self.outbox.take(self._room(), now):
                self._write(message)

    def _room(self) -> int:
        return GATE - int(self._unsent)

    def _write(self, message: bytes) -> None:
        self._unsent += len(message)
        self._under_way.append((self._unsent, message))

    def _receive(self, message: bytes, now: float) -> None:
        temporal, number, made = message[0], int.from_bytes(message[1:5]), int.from_bytes(message[5:13]) / 1e6
        kind = "sound" if temporal == 9 else "pictures"
        self.late[kind] = max(self.late[kind], now - made)
        if kind == "sound":
            self.sound += 1
        else:
            self._decoder.decode(number)
            self.pictures.append((now, temporal))


def packet(first: int, number: int, now: float, size: int) -> bytes:
    return (bytes([first]) + number.to_bytes(4) + int(now * 1e6).to_bytes(8)).ljust(size, b"\0")


def meet(slow: Rate, seconds: float) -> tuple[Receiver, Receiver, int]:
    """One sender, one receiver at 20 Mbit/s, one at ``slow``; gives both and the number of key frames."""
    camera = Camera()
    routes: Routes[Receiver] = Routes()
    quick, other = Receiver(camera, lambda now: 2_500_000), Receiver(camera, slow)
    for seat, receiver in (("ann", Receiver(camera, slow)), ("bob", quick), ("cat", other)):
        routes.set(seat, receiver)
    keys, wanted, asked = 0, False, -1.0
    for step in range(int(seconds / TICK)):
        now = step * TICK
        if step % 4 == 0:
            header = Header(Stream.SOUND, 0, 0, False, False, 0, step)
            for receiver in routes.route("ann"):
                receiver.offer(header, packet(9, step, now, 160), now)
        if step % 7 == 0:  # 28.6 pictures a second
            key = wanted and now - asked >= 1
            if key:
                wanted, asked = False, now
            header = camera.next(key)
            keys += header.key
            size = KEY if header.key else SIZES[header.temporal]
            for receiver in routes.route("ann"):
                receiver.offer(header, packet(header.temporal, header.counter, now, size), now)
        for receiver in (quick, other):
            wanted = wanted or bool(receiver.outbox.wanted())
            receiver.pass_time(now)
    return quick, other, keys


@pytest.mark.parametrize("kbit", [2000, 600, 400, 200, 60, 0])
def test_a_slow_line_loses_layers_and_delays_nobody(kbit: int) -> None:
    """Layer 0 and sound need 350 kbit/s, everything 660."""
    seconds = 20
    quick, slow, keys = meet(lambda now: kbit * 125, seconds)
    assert len(quick.pictures) == int(seconds / TICK) // 7 + 1
    assert quick.sound == seconds * 50
    assert quick.late["pictures"] <= 2 * TICK
    assert slow.largest <= BOUND // 4, "it never comes near its bound: deadlines keep it short"
    assert keys <= 6, "a line too slow for key frames does not ask for them all the time"
    if kbit >= 200:
        assert slow.sound >= seconds * 50 * 0.97, "sound comes through"
    if kbit >= 400:
        assert keys == 1
        assert sum(temporal == 0 for _, temporal in slow.pictures) >= 7 * seconds, "layer 0 is whole"
        assert slow.late["pictures"] <= 0.45
    if kbit == 2000:
        assert len(slow.pictures) == len(quick.pictures)


def test_a_line_that_falls_and_comes_back() -> None:
    """4, 0.5, 4 Mbit/s: the layers come back by themselves within a second."""
    _, slow, keys = meet(lambda now: 62_500 if 10 <= now < 20 else 500_000, 30)
    rate = [sum(second <= at < second + 1 for at, _ in slow.pictures) for second in range(30)]
    assert min(rate[1:9]) >= 28
    assert min(rate[11:19]) >= 7
    assert min(rate[21:]) >= 28
    assert slow.sound >= 30 * 50 - 2
    assert keys == 1, "no key frame was needed"


def test_a_line_that_stops_and_comes_back() -> None:
    quick, slow, keys = meet(lambda now: 0 if 5 <= now < 10 else 250_000, 20)
    assert keys == 2
    after = [at for at, _ in slow.pictures if at >= 10]
    assert after[1] <= 10.5, "pictures are back within half a second"
    assert sum(at >= 12 for at in after) >= 8 * 28
    assert len(quick.pictures) >= 20 * 28
