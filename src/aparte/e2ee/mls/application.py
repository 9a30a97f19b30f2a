"""Application messages: sealed for everybody in the epoch, signed by one (RFC 9420 section 6.3)."""

from dataclasses import dataclass, replace

from aparte.core.mls.errors import MlsError, Rule, require
from aparte.core.mls.framing import FramedContent, PrivateMessage, WireFormat, member
from aparte.core.mls.judge import check_place, check_sender
from aparte.e2ee.mls.group import Group
from aparte.e2ee.mls.hpke import Random
from aparte.e2ee.mls.protect import open_private, seal_private, sign_content


@dataclass(frozen=True, slots=True, repr=False)
class Received:
    """What the member at a leaf said; ``authenticated_data`` travelled in clear."""

    sender: int
    data: bytes
    authenticated_data: bytes


def seal_application(
    group: Group, data: bytes, random: Random, *, authenticated_data: bytes = b"", padding: int = 0
) -> tuple[Group, PrivateMessage]:
    """Seal octets; the group that is returned must be the only one used from now on: a key is never used twice."""
    framed = FramedContent(group.group_id, group.epoch, member(group.leaf), authenticated_data, data)
    context = group.public.context
    content = sign_content(group.suite, WireFormat.PRIVATE_MESSAGE, framed, context, group.signature_key)
    message, messages = seal_private(group.suite, content, group.messages, group.secrets.sender_data, random, padding)
    return replace(group, messages=messages), message


def open_application(group: Group, message: PrivateMessage) -> tuple[Group, Received]:
    """Open somebody's octets; raises ``MlsError``, and nothing has changed."""
    check_place(group.public, message.group_id, message.epoch)
    content, messages = open_private(group.suite, message, group.messages, group.secrets.sender_data)
    framed = content.framed
    require(framed.sender.index != group.leaf, Rule.OWN_MESSAGE)
    content.verify(group.suite.public, group.public.context, check_sender(group.public, framed))
    if not isinstance(framed.content, bytes):
        raise MlsError(Rule.SENDER_CONTENT)
    received = Received(framed.sender.index, framed.content, framed.authenticated_data)
    return replace(group, messages=messages), received
