"""Why MLS refuses something: one numbered rule for each check (spec/checks.md), one stable reason for each rule."""

from enum import Enum, StrEnum
from typing import Final


class Reason(StrEnum):
    """One word for logs, screens and tests; never reworded once released."""

    # Whoever made the octets is at fault.
    MALFORMED = "malformed"
    TOO_LARGE = "too-large"
    WRONG_SUITE = "wrong-suite"
    UNSUPPORTED = "unsupported"
    FORBIDDEN = "forbidden"
    BAD_PSK = "bad-psk"
    IDENTITY = "identity"
    DUPLICATE_SEAT = "duplicate-seat"
    NOT_AUTHENTIC = "not-authentic"
    REPLAYED = "replayed"
    NOT_ADMITTED = "not-admitted"
    NO_RIGHT = "no-right"
    EXPIRED = "expired"
    # Sender and receiver have lost each other: nobody need be at fault.
    WRONG_GROUP = "wrong-group"
    STALE_EPOCH = "stale-epoch"
    FUTURE_EPOCH = "future-epoch"
    TOO_FAR = "too-far"
    UNKNOWN_PROPOSAL = "unknown-proposal"
    UNKNOWN_PSK = "unknown-psk"
    NOT_FOR_US = "not-for-us"
    REMOVED = "removed"


