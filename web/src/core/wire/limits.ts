/** The numbers of spec/wire.md: sizes in bytes, times in seconds. */

/** The one version of headers, hello and welcome. */
export const VERSION = 1;

/** Bytes of the plain header in front of every sealed frame. */
export const HEADER_SIZE = 8;
/** The shortest sealed part: one byte of SFrame header and the tag. */
export const MIN_SEALED = 17;
/** Whole messages of a stream, header included. */
export const MAX_STATE = 4_096;
export const MAX_SOUND = 4_096;
export const MAX_CAMERA = 524_288;
export const MAX_PROOF = 8_192;
/** The largest counter of a frame. */
export const MAX_COUNTER = 0xffff_ffff;

/** Control messages, in bytes of UTF-8. */
export const MAX_CLIENT_TEXT = 512 * 1024;
export const MAX_SERVER_TEXT = 5 * 1024 * 1024;
/** The largest integer of a control message: both languages hold it exactly. */
export const MAX_INTEGER = 2 ** 53 - 1;
export const MEETING_SIZE = 16;
export const DOOR_SIZE = 32;
export const SEAT_SIZE = 16;
export const TOKEN_SIZE = 32;
/** A meeting's charter, with its tag. */
export const MAX_CHARTER = 1_024;
/** The identity of a leaf, of a guest and of an account (spec/policy.md section 3). */
export const GUEST_IDENTITY_SIZE = 334;
export const ACCOUNT_IDENTITY_SIZE = 454;
export const LEAF_KEY_SIZE = 32;
/** What lets somebody in who knocked (spec/policy.md section 4). */
export const ADMISSION_SIZE = 157;
export const MIN_GROUP = 16;
export const MAX_GROUP = 64;
/** An MLSMessage with a GroupInfo, which has no tree in it. */
export const MAX_INFO = 16_384;
/** A ratchet tree. */
export const MAX_TREE = 3 * 1024 * 1024;
/** An MLSMessage with a commit. */
export const MAX_COMMIT = 262_144;

/** From opening the connection to its `hello`. */
export const HELLO_SECONDS = 5;
/** A client speaks at least this often. */
export const PING_SECONDS = 2;
/** A link that says nothing for this long is cut. */
export const SILENT_SECONDS = 6;
/** How long a cut member's seat waits for it. */
export const AWAY_SECONDS = 30;
/** How long a newcomer is alone in having its turn to come in. */
export const TURN_SECONDS = 1;
/** The least time between two returns of one seat. */
export const RESUME_SECONDS = 1;
/** How long after its acceptance members may say that they cannot apply a commit. */
export const NACK_SECONDS = 2;
/** How long a member that cannot apply a commit waits for `reopened` before it joins anew. */
export const REOPENED_SECONDS = 3;
/** How long whoever was closed as `bad-commit` waits before it joins anew. */
export const BAD_COMMIT_SECONDS = 5;
/** The least time between two `refresh` of one rendition. */
export const REFRESH_SECONDS = 1;
