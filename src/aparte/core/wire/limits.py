"""The numbers of spec/wire.md: sizes in bytes, times in seconds."""

from typing import Final

VERSION: Final = 1
"""The one version of headers, hello and welcome."""

HEADER_SIZE: Final = 8
"""Bytes of the plain header in front of every sealed frame."""
MIN_SEALED: Final = 17
"""The shortest sealed part: one byte of SFrame header and the tag."""
MAX_STATE: Final = 4_096
"""A whole ``state`` message, header included."""
MAX_SOUND: Final = 4_096
"""A whole ``sound`` message, header included."""
MAX_CAMERA: Final = 524_288
"""A whole ``camera`` message, header included."""
MAX_PROOF: Final = 8_192
"""A whole ``proof`` message, header included."""
MAX_COUNTER: Final = 0xFFFF_FFFF
"""The largest counter of a frame."""

MAX_CLIENT_TEXT: Final = 512 * 1024
"""A control message from a client, in bytes of UTF-8."""
MAX_SERVER_TEXT: Final = 5 * 1024 * 1024
"""A control message from a server, in bytes of UTF-8."""
MAX_INTEGER: Final = 2**53 - 1
"""The largest integer of a control message: both languages hold it exactly."""
MEETING_SIZE: Final = 16
DOOR_SIZE: Final = 32
SEAT_SIZE: Final = 16
TOKEN_SIZE: Final = 32
MAX_CHARTER: Final = 1_024
"""A meeting's charter, with its tag."""
GUEST_IDENTITY_SIZE: Final = 334
ACCOUNT_IDENTITY_SIZE: Final = 454
"""The identity of a leaf (spec/policy.md section 3)."""
LEAF_KEY_SIZE: Final = 32
ADMISSION_SIZE: Final = 157
"""What lets somebody in who knocked (spec/policy.md section 4)."""
MIN_GROUP: Final = 16
MAX_GROUP: Final = 64
MAX_INFO: Final = 16_384
"""An MLSMessage with a GroupInfo, which has no tree in it."""
MAX_TREE: Final = 3 * 1024 * 1024
"""A ratchet tree."""
MAX_COMMIT: Final = 262_144
"""An MLSMessage with a commit."""

HELLO_SECONDS: Final = 5.0
"""From opening the connection to its ``hello``."""
PING_SECONDS: Final = 2.0
"""A client speaks at least this often."""
SILENT_SECONDS: Final = 6.0
"""A link that says nothing for this long is cut."""
AWAY_SECONDS: Final = 30.0
"""How long a cut member's seat waits for it."""
TURN_SECONDS: Final = 1.0
"""How long a newcomer is alone in having its turn to come in."""
PAUSE_SECONDS: Final = 10.0
"""How long at most nobody comes in after something was taken back, while no member has made a fresh commit."""
RENEWAL_SECONDS: Final = 5.0
"""The least time between two commits of members that remove nobody while it is somebody's turn to come in."""
RESUME_SECONDS: Final = 1.0
"""The least time between two returns of one seat."""
NACK_SECONDS: Final = 2.0
"""How long after its acceptance members may say that they cannot apply a commit."""
REOPENED_SECONDS: Final = 3.0
"""How long a member that cannot apply a commit waits for ``reopened`` before it joins anew."""
BAD_COMMIT_SECONDS: Final = 5.0
"""How long whoever was closed as ``bad-commit`` waits before it joins anew."""
REFRESH_SECONDS: Final = 1.0
"""The least time between two ``refresh`` of one rendition."""
