import pytest

from aparte.core.relay.feed import Wanted
from aparte.core.relay.outbox import SLACK, Outbox
from aparte.core.wire.errors import Reason, WireError
from aparte.core.wire.header import Header, Stream
from aparte.core.wire.limits import MAX_SERVER_TEXT
from tests.core.layers.camera import Camera

OPEN = 4096
CLOSED = -SLACK
SOUND = Header(Stream.SOUND, 0, 0, False, False, 0, 0)
STATE = Header(Stream.STATE, 0, 0, False, False, 0, 0)
PROOF = Header(Stream.PROOF, 0, 0, False, False, 0, 0)


class Film:
    """One sender's pictures; the message of a frame is its counter."""

    def __init__(self, outbox: Outbox, sender: str = "ann", size: int = 1000) -> None:
        self.camera = Camera()
        self._outbox = outbox
        self._sender = sender
        self._size = size

    def offer(self, now: float, room: int, key: bool = False) -> bool:
        header = self.camera.next(key)
        return self._outbox.offer(self._sender, header, header.counter.to_bytes(self._size), now, room)


def numbers(messages: list[bytes]) -> list[int]:
    return [int.from_bytes(message) for message in messages]


def test_with_room_everything_passes_at_once() -> None:
    outbox = Outbox()
    film = Film(outbox)
    assert all(film.offer(n / 30, OPEN) for n in range(20))
    assert outbox.offer("ann", SOUND, b"sound", 0.0, OPEN)
    assert outbox.offer("ann", STATE, b"state", 0.0, OPEN)
    assert outbox.offer_control(b"control", OPEN)
    assert not outbox
    assert outbox.take(OPEN, 1.0) == []
    assert outbox.wanted() == []


def test_sound_and_state_overdraw_a_little() -> None:
    outbox = Outbox()
    film = Film(outbox)
    assert not film.offer(0.0, 0)
    assert outbox.offer("ann", SOUND, b"sound", 0.0, 1 - SLACK)
    assert outbox.offer("ann", STATE, b"state", 0.0, 1 - SLACK)
    assert outbox.offer_control(b"control", 1 - SLACK)


def test_what_waits_goes_in_its_order() -> None:
    outbox = Outbox()
    Film(outbox).offer(0.0, CLOSED)
    outbox.offer("ann", SOUND, b"sound", 0.0, CLOSED)
    outbox.offer("ann", STATE, b"state", 0.0, CLOSED)
    outbox.offer_control(b"control", CLOSED)
    assert outbox
    taken = outbox.take(OPEN, 0.1)
    assert [taken[0], taken[1], taken[2], len(taken[3])] == [b"control", b"state", b"sound", 1000]
    assert not outbox
    assert outbox.size == 0


def test_nothing_overtakes_a_control_message() -> None:
    outbox = Outbox()
    film = Film(outbox)
    outbox.offer_control(b"control", CLOSED)
    assert not film.offer(0.0, OPEN)
    assert not outbox.offer("ann", SOUND, b"sound", 0.0, OPEN)
    assert not outbox.offer("ann", STATE, b"state", 0.0, OPEN)
    assert not outbox.offer_control(b"second", OPEN)
    assert outbox.take(1, 0.0)[:2] == [b"control", b"second"]


def test_a_long_control_message_closes_the_gate_behind_it() -> None:
    outbox = Outbox()
    outbox.offer_control(b"c" * 100_000, CLOSED)
    outbox.offer_control(b"second", CLOSED)
    outbox.offer("ann", SOUND, b"sound", 0.0, CLOSED)
    assert len(outbox.take(OPEN, 0.0)) == 1
    assert outbox.take(OPEN, 0.0) == [b"second", b"sound"]


def test_too_slow_for_control() -> None:
    outbox = Outbox(control_bound=100)
    outbox.offer_control(b"c" * 60, CLOSED)
    with pytest.raises(WireError) as caught:
        outbox.offer_control(b"c" * 60, CLOSED)
    assert caught.value.reason is Reason.TOO_SLOW


def test_control_that_has_gone_makes_room_for_more() -> None:
    outbox = Outbox(control_bound=100)
    for _ in range(10):
        outbox.offer_control(b"c" * 60, CLOSED)
        assert len(outbox.take(OPEN, 0.0)) == 1


def test_only_the_newest_state_waits() -> None:
    outbox = Outbox()
    for message in (b"one", b"two", b"three"):
        outbox.offer("ann", STATE, message, 0.0, CLOSED)
    outbox.offer("bob", STATE, b"other", 0.0, CLOSED)
    assert outbox.take(OPEN, 0.0) == [b"three", b"other"]
    outbox.offer("ann", STATE, b"old", 0.0, CLOSED)
    assert outbox.offer("ann", STATE, b"new", 0.0, OPEN)
    assert outbox.take(OPEN, 0.0) == [], "an old state does not come after a new one"


