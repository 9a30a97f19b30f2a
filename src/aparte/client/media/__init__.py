"""Pictures and sound of a Python participant (docs/sdk/media.md): needs the extra ``client``, PyAV and NumPy."""

try:
    import av as _av  # noqa: F401
    import numpy as _numpy  # noqa: F401
except ImportError as error:
    raise ImportError("pictures and sound need the extra packages of aparte[client]") from error

from aparte.client.media.clock import now_us
from aparte.client.media.encode.size import LARGE, SMALL, Rendition
from aparte.client.media.encode.video import encodable
from aparte.client.media.errors import MediaError
from aparte.client.media.picture import Picture
from aparte.client.media.publish import Publication, publish, publish_file
from aparte.client.media.samples import RATE, Samples
from aparte.client.media.send import Camera, Microphone, Sent
from aparte.client.media.source.device import DevicePictures, DeviceSound
from aparte.client.media.source.file import FilePictures, FileSound
from aparte.client.media.source.pattern import PatternPictures, ToneSound, read_code
from aparte.client.media.source.track import Track
from aparte.client.media.watch import Pictures, Sounds, pictures, sound

__all__ = [
    "LARGE",
    "RATE",
    "SMALL",
    "Camera",
    "DevicePictures",
    "DeviceSound",
    "FilePictures",
    "FileSound",
    "MediaError",
    "Microphone",
    "PatternPictures",
    "Picture",
    "Pictures",
    "Publication",
    "Rendition",
    "Samples",
    "Sent",
    "Sounds",
    "ToneSound",
    "Track",
    "encodable",
    "now_us",
    "pictures",
    "publish",
    "publish_file",
    "read_code",
    "sound",
]
