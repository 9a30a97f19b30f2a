"""Pictures and sound of a file in any form that FFmpeg reads."""

import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Final, Generic

import av
from av.container import InputContainer

from aparte.client.media.errors import MediaError
from aparte.client.media.picture import Picture, from_frame
from aparte.client.media.samples import LAYOUTS, RATE, Samples, packed
from aparte.client.media.source.opening import check_codec, open_input
from aparte.client.media.source.track import Piece

# A file may name others, as playlists do: nothing but files is opened for it.
_OPTIONS: Final = {"protocol_whitelist": "file"}
_PIECE: Final = RATE // 50
_MICRO: Final = 1_000_000


class _FileTrack(ABC, Generic[Piece]):
    """One kind of media of a file; sound and pictures of one file are two tracks that count from the same start."""

    live = False

    def __init__(self, path: Path | str, loop: bool = False) -> None:
        self._path = Path(path)
        self._loop = loop
        self._offset_us = 0  # of the round that is being read
        self._end_us = 0
        # A file that is closed while another thread reads it takes the process with it.
        self._lock = threading.Lock()
        self._closed = False
        self._container = self._open()
        self._pieces: Iterator[Piece] = self._read_all(self._container)

    def read(self) -> Piece | None:
        """Return the next piece, or None at the end; raises ``MediaError(broken)``."""
        with self._lock:
            if self._closed:
                return None
            try:
                piece = next(self._pieces, None)
                if piece is None and self._loop and self._end_us > self._offset_us:
                    self._rewind()
                    piece = next(self._pieces, None)
            except (av.FFmpegError, ValueError, MemoryError) as error:
                raise MediaError("broken") from error
            return piece

    def close(self) -> None:
        """Close the file; a ``read`` that is under way ends first."""
        with self._lock:
            self._closed = True
            self._container.close()

    def _open(self) -> InputContainer:
        if not self._path.is_file():
            raise MediaError("not-found")
        container = open_input(str(self._path.resolve()), None, _OPTIONS)
        try:
            self._check(container)
        except MediaError:
            container.close()
            raise
        return container

    def _rewind(self) -> None:
        # Both tracks of a file go round in the same time, or they would drift apart.
        length = self._container.duration or 0
        self._offset_us = max(self._offset_us + length, self._end_us) if length else self._end_us
        self._container.close()
        self._container = self._open()
        self._pieces = self._read_all(self._container)

    def _time(self, seconds: float, container: InputContainer) -> int:
        return self._offset_us + round(seconds * _MICRO) - (container.start_time or 0)

    @abstractmethod
    def _check(self, container: InputContainer) -> None:
        """Raise ``MediaError`` when the file has no media of this kind, or in no codec that can be read."""

    @abstractmethod
    def _read_all(self, container: InputContainer) -> Iterator[Piece]:
        """Give the pieces from the beginning to the end, and keep ``_end_us`` behind the last one."""


class FilePictures(_FileTrack[Picture]):
    """The pictures of a file.

    Raises ``MediaError``: ``not-found``, ``not-allowed``, ``not-media``, ``no-picture``, ``no-codec``.
    With ``loop`` it begins again.
    """

    def _check(self, container: InputContainer) -> None:
        if not container.streams.video:
            raise MediaError("no-picture")
        check_codec(container.streams.video[0])

    def _read_all(self, container: InputContainer) -> Iterator[Picture]:
        stream = container.streams.video[0]
        interval = round(_MICRO / (stream.average_rate or 25))
        last_us = self._offset_us - 1
        for frame in container.decode(stream):
            stated = last_us + interval if frame.time is None else self._time(frame.time, container)
            # Times that do not rise are no times: files with such are common enough.
            last_us = max(last_us + 1, stated)
            self._end_us = max(self._end_us, last_us + interval)
            yield from_frame(frame, last_us)


class FileSound(_FileTrack[Samples]):
    """The sound of a file, in pieces of 20 ms, mono or stereo.

    Raises ``MediaError``: ``not-found``, ``not-allowed``, ``not-media``, ``no-sound``, ``no-codec``.
    With ``loop`` it begins again.
    """

    def _check(self, container: InputContainer) -> None:
        if not container.streams.audio:
            raise MediaError("no-sound")
        check_codec(container.streams.audio[0])

    def _read_all(self, container: InputContainer) -> Iterator[Samples]:
        stream = container.streams.audio[0]
        channels = max(1, min(2, stream.codec_context.channels))
        resampler = av.AudioResampler(format="flt", layout=LAYOUTS[channels], rate=RATE, frame_size=_PIECE)
        next_us = self._offset_us
        for frame in chain(container.decode(stream), (None,)):
            for piece in resampler.resample(frame):
                pcm = packed(piece, channels)
                if piece.time is not None:
                    next_us = self._time(piece.time, container)
                samples = Samples(next_us, pcm)
                next_us += samples.duration_us
                self._end_us = max(self._end_us, next_us)
                yield samples
