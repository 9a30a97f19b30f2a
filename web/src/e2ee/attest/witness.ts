/** A receiver's part: whether what opened under somebody's name is what that member has signed. */

import { equal } from "../../core/octets";
import { GRACE_MS } from "../sframe/keyring";
import { buildKid } from "../sframe/kid";
import { Lane, MAX_PENDING } from "./lane";
import { type ParsedProof, type Proof, parseProof, type Run, signContent } from "./proof";

/** From opening a frame to its proof; whoever looks every 200 ms finds a missing one within 2 s. */
export const COVER_MS = 1_750;
/** How long all has to be proven again before a mark goes. */
const CLEAR_MS = 2_000;
/** The longest time between two proofs of one member. */
export const BEAT_MS = 10_000;
/** From a member's last proof of an epoch in force to the mark; whoever looks every second is in time for 30 s. */
const SILENT_MS = 29_000;
const KEPT = 17;
const DROPPED_MS = 5_000;

/** Says whether a signature holds. */
export type Verify = (publicKey: Uint8Array, content: Uint8Array, signature: Uint8Array) => Promise<boolean>;

/**
 * Why something is not proven to come from whom it names.
 * `late`: frames opened, and no proof of them has come in time: it was lost, or there is none.
 * `forged`: what opened is not what was signed, or what was signed is not by that member.
 * `silent`: no proof of this member in the epoch in force for 30 s.
 * `split`: that member's epoch has the same number as ours and is another one.
 */
export type Doubt = "late" | "forged" | "silent" | "split";

interface Epoch {
  readonly number: bigint;
  readonly check: Uint8Array;
  untilMs: number;
}

interface Signer {
  readonly key: Uint8Array;
  inStep: number; // when it last proved that it is in an epoch in force
  number: number;
  readonly lanes: Map<number, Lane>; // by KID
  failed: number | null; // when something was last found that is not proven
  proven: number; // when a valid proof last came
  doubt: Doubt | null;
}

/**
 * One participant's; `now` is in milliseconds of any clock that never goes back.
 * A member is told by its leaf; a leaf that gets another holder is another member.
 */
export class Witness {
  private groupId: Uint8Array = new Uint8Array(0);
  private epochs: Epoch[] = []; // the one in force last
  private readonly signers = new Map<number, Signer>();
  /** Leaves that have frames waiting, or a mark. */
  private readonly watched = new Set<number>();

  constructor(private readonly verify: Verify) {}

  /** Enter an epoch; `keys` are the signature keys of the other members by leaf, `check` its own. */
  enter(
    groupId: Uint8Array,
    number: bigint,
    check: Uint8Array,
    keys: ReadonlyMap<number, Uint8Array>,
    now: number,
  ): void {
    for (const replaced of this.epochs) replaced.untilMs = Math.min(replaced.untilMs, now + GRACE_MS);
    const known = this.epochs.filter((epoch) => epoch.number < number).slice(1 - KEPT);
    this.epochs = [...known, { number, check, untilMs: Number.POSITIVE_INFINITY }];
    this.groupId = groupId;
    for (const [leaf, signer] of this.signers) {
      const key = keys.get(leaf);
      if (key !== undefined && equal(key, signer.key)) continue;
      this.signers.delete(leaf);
      this.watched.delete(leaf);
    }
    for (const [leaf, key] of keys) {
      if (!this.signers.has(leaf)) this.signers.set(leaf, newSigner(key, now));
    }
    this.dropLanes(now);
  }

  /** Take a frame that opened, whatever it was but a proof; `hash` is of `hashFrame`. */
  hear(leaf: number, kid: bigint, counter: number, hash: Uint8Array, now: number): Doubt | null {
    const signer = this.signers.get(leaf);
    if (signer === undefined) return null;
    const lane = laneOf(signer, Number(kid));
    if (!lane.hear(counter, hash, now)) return this.fail(leaf, signer, "forged", now);
    this.watched.add(leaf);
    if (lane.pending.size > MAX_PENDING && lane.expire(now - COVER_MS)) return this.fail(leaf, signer, "late", now);
    return null;
  }

  /** Take the plaintext of a proof frame that opened under the KID of a leaf; one after the other. */
  async prove(leaf: number, plaintext: Uint8Array, now: number): Promise<Doubt | null> {
    const signer = this.signers.get(leaf);
    if (signer === undefined) return null;
    const parsed = read(plaintext);
    if (parsed === null) return this.fail(leaf, signer, "forged", now);
    const { proof, body, signature } = parsed;
    const holds = await this.verify(signer.key, signContent(this.groupId, leaf, body), signature);
    // Whoever has left meanwhile is nobody's concern any more.
    if (this.signers.get(leaf) !== signer) return null;
    return holds ? this.believe(leaf, signer, proof, now) : this.fail(leaf, signer, "forged", now);
  }

