/** Why something that the meeting's policy forbids is refused. */

/** One word for logs, screens and tests; never reworded once released. */
export type Reason =
  | "malformed"
  | "wrong-meeting"
  | "not-authentic"
  | "expired"
  | "charter-changed"
  | "no-organiser"
  | "no-right"
  | "barred"
  | "locked"
  | "not-admitted"
  | "another-person";

/** What the policy forbids; nothing has changed. The text is the reason alone. */
export class PolicyError extends Error {
  readonly reason: Reason;

  constructor(reason: Reason) {
    super(reason);
    this.name = "PolicyError";
    this.reason = reason;
  }
}

/** Throws `PolicyError(reason)` unless something holds. */
export function demand(holds: boolean, reason: Reason): asserts holds {
  if (!holds) throw new PolicyError(reason);
}