def test_every_proof_waits_in_order_and_goes_before_sound() -> None:
    outbox = Outbox()
    outbox.offer("ann", SOUND, b"sound", 0.0, CLOSED)
    for message in (b"one", b"two", b"three"):
        assert not outbox.offer("ann", PROOF, message, 0.0, CLOSED)
    assert not outbox.offer("bob", PROOF, b"four", 0.0, OPEN), "none overtakes another"
    assert outbox.take(1 - SLACK, 9.0) == [b"one"]
    assert outbox.take(OPEN, 9.0) == [b"two", b"three", b"four"], "and none is too late"
    assert outbox.offer("ann", PROOF, b"five", 0.0, OPEN)
    outbox.offer("ann", PROOF, b"six", 0.0, CLOSED)
    outbox.offer("ann", SOUND, b"sound", 0.0, CLOSED)
    assert outbox.take(OPEN, 0.0) == [b"six", b"sound"]
    assert outbox.size == 0


def test_over_the_bound_proofs_go_after_the_sound() -> None:
    outbox = Outbox(bound=1000)
    outbox.offer("ann", PROOF, b"p" * 500, 0.0, CLOSED)
    outbox.offer("ann", SOUND, b"s" * 600, 0.0, CLOSED)
    assert [message[:1] for message in outbox.take(OPEN, 0.0)] == [b"p"]
    for n in range(10):
        outbox.offer("ann", PROOF, b"%d" % n * 300, 0.0, CLOSED)
        assert outbox.size <= 1000
    assert [message[:1] for message in outbox.take(OPEN, 0.0)] == [b"8", b"9"], "the oldest first"


def test_sound_waits_for_150_ms_and_no_longer() -> None:
    outbox = Outbox()
    for n in range(20):
        outbox.offer("ann", SOUND, b"%d" % n, n * 0.02, CLOSED)
    assert outbox.size <= 16
    assert outbox.take(OPEN, 0.38) == [b"%d" % n for n in range(12, 20)]
    outbox.offer("ann", SOUND, b"late", 1.0, CLOSED)
    assert outbox.take(OPEN, 1.2) == []


@pytest.mark.parametrize(("wait", "sent"), [(0.14, [0, 1, 2, 3]), (0.2, [0, 2]), (0.4, [0]), (0.5, [])])
def test_deadlines_by_layer(wait: float, sent: list[int]) -> None:
    outbox = Outbox()
    film = Film(outbox)
    for _ in range(4):
        film.offer(0.0, CLOSED)
    assert numbers(outbox.take(10_000, wait)) == sent


def test_pictures_go_as_far_as_there_is_room_and_whole() -> None:
    outbox = Outbox()
    film = Film(outbox)
    for _ in range(8):
        film.offer(0.0, CLOSED)
    assert numbers(outbox.take(1500, 0.0)) == [0, 1]
    assert outbox.take(0, 0.0) == []
    assert numbers(outbox.take(1, 0.0)) == [2]


def test_a_dropped_layer_0_ends_the_rendition_until_a_key_frame() -> None:
    outbox = Outbox()
    film = Film(outbox)
    film.offer(0.0, CLOSED)
    assert outbox.take(OPEN, 0.5) == []
    assert not film.offer(0.5, OPEN)
    assert outbox.wanted() == [Wanted("ann", Stream.CAMERA, 0)]
    assert not any(film.offer(0.6, OPEN) for _ in range(7))
    assert outbox.wanted() == []
    assert film.offer(0.7, OPEN, key=True)
    assert all(film.offer(0.7, OPEN) for _ in range(7))


def test_no_key_frame_is_wanted_for_a_missing_layer_1() -> None:
    outbox = Outbox()
    film = Film(outbox)
    assert film.offer(0.0, OPEN)
    assert film.offer(0.0, OPEN)
    film.offer(0.0, CLOSED)
    assert outbox.take(OPEN, 0.3) == []
    assert not film.offer(0.3, OPEN)
    assert outbox.wanted() == []
    assert film.offer(0.3, OPEN)


def test_a_newcomer_wants_a_key_frame_from_each_sender() -> None:
    outbox = Outbox()
    films = [Film(outbox, sender) for sender in ("ann", "bob")]
    for film in films:
        film.camera.next()
        assert not film.offer(0.0, OPEN)
    assert [wanted.sender for wanted in outbox.wanted()] == ["ann", "bob"]


def test_no_key_frame_is_wanted_while_there_is_no_room() -> None:
    outbox = Outbox()
    film = Film(outbox)
    film.camera.next()
    assert not any(film.offer(n / 30, CLOSED) for n in range(100))
    assert outbox.wanted() == []
    assert not outbox, "what cannot be decoded does not wait either"


