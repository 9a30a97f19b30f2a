"""Any link, any senders: what a receiver is sent can be decoded, and what waits is bounded."""

import hypothesis.strategies as st
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from aparte.core.layers.budget import DEADLINES, SOUND_DEADLINE
from aparte.core.relay.outbox import SLACK, Outbox
from aparte.core.wire.errors import WireError
from aparte.core.wire.header import Header, Stream
from tests.core.layers.camera import Camera, Decoder

BOUND = 20_000
LARGEST = 6_000
ROOMS = st.sampled_from([-100_000, -SLACK, -1, 0, 1, 2_000, 4_096, 50_000])
SENDERS = st.sampled_from(["ann", "bob", "cat"])


class Link(RuleBasedStateMachine):
    """One receiver behind a link whose room is anything."""

    def __init__(self) -> None:
        super().__init__()
        self.outbox = Outbox(BOUND, control_bound=5_000)
        self.now = 0.0
        self.cameras: dict[tuple[str, int], Camera] = {}
        self.decoders: dict[tuple[str, int], Decoder] = {}
        self.made: list[tuple[str, str, int, int, float, int]] = []  # kind, sender, rendition, number, time, temporal
        self.heard: dict[tuple[str, str], int] = {}
        self.control = 0
        self.control_waiting = 0
        self.broken = False

    def message(self, kind: str, sender: str, rendition: int, number: int, size: int, temporal: int = 0) -> bytes:
        self.made.append((kind, sender, rendition, number, self.now, temporal))
        return (len(self.made) - 1).to_bytes(4) + bytes(size)

    def receive(self, message: bytes) -> None:
        kind, sender, rendition, number, made, temporal = self.made[int.from_bytes(message[:4])]
        if kind == "control":
            assert number == self.control, "control in order, none missing"
            self.control += 1
            self.control_waiting -= len(message)
            return
        assert not self.control_waiting, "no frame overtakes a control message"
        if kind == "camera":
            assert self.now - made <= DEADLINES[temporal]
            self.decoders[sender, rendition].decode(number)
            return
        assert number > self.heard.get((kind, sender), -1), "in order"
        assert kind in ("state", "proof") or self.now - made <= SOUND_DEADLINE
        self.heard[kind, sender] = number

    @rule(
        sender=SENDERS,
        rendition=st.sampled_from([0, 0, 2]),
        count=st.integers(1, 12),
        key=st.booleans(),
        lost=st.integers(0, 3),
        size=st.integers(1, LARGEST - 4),
        room=ROOMS,
    )
    def pictures(self, sender: str, rendition: int, count: int, key: bool, lost: int, size: int, room: int) -> None:
        camera = self.cameras.setdefault((sender, rendition), Camera(rendition))
        self.decoders.setdefault((sender, rendition), Decoder(camera))
        for n in range(count):
            header = camera.next(key=key and n == 0)
            if n < lost:
                continue  # the sender's link was cut while it was on its way
            message = self.message("camera", sender, rendition, header.counter, size, header.temporal)
            if self.outbox.offer(sender, header, message, self.now, room):
                assert room > 0
                self.receive(message)
            self.now += 1 / 30

    @rule(
        sender=SENDERS,
        stream=st.sampled_from([Stream.SOUND, Stream.STATE, Stream.PROOF]),
        count=st.integers(1, 9),
        room=ROOMS,
    )
    def small(self, sender: str, stream: Stream, count: int, room: int) -> None:
        for _ in range(count):
            message = self.message(stream.name.lower(), sender, 0, len(self.made), 160)
            header = Header(stream, 0, 0, False, False, 0, len(self.made))
            if self.outbox.offer(sender, header, message, self.now, room):
                assert room > -SLACK
                self.receive(message)
            self.now += 0.02

    @rule(size=st.integers(1, 2_000), room=ROOMS)
    def say(self, size: int, room: int) -> None:
        if self.broken:
            return
        number = sum(made[0] == "control" for made in self.made)
        message = self.message("control", "", 0, number, size)
        self.control_waiting += len(message)
        try:
            if self.outbox.offer_control(message, room):
                self.receive(message)
        except WireError:
            assert self.control_waiting > 5_000
            self.control_waiting -= len(message)
            self.broken = True

    @rule(room=ROOMS)
    def take(self, room: int) -> None:
        taken = self.outbox.take(room, self.now)
        for message in taken:
            assert room > -SLACK
            self.receive(message)
            room -= len(message)

    @rule(seconds=st.sampled_from([0.001, 0.1, 0.16, 0.3, 1.0, 20.0]))
    def time(self, seconds: float) -> None:
        self.now += seconds

    @rule(sender=SENDERS)
    def forget(self, sender: str) -> None:
        self.outbox.forget(sender)
        for (name, rendition), camera in self.cameras.items():
            if name == sender:
                last, decoder = self.decoders[name, rendition].last, Decoder(camera)
                decoder.last = last
                self.decoders[name, rendition] = decoder

    @rule()
    def ask(self) -> None:
        for wanted in self.outbox.wanted():
            assert (wanted.sender, wanted.rendition) in self.cameras

    @invariant()
    def bounded(self) -> None:
        assert 0 <= self.outbox.size <= BOUND
        assert self.control_waiting <= 5_000

    def teardown(self) -> None:
        for message in self.outbox.take(10**9, self.now):
            self.receive(message)
        assert not self.outbox
        assert self.outbox.size == 0


def test_any_link() -> None:
    busy = [HealthCheck.too_slow]  # a busy machine is no fault of the code
    run_state_machine_as_test(
        Link, settings=settings(max_examples=150, stateful_step_count=40, deadline=None, suppress_health_check=busy)
    )
