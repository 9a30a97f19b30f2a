/** Why a frame is not sealed or not opened (spec/sframe.md). */

import type { Stream } from "../../core/wire/header";

export type SealReason =
  | "malformed"
  | "counter-mismatch"
  | "wrong-context"
  | "own-frame"
  | "unknown-epoch"
  | "future-epoch"
  | "not-a-member"
  | "not-permitted"
  | "replayed"
  | "not-authentic"
  // Sealing only.
  | "no-key"
  | "exhausted"
  | "too-large";

/**
 * A frame that is dropped; the text is the reason alone.
 * `leaf` and `stream` are whose frame and of which stream it claims to be, as far as that could be read. Nothing
 * vouches for them: they may colour a tile, and decide nothing.
 */
export class SealError extends Error {
  readonly reason: SealReason;
  readonly leaf: number | null;
  readonly stream: Stream | null;

  constructor(reason: SealReason, leaf: number | null = null, stream: Stream | null = null) {
    super(reason);
    this.name = "SealError";
    this.reason = reason;
    this.leaf = leaf;
    this.stream = stream;
  }
}