def test_the_pause_between_requests_grows() -> None:
    outbox = Outbox()
    film = Film(outbox)
    film.camera.next()
    asked = []
    for n in range(40 * 30):
        film.offer(n / 30, OPEN)
        asked += [n // 30 for _ in outbox.wanted()]
    assert asked == [0, 1, 3, 7, 15, 23, 31, 39]
    for n in range(60 * 30, 63 * 30):
        film.offer(n / 30, OPEN)
        asked += [n // 30 for _ in outbox.wanted()]
    assert asked[-2:] == [60, 61], "short again after a quiet time"


def test_over_the_bound_layers_go_from_the_top() -> None:
    outbox = Outbox(bound=8000)
    film = Film(outbox)
    for _ in range(9):  # 0 2 1 2 0 2 1 2 0: the ninth is one too many
        film.offer(0.0, CLOSED)
    assert outbox.size == 6000
    assert numbers(outbox.take(10_000, 0.0)) == [0, 2, 4, 6, 7, 8]


def test_over_the_bound_layer_1_goes_after_layer_2() -> None:
    outbox = Outbox(bound=4000)
    film = Film(outbox)
    for _ in range(9):
        film.offer(0.0, CLOSED)
    taken = numbers(outbox.take(10_000, 0.0))
    assert taken == [0, 4, 8]


def test_over_the_bound_a_rendition_goes_up_to_its_key_frame() -> None:
    outbox = Outbox(bound=3000)
    outbox.offer_control(b"", CLOSED)
    film = Film(outbox)
    film.camera.pattern = (0,)
    film.offer(0.0, CLOSED)
    film.offer(0.0, CLOSED)
    film.offer(0.0, CLOSED)
    film.offer(0.0, CLOSED, key=True)
    assert numbers(outbox.take(10_000, 0.0)[1:]) == [3]
    assert film.offer(0.0, OPEN)


def test_over_the_bound_without_a_key_frame_nothing_more_is_kept() -> None:
    outbox = Outbox(bound=3000)
    film = Film(outbox)
    film.camera.pattern = (0,)
    for _ in range(40):
        film.offer(0.0, CLOSED)
    assert outbox.size == 0
    assert not film.offer(0.1, OPEN)
    assert outbox.wanted() == [Wanted("ann", Stream.CAMERA, 0)]
    assert outbox.take(OPEN, 0.1) == []
    assert film.offer(0.1, OPEN, key=True)
    film.offer(0.1, CLOSED)
    assert numbers(outbox.take(OPEN, 0.1)) == [42]


def test_over_the_bound_sound_and_states_go_last() -> None:
    outbox = Outbox(bound=1000)
    outbox.offer("ann", STATE, b"s" * 500, 0.0, CLOSED)
    Film(outbox).offer(0.0, CLOSED)
    outbox.offer("ann", SOUND, b"1" * 600, 0.0, CLOSED)
    assert [message[:1] for message in outbox.take(OPEN, 0.0)] == [b"s"], "shed down to three quarters"
    for n in range(10):
        outbox.offer(n, STATE, b"s" * 500, 0.0, CLOSED)
        assert outbox.size <= 1000


def test_one_sender_does_not_disturb_another() -> None:
    outbox = Outbox(bound=5000)
    slow, fast = Film(outbox, "ann", size=4000), Film(outbox, "bob", size=100)
    fast.offer(0.0, CLOSED)
    slow.offer(0.0, CLOSED)
    slow.offer(0.0, CLOSED, key=True)
    fast.offer(0.0, CLOSED, key=True)
    assert [len(message) for message in outbox.take(100_000, 0.0)] == [100, 100]


def test_forgetting_a_sender() -> None:
    outbox = Outbox()
    ann, bob = Film(outbox, "ann"), Film(outbox, "bob")
    ann.camera.next()
    ann.offer(0.0, OPEN)
    for film, sender in ((ann, "ann"), (bob, "bob")):
        film.offer(0.0, CLOSED, key=True)
        outbox.offer(sender, SOUND, sender.encode(), 0.0, CLOSED)
        outbox.offer(sender, STATE, sender.encode(), 0.0, CLOSED)
        outbox.offer(sender, PROOF, sender.encode(), 0.0, CLOSED)
    outbox.forget("ann")
    assert outbox.wanted() == []
    taken = outbox.take(OPEN, 0.0)
    assert taken[:3] == [b"bob", b"bob", b"bob"]
    assert numbers(taken[3:]) == [0]
    assert outbox.size == 0
    assert not ann.offer(0.1, OPEN)
    assert ann.offer(0.1, OPEN, key=True)


def test_the_largest_control_message_may_wait_behind_others() -> None:
    """The tree of a large meeting, for somebody whose line is busy."""
    outbox = Outbox()
    largest = bytes(MAX_SERVER_TEXT)
    for message in (b"first", largest, b"last"):
        assert not outbox.offer_control(message, CLOSED)
    assert outbox.take(OPEN, 1.0) == [b"first", largest]
    assert outbox.take(OPEN, 2.0) == [b"last"]
