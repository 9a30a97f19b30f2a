/** Why the group refuses something. The words are stable: log, screen and tests use them. */
export type GroupReason =
  | "malformed" // does not parse, is not in canonical form, or breaks the structure that RFC 9420 demands
  | "too-large" // more bytes or leaves than a meeting has
  | "wrong-suite" // another protocol version or another cipher suite
  | "wrong-group"
  | "stale-epoch"
  | "future-epoch"
  | "forbidden" // a well-formed change that the rules of spec/keys.md do not allow
  | "bad-psk" // an external commit that does not bring exactly the link's pre-shared key
  | "identity" // an identity that does not open, is changed, or stands on a signature key that is in use
  | "duplicate-seat"
  | "not-authentic" // a signature, tag or ciphertext that does not verify
  | "removed" // an authentic commit that removes our own leaf
  | "erased"; // this epoch's secrets have been wiped by its owner

export class GroupError extends Error {
  override readonly name = "GroupError";

  /** The message is the reason and nothing else, so that no log can carry content. */
  constructor(readonly reason: GroupReason) {
    super(reason);
  }
}

/**
 * Runs code that fails in ways of its own on hostile input (the library, the primitives), and makes every such failure one refusal.
 * A refusal that is thrown inside keeps its own reason.
 */
export async function refuseAs<T>(reason: GroupReason, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw error instanceof GroupError ? error : new GroupError(reason);
  }
}
