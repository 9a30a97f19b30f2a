"""What ``aparte join`` sends. PyAV and NumPy are loaded only if something is sent."""

from typing import TYPE_CHECKING

from aparte.client.meeting import Meeting

if TYPE_CHECKING:
    from aparte.client.media import Picture, Publication, Samples, Track

_MADE_UP = "test"
_DEVICES = "/dev/"
_ALSA = "alsa:"


class SourceError(Exception):
    """A file or device that does not serve; the text is ``video: `` or ``audio: `` and a stable reason."""


class Sources:
    """Pictures and sound, either of them or none; ``names`` says what, for people."""

    def __init__(self, pictures: "Track[Picture] | None", sound: "Track[Samples] | None", names: list[str]) -> None:
        self.names = names
        self.publication: Publication | None = None
        self._pictures = pictures
        self._sound = sound

    async def send(self, meeting: Meeting) -> None:
        """Send until both have ended; raises ``SourceError``."""
        if self._pictures is None and self._sound is None:
            return
        from aparte.client.media import MediaError, publish

        try:
            self.publication = publish(meeting, self._pictures, self._sound)
            await self.publication.wait()
        except MediaError as error:
            raise SourceError(error.reason) from error

    def close(self) -> None:
        """Let go of files and devices."""
        for track in (self._pictures, self._sound):
            if track is not None:
                track.close()


def open_sources(video: str | None, audio: str | None, loop: bool) -> Sources:
    """Open a file, a device (``/dev/...``, ``alsa:NAME``) or ``test`` for each; raises ``SourceError``."""
    if video is None and audio is None:
        return Sources(None, None, [])
    try:
        from aparte.client.media import MediaError
    except ImportError:
        raise SourceError("no-media: install aparte[client] to send pictures or sound") from None
    names = []
    pictures = sound = None
    try:
        if video is not None:
            pictures = _pictures(video, loop)
            names.append(f"pictures of {video} (VP9, at most 1280x720 and 30 a second)")
    except MediaError as error:
        raise SourceError(f"video: {error.reason}") from error
    try:
        if audio is not None:
            sound = _sound(audio, loop)
            names.append(f"sound of {audio} (Opus, 32 kbit/s)")
    except MediaError as error:
        if pictures is not None:
            pictures.close()
        raise SourceError(f"audio: {error.reason}") from error
    return Sources(pictures, sound, names)


def _pictures(name: str, loop: bool) -> "Track[Picture]":
    from aparte.client.media import DevicePictures, FilePictures, PatternPictures

    if name == _MADE_UP:
        return PatternPictures()
    return DevicePictures(name) if name.startswith(_DEVICES) else FilePictures(name, loop)


def _sound(name: str, loop: bool) -> "Track[Samples]":
    from aparte.client.media import DeviceSound, FileSound, ToneSound

    if name == _MADE_UP:
        return ToneSound()
    return DeviceSound(name.removeprefix(_ALSA)) if name.startswith(_ALSA) else FileSound(name, loop)
