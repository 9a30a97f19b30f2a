from aparte.core.room.refreshes import Refreshes, Source

CAMERA = Source("ann", 2, 0)


def test_the_first_request_passes_and_later_ones_wait() -> None:
    refreshes = Refreshes()
    assert refreshes.ask(CAMERA, 5.0)
    assert refreshes.next() is None
    assert not refreshes.ask(CAMERA, 5.5)
    assert refreshes.next() == 6.0
    assert refreshes.due(5.9) == []
    assert refreshes.due(6.0) == [CAMERA]
    assert not refreshes.ask(CAMERA, 6.5), "what was due counts as asked"
    assert refreshes.due(7.0) == [CAMERA]


def test_renditions_do_not_disturb_each_other() -> None:
    refreshes = Refreshes()
    assert all(refreshes.ask(Source("ann", 2, rendition), 0.0) for rendition in range(3))


def test_the_memory_ends_with_the_second() -> None:
    refreshes = Refreshes()
    for n in range(100):
        refreshes.ask(Source(str(n), 2, 0), 0.0)
    refreshes.due(1.0)
    assert not refreshes._quiet


def test_forgetting_a_sender() -> None:
    refreshes = Refreshes()
    refreshes.ask(CAMERA, 0.0)
    refreshes.ask(CAMERA, 0.1)
    refreshes.forget("ann")
    assert refreshes.next() is None
    assert refreshes.due(2.0) == []
    assert refreshes.ask(CAMERA, 0.2)
