"""A camera and a decoder for tests: written from the codec's side, without the rules under test."""

from aparte.core.wire.header import Header, Stream


class Camera:
    """Frames of one rendition, and for each what its codec really needs to decode it."""

    def __init__(self, rendition: int = 0, pattern: tuple[int, ...] = (0, 2, 1, 2)) -> None:
        self.rendition = rendition
        self.pattern = pattern
        self.needs: list[frozenset[int]] = []  # by counter: counters of the frames that it refers to
        self._place = 0
        self._tl0 = 255
        self._refers: dict[int, int] = {}  # the latest frame of each temporal layer since the last layer 0

    def next(self, key: bool = False) -> Header:
        temporal = 0 if key else self.pattern[self._place % len(self.pattern)]
        self._place = 1 if key else self._place + 1
        counter = len(self.needs)
        key = key or not self.needs
        if temporal == 0:
            refers = [] if key else [self._refers[0]]
            self._tl0 = (self._tl0 + 1) % 256
            self._refers = {0: counter}
        else:
            refers = [self._refers[layer] for layer in range(temporal) if layer in self._refers]
            self._refers[temporal] = counter
        self.needs.append(frozenset(refers))
        return Header(Stream.CAMERA, self.rendition, temporal, key, temporal == 2, self._tl0, counter)


class Decoder:
    """Fails on a frame that refers to one that it has not got, and on one that comes twice or too late."""

    def __init__(self, camera: Camera) -> None:
        self._camera = camera
        self._has: set[int] = set()
        self.last = -1

    def decode(self, counter: int) -> None:
        assert counter > self.last, "in order"
        assert self._camera.needs[counter] <= self._has, "a frame that cannot be decoded"
        self._has.add(counter)
        self.last = counter
