/** The receive keys of the epoch in force and of those just replaced. */

import { hkdfKey, type Key } from "../subtle";
import { Cipher } from "./cipher";
import type { SealReason } from "./errors";
import { buildKid, type Kid, MAX_LEAF } from "./kid";
import { ReplayWindow } from "./replay";

/** How long a replaced epoch still opens what was on its way. */
export const GRACE_MS = 3_000;
/** Replaced epochs that are kept at most: a burst of joins. */
export const MAX_REPLACED = 16;
/** How many epochs ahead a frame may be and still be worth holding. */
export const MAX_AHEAD = 16;

/** One sender's context in one epoch. */
export interface Lane {
  readonly cipher: Promise<Cipher>;
  readonly window: ReplayWindow;
}

interface Epoch {
  readonly number: bigint;
  readonly baseKey: Promise<Key>;
  members: ReadonlySet<number>;
  untilMs: number;
  /** At most one entry a member and context: both are checked before a key is derived. */
  readonly lanes: Map<bigint, Lane>;
}

/** Exactly one key for a KID, or the reason why there is none. */
export class Keyring {
  private epochs: readonly Epoch[] = []; // the one in force first
  private ownLeaf = -1;

  /** Enter an epoch; RangeError for one that does not come after the one in force, or a leaf over 16 bits. */
  rekey(baseKey: Uint8Array, epoch: bigint, ownLeaf: number, members: Iterable<number>, now: number): void {
    const present = new Set(members);
    for (const leaf of present) {
      if (!Number.isInteger(leaf) || leaf < 0 || leaf > MAX_LEAF) throw new RangeError("a leaf has 16 bits");
    }
    const [current] = this.epochs;
    if (current !== undefined && epoch <= current.number) {
      throw new RangeError("an epoch comes after the one in force");
    }
    this.expire(now);
    for (const replaced of this.epochs) {
      replaced.untilMs = Math.min(replaced.untilMs, now + GRACE_MS);
      // Who is removed is out at once, and a later holder of the same leaf is not taken for the earlier one.
      replaced.members = new Set([...replaced.members].filter((leaf) => present.has(leaf)));
    }
    const key = hkdfKey(baseKey);
    key.catch(() => undefined);
    const entered = {
      number: epoch,
      baseKey: key,
      members: present,
      untilMs: Number.POSITIVE_INFINITY,
      lanes: new Map(),
    };
    this.epochs = [entered, ...this.epochs.slice(0, MAX_REPLACED)];
    this.ownLeaf = ownLeaf;
  }

  /** Drop the epochs whose time is over. */
  expire(now: number): void {
    if ((this.epochs.at(-1)?.untilMs ?? now + 1) <= now) {
      this.epochs = this.epochs.filter((epoch) => now < epoch.untilMs);
    }
  }

  /** The lane of a KID, or why it has none: own-frame, unknown-epoch, future-epoch, not-a-member. */
  find(kid: Kid, now: number): Lane | SealReason {
    if (kid.leaf === this.ownLeaf) return "own-frame";
    this.expire(now);
    for (const epoch of this.epochs) if (Number(epoch.number & 0xffn) === kid.epoch) return laneOf(epoch, kid);
    const [current] = this.epochs;
    const ahead = current === undefined ? 0 : (kid.epoch - Number(current.number & 0xffn) + 256) % 256;
    return ahead > 0 && ahead <= MAX_AHEAD ? "future-epoch" : "unknown-epoch";
  }
}

function laneOf(epoch: Epoch, kid: Kid): Lane | SealReason {
  if (!epoch.members.has(kid.leaf)) return "not-a-member";
  const number = buildKid(kid.context, kid.leaf, epoch.number);
  let lane = epoch.lanes.get(number);
  if (lane === undefined) {
    const cipher = epoch.baseKey.then((key) => Cipher.derive(key, number, "decrypt"));
    lane = { cipher, window: new ReplayWindow() };
    epoch.lanes.set(number, lane);
  }
  return lane;
}