  /** Look for frames whose proof has not come in time, and for marks whose time is over. */
  expire(now: number): void {
    for (const leaf of [...this.watched]) {
      const signer = this.signers.get(leaf);
      if (signer === undefined) continue;
      const late = [...signer.lanes.values()].map((lane) => lane.expire(now - COVER_MS));
      if (late.includes(true)) this.fail(leaf, signer, "late", now);
      if (signer.failed !== null && now - signer.failed >= CLEAR_MS && signer.proven > signer.failed) {
        signer.failed = null;
        signer.doubt = null;
      }
      const waiting = [...signer.lanes.values()].some((lane) => lane.pending.size > 0);
      if (signer.failed === null && !waiting) this.watched.delete(leaf);
    }
  }

  /** Why what comes from a leaf is not proven now; null when it is, or when nothing came. */
  doubt(leaf: number, now: number): Doubt | null {
    const signer = this.signers.get(leaf);
    if (signer === undefined) return null;
    return signer.doubt ?? (now - signer.inStep >= SILENT_MS ? "silent" : null);
  }

  /** Everybody's but our own. */
  get leaves(): Iterable<number> {
    return this.signers.keys();
  }

  /** Give members the time again until they are taken for silent: they were away, or we were. */
  excuse(leaves: Iterable<number>, now: number): void {
    for (const leaf of leaves) {
      const signer = this.signers.get(leaf);
      if (signer !== undefined) signer.inStep = now;
    }
  }

  /** Let go of the frames whose proof we have missed, because our own connection was cut. */
  cut(now: number): void {
    for (const signer of this.signers.values()) for (const lane of signer.lanes.values()) lane.pending.clear();
    this.excuse(this.leaves, now);
  }

  private believe(leaf: number, signer: Signer, proof: Proof, now: number): Doubt | null {
    const newest = proof.number > signer.number;
    if (newest) {
      if (proof.number !== signer.number + 1) for (const lane of signer.lanes.values()) lane.breakOff();
      signer.number = proof.number;
    }
    const epoch = this.epochs.find(({ number }) => number === proof.epoch);
    if (epoch === undefined) return null; // not one of ours: nothing that we opened is of it
    if (!equal(epoch.check, proof.check)) return this.fail(leaf, signer, "split", now);
    if (newest) {
      signer.proven = now;
      if (now < epoch.untilMs) signer.inStep = now;
    }
    let honest = true;
    for (const [kid, runs] of byKid(proof, leaf)) honest = laneOf(signer, kid).cover(runs, newest) && honest;
    return honest ? null : this.fail(leaf, signer, "forged", now);
  }

  private fail(leaf: number, signer: Signer, doubt: Doubt, now: number): Doubt {
    signer.failed = now;
    // A lost proof does not hide what was found before it.
    if (doubt !== "late" || signer.doubt === null) signer.doubt = doubt;
    this.watched.add(leaf);
    return doubt;
  }

  private dropLanes(now: number): void {
    const kept = this.epochs.filter(({ untilMs }) => now - untilMs <= DROPPED_MS - GRACE_MS);
    const known = new Set(kept.map(({ number }) => Number(number & 0xffn)));
    for (const { lanes } of this.signers.values()) {
      for (const kid of lanes.keys()) if (!known.has(kid & 0xff)) lanes.delete(kid);
    }
  }
}

function newSigner(key: Uint8Array, now: number): Signer {
  const proven = Number.NEGATIVE_INFINITY;
  return { key, inStep: now, number: -1, lanes: new Map(), failed: null, proven, doubt: null };
}

function laneOf({ lanes }: Signer, kid: number): Lane {
  const lane = lanes.get(kid) ?? new Lane();
  lanes.set(kid, lane);
  return lane;
}

function read(plaintext: Uint8Array): ParsedProof | null {
  try {
    return parseProof(plaintext);
  } catch {
    return null;
  }
}

function byKid(proof: Proof, leaf: number): Map<number, Run[]> {
  const found = new Map<number, Run[]>();
  for (const run of proof.runs) {
    const kid = Number(buildKid(run.context, leaf, proof.epoch));
    found.set(kid, [...(found.get(kid) ?? []), run]);
  }
  return found;
}
