"""Opens files and devices, with our words for what does not go."""

import av
from av.container import InputContainer
from av.stream import Stream

from aparte.client.media.errors import MediaError

_SECONDS = 10.0


def open_input(name: str, kind: str | None, options: dict[str, str]) -> InputContainer:
    """Open a file, or a device where ``kind`` names FFmpeg's input format.

    Raises ``MediaError``: ``not-found``, ``not-allowed``, ``no-device`` for a kind that this machine's FFmpeg does not
    have, ``not-media`` for everything else.
    """
    try:
        return av.open(name, format=kind, options=options, timeout=_SECONDS)
    except FileNotFoundError as error:
        raise MediaError("not-found") from error
    except PermissionError as error:
        raise MediaError("not-allowed") from error
    except ValueError as error:
        # PyAV's word for a format that it does not know; FFmpeg's own errors of data are ValueErrors too.
        raise MediaError("not-media" if kind is None or isinstance(error, av.FFmpegError) else "no-device") from error
    except OSError as error:
        raise MediaError("not-found" if kind else "not-media") from error
    except av.FFmpegError as error:
        raise MediaError("not-media") from error


def check_codec(stream: Stream) -> None:
    """Raise ``MediaError(no-codec)`` for a stream that this machine's FFmpeg cannot decode."""
    if stream.codec_context is None:
        raise MediaError("no-codec")
