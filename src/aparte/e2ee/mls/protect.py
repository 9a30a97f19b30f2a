"""Public and private messages made and checked with an epoch's secrets (RFC 9420 sections 6.1 to 6.3)."""

import hmac

from aparte.core.mls.codec import Reader, u32
from aparte.core.mls.context import GroupContext
from aparte.core.mls.errors import MlsError, Rule, require
from aparte.core.mls.framing import (
    AuthenticatedContent,
    FramedContent,
    PrivateMessage,
    PublicMessage,
    SenderType,
    WireFormat,
    content_type,
    encode_content,
    member,
    read_auth,
    read_content,
)
from aparte.e2ee.mls.hpke import Random
from aparte.e2ee.mls.secrettree import SecretTree
from aparte.e2ee.mls.suite import SecretSuite


def sign_content(
    suite: SecretSuite, wire_format: WireFormat, framed: FramedContent, context: GroupContext, key: bytes
) -> AuthenticatedContent:
    """Sign a content (section 6.1)."""
    unsigned = AuthenticatedContent(wire_format, framed)
    return unsigned.signed_with(suite.sign_with_label(key, "FramedContentTBS", unsigned.to_be_signed(context)))


def protect_public(
    suite: SecretSuite, content: AuthenticatedContent, context: GroupContext, membership_key: bytes
) -> PublicMessage:
    """Return a content as PublicMessage, with the tag of a member (section 6.2)."""
    if content.framed.sender.type is not SenderType.MEMBER:
        return PublicMessage(content)
    return PublicMessage(content, suite.kdf.mac(membership_key, content.to_be_tagged(context)))


def check_membership(
    suite: SecretSuite, message: PublicMessage, context: GroupContext, membership_key: bytes
) -> AuthenticatedContent:
    """Check the membership tag of a member's message, and return its content; raises ``MlsError``."""
    content = message.authenticated
    require(not isinstance(content.framed.content, bytes), Rule.APPLICATION_IN_CLEAR)
    if content.framed.sender.type is SenderType.MEMBER:
        tag = suite.kdf.mac(membership_key, content.to_be_tagged(context))
        require(hmac.compare_digest(tag, message.membership_tag), Rule.MEMBERSHIP_TAG)
    return content


def _sender_data_key(suite: SecretSuite, secret: bytes, ciphertext: bytes) -> tuple[bytes, bytes]:
    sample = ciphertext[: suite.size]
    key = suite.expand_with_label(secret, "key", sample, suite.aead.key_size)
    return key, suite.expand_with_label(secret, "nonce", sample, suite.aead.nonce_size)


def _guarded(nonce: bytes, reuse_guard: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(nonce, reuse_guard, strict=False)) + nonce[len(reuse_guard) :]


def seal_private(
    suite: SecretSuite,
    content: AuthenticatedContent,
    tree: SecretTree,
    sender_data_secret: bytes,
    random: Random,
    padding: int = 0,
) -> tuple[PrivateMessage, SecretTree]:
    """Seal a member's signed content (section 6.3), and return the secret tree without the key; ``padding`` octets."""
    framed, kind = content.framed, content_type(content.framed.content)
    generation, key, tree = tree.next(framed.sender.index, kind)
    guard = random(4)
    envelope = PrivateMessage(framed.group_id, framed.epoch, kind, framed.authenticated_data, b"", b"")
    plaintext = encode_content(framed.content) + content.auth + bytes(padding)
    ciphertext = suite.aead.seal(key.key, _guarded(key.nonce, guard), envelope.aad, plaintext)
    data_key, data_nonce = _sender_data_key(suite, sender_data_secret, ciphertext)
    sender_data = u32(framed.sender.index) + u32(generation) + guard
    sealed = suite.aead.seal(data_key, data_nonce, envelope.place, sender_data)
    message = PrivateMessage(framed.group_id, framed.epoch, kind, framed.authenticated_data, sealed, ciphertext)
    return message, tree


def open_private(
    suite: SecretSuite, message: PrivateMessage, tree: SecretTree, sender_data_secret: bytes
) -> tuple[AuthenticatedContent, SecretTree]:
    """Open a private message, and return its content and the secret tree without the key; raises ``MlsError``.

    Its signature is not checked yet: until then it is from anybody in the group. Nothing has changed on failure.
    """
    data_key, data_nonce = _sender_data_key(suite, sender_data_secret, message.ciphertext)
    try:
        sender_data = suite.aead.open(data_key, data_nonce, message.place, message.encrypted_sender_data)
    except ValueError:
        raise MlsError(Rule.CIPHERTEXT) from None
    reader = Reader(sender_data)
    leaf, generation, guard = reader.u32(), reader.u32(), reader.take(4)
    reader.end()
    require(leaf < tree.leaves, Rule.SENDER)
    key, tree = tree.take(leaf, message.content_type, generation)
    try:
        plaintext = suite.aead.open(key.key, _guarded(key.nonce, guard), message.aad, message.ciphertext)
    except ValueError:
        raise MlsError(Rule.CIPHERTEXT) from None
    return _read_plaintext(message, leaf, plaintext), tree


def _read_plaintext(message: PrivateMessage, leaf: int, plaintext: bytes) -> AuthenticatedContent:
    reader = Reader(plaintext)
    content = read_content(reader, message.content_type)
    signature, tag = read_auth(reader, message.content_type)
    require(not any(reader.rest()), Rule.PADDING)
    framed = FramedContent(message.group_id, message.epoch, member(leaf), message.authenticated_data, content)
    return AuthenticatedContent(WireFormat.PRIVATE_MESSAGE, framed, signature, tag)


def confirmation_tag(suite: SecretSuite, confirmation_key: bytes, confirmed_transcript_hash: bytes) -> bytes:
    """Return the tag that shows that a commit was understood alike (section 6.1)."""
    return suite.kdf.mac(confirmation_key, confirmed_transcript_hash)
