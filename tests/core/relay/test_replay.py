import pytest

from aparte.core.relay.replay import Replay
from aparte.core.wire.header import Header, Stream


def frame(counter: int, stream: Stream = Stream.SOUND, rendition: int = 0) -> Header:
    return Header(stream, rendition, 0, False, False, 0, counter)


@pytest.mark.promise("P11")
def test_only_a_counter_that_rises() -> None:
    replay = Replay()
    answers = [replay.rises(frame(counter)) for counter in (0, 1, 1, 0, 5, 4, 6, 2**32 - 1, 2**32 - 1, 0)]
    assert answers == [True, True, False, False, True, False, True, True, False, False]


def test_streams_and_renditions_count_alone() -> None:
    replay = Replay()
    places = [
        (Stream.STATE, 0),
        (Stream.SOUND, 0),
        (Stream.PROOF, 0),
        *((Stream.CAMERA, rendition) for rendition in range(3)),
    ]
    for stream, rendition in places:
        assert replay.rises(frame(7, stream, rendition))
    for stream, rendition in places:
        assert not replay.rises(frame(7, stream, rendition))
