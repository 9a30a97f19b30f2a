/** A sender's part: what it has sent and not signed yet. */

import { join } from "../../core/octets";
import { HEADER_SIZE } from "../../core/wire/limits";
import { parseSFrameHeader } from "../sframe/header";
import { parseKid } from "../sframe/kid";
import { buildBody, HASH_SIZE, HEAD_SIZE, hashFrame, MAX_BODY, RUN_SIZE, type Run, signContent } from "./proof";

/** So many frames fit into one proof, whatever they are of: a sender signs then, and does not wait any longer. */
export const MAX_WAITING = 400;
const KEPT = 17;

/** A proof without its signature: sign `content`, and put the signature behind `body`. */
export interface Draft {
  readonly body: Uint8Array;
  readonly content: Uint8Array;
}

interface Epoch {
  readonly groupId: Uint8Array;
  readonly number: bigint;
  readonly leaf: number;
  readonly check: Uint8Array;
  /** By context, in the order of sending. */
  readonly runs: Map<number, { first: number; hashes: Uint8Array[] }[]>;
}

/** One leaf's: its proofs are numbered from 0, and it lives as long as the leaf. */
export class Attester {
  waiting = 0; // frames
  private number = 0;
  private epochs: Epoch[] = []; // the newest last

  /** Sign frames of this epoch too; `check` is of `deriveCheck`. What was sent before is not forgotten. */
  enter(groupId: Uint8Array, number: bigint, leaf: number, check: Uint8Array): void {
    this.epochs.push({ groupId, number, leaf, check, runs: new Map() });
    while (this.epochs.length > KEPT) this.waiting -= size(this.epochs.shift());
  }

  /**
   * Take note of a whole binary message that was sent; those of one stream and rendition in their order, one waiting
   * for the other. What was sealed in no epoch of ours is left out: it will not be proven.
   */
  async add(message: Uint8Array): Promise<void> {
    const { kid: number, ctr } = parseSFrameHeader(message.subarray(HEADER_SIZE));
    const hash = await hashFrame(message);
    const kid = parseKid(number);
    const epoch = this.epochs.find((known) => Number(known.number & 0xffn) === kid?.epoch);
    if (kid === null || epoch === undefined) return;
    const runs = epoch.runs.get(kid.context) ?? [];
    epoch.runs.set(kid.context, runs);
    const run = runs.at(-1);
    const counter = Number(ctr);
    if (run === undefined || run.first + run.hashes.length !== counter) runs.push({ first: counter, hashes: [hash] });
    else run.hashes.push(hash);
    this.waiting += 1;
  }

  /** Proofs of all that was added, the oldest epoch first; with `beat` one of the newest epoch anyway. */
  take({ beat = false } = {}): Draft[] {
    const drafts: Draft[] = [];
    const newest = this.epochs.at(-1);
    for (const epoch of this.epochs) {
      const packs = pack(epoch);
      if (beat && epoch === newest && packs.length === 0) packs.push([]);
      drafts.push(...packs.map((runs) => this.draft(epoch, runs)));
      epoch.runs.clear();
    }
    this.waiting = 0;
    return drafts;
  }

  private draft({ groupId, number, leaf, check }: Epoch, runs: readonly Run[]): Draft {
    const body = buildBody({ number: this.number, epoch: number, check, runs });
    this.number += 1;
    return { body, content: signContent(groupId, leaf, body) };
  }
}

function size(epoch: Epoch | undefined): number {
  let frames = 0;
  for (const runs of epoch?.runs.values() ?? []) for (const { hashes } of runs) frames += hashes.length;
  return frames;
}

/** Divides what was sent in an epoch into runs that fit into one proof each. */
function pack(epoch: Epoch): Run[][] {
  const packs: Run[][] = [];
  let room = 0;
  for (const [context, runs] of [...epoch.runs].sort(([a], [b]) => a - b)) {
    for (const { first, hashes } of runs) {
      for (let at = 0; at < hashes.length; ) {
        if (room < RUN_SIZE + HASH_SIZE) {
          packs.push([]);
          room = MAX_BODY - HEAD_SIZE;
        }
        const part = hashes.slice(at, at + Math.floor((room - RUN_SIZE) / HASH_SIZE));
        packs.at(-1)?.push({ context, first: first + at, hashes: join(part) });
        at += part.length;
        room -= RUN_SIZE + part.length * HASH_SIZE;
      }
    }
  }
  return packs;
}
