"""MLSMessage (RFC 9420 section 6): the one form in which anything goes over the wire."""

from aparte.core.mls.codec import Reader, decode, u16
from aparte.core.mls.context import GroupInfo
from aparte.core.mls.errors import MlsError, Rule, require
from aparte.core.mls.framing import PrivateMessage, PublicMessage, WireFormat
from aparte.core.mls.keypackage import KeyPackage
from aparte.core.mls.suites import VERSION
from aparte.core.mls.welcome import Welcome

Message = PublicMessage | PrivateMessage | Welcome | GroupInfo | KeyPackage


def write_message(message: Message) -> bytes:
    """Return the octets of an ``MLSMessage``."""
    match message:
        case PublicMessage():
            kind = WireFormat.PUBLIC_MESSAGE
        case PrivateMessage():
            kind = WireFormat.PRIVATE_MESSAGE
        case Welcome():
            kind = WireFormat.WELCOME
        case GroupInfo():
            kind = WireFormat.GROUP_INFO
        case KeyPackage():
            kind = WireFormat.KEY_PACKAGE
    return u16(VERSION) + u16(kind) + message.encoded


def read_message(octets: bytes, max_size: int) -> Message:
    """Read an ``MLSMessage`` of at most ``max_size`` octets with nothing behind it; raises ``MlsError``."""
    require(len(octets) <= max_size, Rule.SIZE)
    return decode(octets, _read)


def _read(reader: Reader) -> Message:
    require(reader.u16() == VERSION, Rule.VERSION)
    match reader.u16():
        case WireFormat.PUBLIC_MESSAGE:
            return PublicMessage.read(reader)
        case WireFormat.PRIVATE_MESSAGE:
            return PrivateMessage.read(reader)
        case WireFormat.WELCOME:
            return Welcome.read(reader)
        case WireFormat.GROUP_INFO:
            return GroupInfo.read(reader)
        case WireFormat.KEY_PACKAGE:
            return KeyPackage.read(reader)
        case _:
            raise MlsError(Rule.ENCODING)
