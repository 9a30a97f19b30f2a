/** Why a message is refused: stable reasons, and the close code of each (spec/wire.md sections 2 and 4). */

/** The WebSocket close code of every reason that ends a link. */
export const CLOSE_CODES = {
  left: 1000,
  "bad-version": 4000,
  malformed: 4001,
  "too-large": 4002,
  "unknown-kind": 4003,
  "out-of-state": 4004,
  replayed: 4005,
  "not-invited": 4006,
  full: 4007,
  "too-many": 4008,
  silent: 4009,
  replaced: 4010,
  "too-slow": 4011,
  closing: 4012,
  removed: 4013,
  "unknown-seat": 4014,
  "bad-commit": 4015,
  "account-ended": 4016,
  refused: 4017,
  barred: 4018,
} as const;

/** The reasons of a `refused` message: nothing happened and the link goes on. */
export const REFUSALS = [
  "stale-epoch",
  "group-exists",
  "no-group",
  "unknown-seat",
  "not-gone",
  "unwanted",
  "not-admitted",
] as const;

export type CloseReason = keyof typeof CLOSE_CODES;
export type RefusalReason = (typeof REFUSALS)[number];

/** One word for logs, screens, tests and vectors. */
export type Reason = CloseReason | RefusalReason;

/** A message that breaks the wire format. Its text is the reason alone, so that no log can carry content. */
export class WireError extends Error {
  readonly reason: CloseReason;
  readonly code: number;

  constructor(reason: CloseReason) {
    super(reason);
    this.name = "WireError";
    this.reason = reason;
    this.code = CLOSE_CODES[reason];
  }
}