class Rule(Enum):
    """A numbered check and the reason of its refusal. Each has a line in spec/checks.md and a test that it bites."""

    SIZE = "M01", Reason.TOO_LARGE
    ENCODING = "M02", Reason.MALFORMED
    VERSION = "M03", Reason.WRONG_SUITE
    WIRE_FORMAT = "M04", Reason.FORBIDDEN
    PROPOSAL_TYPE = "M05", Reason.UNSUPPORTED
    CREDENTIAL_TYPE = "M06", Reason.UNSUPPORTED
    EXTENSION_TWICE = "M07", Reason.MALFORMED

    GROUP = "F01", Reason.WRONG_GROUP
    EPOCH_OVER = "F02", Reason.STALE_EPOCH
    EPOCH_AHEAD = "F03", Reason.FUTURE_EPOCH
    SENDER = "F04", Reason.NOT_AUTHENTIC
    EXTERNAL_SENDER = "F05", Reason.NOT_AUTHENTIC
    SENDER_CONTENT = "F06", Reason.FORBIDDEN
    CONTENT_SIGNATURE = "F07", Reason.NOT_AUTHENTIC
    APPLICATION_IN_CLEAR = "F08", Reason.FORBIDDEN
    MEMBERSHIP_TAG = "F09", Reason.NOT_AUTHENTIC
    CIPHERTEXT = "F10", Reason.NOT_AUTHENTIC
    PADDING = "F11", Reason.MALFORMED
    GENERATION_USED = "F12", Reason.REPLAYED
    GENERATION_AHEAD = "F13", Reason.TOO_FAR
    OWN_MESSAGE = "F14", Reason.NOT_FOR_US

    LEAF_SIGNATURE = "L01", Reason.NOT_AUTHENTIC
    LEAF_SOURCE = "L02", Reason.MALFORMED
    LEAF_CREDENTIAL = "L03", Reason.MALFORMED
    LEAF_EXTENSION = "L04", Reason.MALFORMED
    LEAF_REQUIRED = "L05", Reason.UNSUPPORTED
    CREDENTIALS_SHARED = "L06", Reason.UNSUPPORTED
    PUBLIC_KEY = "L07", Reason.MALFORMED
    ENCRYPTION_KEY_UNIQUE = "L08", Reason.MALFORMED
    SIGNATURE_KEY_UNIQUE = "L09", Reason.IDENTITY

    PACKAGE_SUITE = "K01", Reason.WRONG_SUITE
    PACKAGE_SIGNATURE = "K02", Reason.NOT_AUTHENTIC
    PACKAGE_KEYS = "K03", Reason.MALFORMED

    TREE_SHAPE = "T01", Reason.MALFORMED
    UNMERGED = "T02", Reason.MALFORMED
    PARENT_HASH = "T03", Reason.NOT_AUTHENTIC
    TREE_HASH = "T04", Reason.NOT_AUTHENTIC

    INFO_SUITE = "G01", Reason.WRONG_SUITE
    INFO_SIGNATURE = "G02", Reason.NOT_AUTHENTIC
    INFO_TREE = "G03", Reason.MALFORMED
    INFO_EXTERNAL_PUB = "G04", Reason.MALFORMED
    INFO_CONFIRMATION = "G05", Reason.NOT_AUTHENTIC
    WELCOME_FOR_US = "G06", Reason.NOT_FOR_US
    WELCOME_OPENS = "G07", Reason.NOT_AUTHENTIC
    WELCOME_PATH = "G08", Reason.NOT_AUTHENTIC

    REFERENCE = "P01", Reason.UNKNOWN_PROPOSAL
    OWN_UPDATE = "P02", Reason.MALFORMED
    LEAF_TWICE = "P03", Reason.MALFORMED
    OWN_REMOVAL = "P04", Reason.FORBIDDEN
    REMOVED_LEAF = "P05", Reason.FORBIDDEN
    PSK_NONCE = "P06", Reason.BAD_PSK
    PSK_TWICE = "P07", Reason.BAD_PSK
    PSK_USAGE = "P08", Reason.UNSUPPORTED
    PSK_KNOWN = "P09", Reason.UNKNOWN_PSK
    ONE_EXTENSIONS = "P10", Reason.MALFORMED
    EXTENSIONS_SHARED = "P11", Reason.UNSUPPORTED
    REINIT = "P12", Reason.UNSUPPORTED
    EXTERNAL_INIT = "P13", Reason.MALFORMED
    UPDATE_SENDER = "P14", Reason.MALFORMED
    UPDATE_KEY = "P15", Reason.MALFORMED

    PATH_REQUIRED = "C01", Reason.MALFORMED
    PATH_LENGTH = "C02", Reason.NOT_AUTHENTIC
    PATH_CIPHERTEXTS = "C03", Reason.NOT_AUTHENTIC
    PATH_PARENT_HASH = "C04", Reason.NOT_AUTHENTIC
    PATH_OPENS = "C05", Reason.NOT_AUTHENTIC
    PATH_KEYS = "C06", Reason.NOT_AUTHENTIC
    CONFIRMATION_TAG = "C07", Reason.NOT_AUTHENTIC
    JOIN_INIT = "C08", Reason.MALFORMED
    JOIN_PROPOSALS = "C09", Reason.MALFORMED
    WE_ARE_REMOVED = "C10", Reason.REMOVED
    EPOCHS_END = "C11", Reason.FORBIDDEN

    ONLY_SUITE = "A01", Reason.WRONG_SUITE
    GROUP_ID = "A02", Reason.MALFORMED
    CONTEXT_POLICY = "A03", Reason.FORBIDDEN
    INFO_EXTENSIONS = "A04", Reason.FORBIDDEN
    LEAVES = "A05", Reason.TOO_LARGE
    NO_UNMERGED = "A06", Reason.FORBIDDEN
    SOURCES = "A07", Reason.FORBIDDEN
    ONLY_PUBLIC_COMMITS = "A08", Reason.FORBIDDEN
    AUTHENTICATED_DATA = "A09", Reason.FORBIDDEN
    BY_VALUE = "A10", Reason.FORBIDDEN
    MEMBER_PROPOSALS = "A11", Reason.FORBIDDEN
    JOIN_EXACTLY = "A12", Reason.FORBIDDEN
    LINK_PSK = "A13", Reason.BAD_PSK
    ALWAYS_A_PATH = "A14", Reason.FORBIDDEN
    CAPABILITIES = "A15", Reason.WRONG_SUITE
    NO_LEAF_EXTENSIONS = "A16", Reason.FORBIDDEN
    IDENTITY = "A17", Reason.IDENTITY
    IDENTITY_STAYS = "A18", Reason.IDENTITY
    SEAT_UNIQUE = "A19", Reason.DUPLICATE_SEAT
    NEW_GROUP = "A20", Reason.MALFORMED
    OWN_SEAT = "A21", Reason.IDENTITY
    SIGNATURE_KEY = "A22", Reason.IDENTITY
    PERSON = "A23", Reason.IDENTITY
    OPENING = "A24", Reason.NOT_ADMITTED
    COMING_IN = "A25", Reason.NOT_ADMITTED
    ADMISSION = "A26", Reason.NOT_ADMITTED
    POLICY_CHANGE = "A27", Reason.NO_RIGHT
    REMOVAL = "A28", Reason.NO_RIGHT
    CERTIFICATE_TIME = "A29", Reason.EXPIRED
    KEY_RETURNS = "A30", Reason.NOT_ADMITTED

    @property
    def id(self) -> str:
        """The number in spec/checks.md."""
        return self.value[0]

    @property
    def reason(self) -> Reason:
        """What breaking this rule is called."""
        return self.value[1]


class MlsError(Exception):
    """A message, tree or state that is refused, and nothing has changed.

    ``rule`` says which check refused, ``reason`` why. The text is the reason alone, so that no log can carry content.
    """

    def __init__(self, rule: Rule) -> None:
        super().__init__(str(rule.reason))
        self.rule: Final = rule
        self.reason: Final = rule.reason


def require(holds: bool, rule: Rule) -> None:
    """Raise ``MlsError(rule)`` unless the rule holds."""
    if not holds:
        raise MlsError(rule)
