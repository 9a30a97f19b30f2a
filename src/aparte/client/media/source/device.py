"""Cameras and microphones of this machine, by FFmpeg's input formats (Video4Linux2 and ALSA on Linux)."""

import queue
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Final, Generic

import av
from av.container import InputContainer

from aparte.client.media.clock import ClockMap, now_us
from aparte.client.media.errors import MediaError, MediaReason
from aparte.client.media.picture import Picture, from_frame
from aparte.client.media.samples import LAYOUTS, RATE, Samples, packed
from aparte.client.media.source.opening import check_codec, open_input
from aparte.client.media.source.track import Piece

_WAITING: Final = 4
"""Pieces that may wait to be read; then the oldest goes. A device does not wait."""
_SECONDS: Final = 5.0
"""A device that gives nothing for so long is broken."""


class _DeviceTrack(ABC, Generic[Piece]):
    """One device with a thread of its own, because reading from a device cannot be interrupted."""

    live = True

    def __init__(self, name: str, kind: str, options: dict[str, str]) -> None:
        self._container = open_input(name, kind, options)
        self._clock = ClockMap()
        self._pieces: queue.Queue[Piece | MediaReason | None] = queue.Queue(_WAITING)
        self._closing = False
        threading.Thread(target=self._run, name="aparte-device", daemon=True).start()

    def read(self) -> Piece | None:
        """Wait for the next piece; raises ``MediaError(broken)`` when none comes for 5 s."""
        try:
            piece = self._pieces.get(timeout=_SECONDS)
        except queue.Empty:
            raise MediaError("broken") from None
        if isinstance(piece, str):
            raise MediaError(piece)
        return piece

    def close(self) -> None:
        """Let the device go as soon as it gives its next piece."""
        self._closing = True
        self._offer(None)

    def _run(self) -> None:
        reason: MediaReason = "broken"
        try:
            for piece in self._read_all(self._container):
                if self._closing:
                    break
                self._offer(piece)
        except MediaError as error:
            reason = error.reason
        except (av.FFmpegError, ValueError, MemoryError):
            reason = "broken"
        finally:
            self._container.close()
            self._offer(None if self._closing else reason)

    def _offer(self, piece: Piece | MediaReason | None) -> None:
        while True:
            try:
                self._pieces.put_nowait(piece)
            except queue.Full:
                try:
                    self._pieces.get_nowait()
                except queue.Empty:
                    continue
            else:
                return

    def _time(self, seconds: float) -> int:
        return self._clock.observe(round(seconds * 1_000_000), now_us())

    @abstractmethod
    def _read_all(self, container: InputContainer) -> Iterator[Piece]:
        """Give what the device gives, as it comes; raises ``MediaError`` when it gives no media of this kind."""


class DevicePictures(_DeviceTrack[Picture]):
    """A camera such as ``/dev/video0``.

    Raises ``MediaError``: ``not-found``, ``not-allowed``, ``no-device``, ``not-media``, ``no-picture``.
    """

    def __init__(self, name: str = "/dev/video0", kind: str = "v4l2", options: dict[str, str] | None = None) -> None:
        super().__init__(name, kind, options or {})

    def _read_all(self, container: InputContainer) -> Iterator[Picture]:
        if not container.streams.video:
            raise MediaError("no-picture")
        check_codec(container.streams.video[0])
        for frame in container.decode(container.streams.video[0]):
            yield from_frame(frame, now_us() if frame.time is None else self._time(frame.time))


class DeviceSound(_DeviceTrack[Samples]):
    """A microphone such as ``default``.

    Raises ``MediaError``: ``not-found``, ``not-allowed``, ``no-device``, ``not-media``, ``no-sound``.
    """

    def __init__(self, name: str = "default", kind: str = "alsa", options: dict[str, str] | None = None) -> None:
        super().__init__(name, kind, options or {})

    def _read_all(self, container: InputContainer) -> Iterator[Samples]:
        if not container.streams.audio:
            raise MediaError("no-sound")
        stream = container.streams.audio[0]
        check_codec(stream)
        channels = max(1, min(2, stream.codec_context.channels))
        resampler = av.AudioResampler(format="flt", layout=LAYOUTS[channels], rate=RATE)
        for frame in container.decode(stream):
            start_us = now_us() if frame.time is None else self._time(frame.time)
            for piece in resampler.resample(frame):
                samples = Samples(start_us, packed(piece, channels))
                start_us += samples.duration_us
                yield samples
