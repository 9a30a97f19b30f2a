/** The plaintext of a proof: the hashes of frames that its signer has sent (spec/attest.md section 1). */

import { u32, vector } from "../../core/mls/codec";
import { ascii, type Bytes, concat, join } from "../../core/octets";
import { Stream } from "../../core/wire/header";
import { HEADER_SIZE, MAX_COUNTER, MAX_PROOF } from "../../core/wire/limits";
import { ContentError } from "../content";
import { HKDF_SHA384 } from "../mls/hkdf";
import { contextOf } from "../sframe/kid";
import { TAG_SIZE } from "../sframe/suites";
import { sha256 } from "../subtle";

export const HASH_SIZE = 16;
export const CHECK_SIZE = 16;
export const SIGNATURE_SIZE = 64;
export const HEAD_SIZE = 13 + CHECK_SIZE;
export const RUN_SIZE = 7;
/** What is left of a message for a body, in bytes: 9 are the longest SFrame header's. */
export const MAX_BODY = MAX_PROOF - HEADER_SIZE - 9 - TAG_SIZE - SIGNATURE_SIZE;
const VERSION = 1;
const LABEL = vector(ascii("aparte/1 attest"));
const CONTEXTS: ReadonlySet<number> = new Set([
  contextOf(Stream.STATE, 0),
  contextOf(Stream.SOUND, 0),
  ...[0, 1, 2].map((rendition) => contextOf(Stream.CAMERA, rendition)),
]);

/** Frames of one context whose counters follow each other from `first` on; `hashes` has 16 bytes for each. */
export interface Run {
  readonly context: number;
  readonly first: number;
  readonly hashes: Uint8Array;
}

/** `number` rises by one a proof of its signer; the frames are of `epoch`, whose `check` has 16 bytes. */
export interface Proof {
  readonly number: number;
  readonly epoch: bigint;
  readonly check: Uint8Array;
  readonly runs: readonly Run[];
}

export interface ParsedProof {
  readonly proof: Proof;
  /** What is signed; nobody has verified `signature` yet. */
  readonly body: Uint8Array;
  readonly signature: Uint8Array;
}

/** The counter of the last frame of a run. */
export function lastOf({ first, hashes }: Run): number {
  return first + hashes.length / HASH_SIZE - 1;
}

/** The hash of a frame; null for one that is not in this run. */
export function findHash({ first, hashes }: Run, counter: number): Uint8Array | null {
  const at = (counter - first) * HASH_SIZE;
  return at >= 0 && at < hashes.length ? hashes.subarray(at, at + HASH_SIZE) : null;
}

/** What is signed of a whole binary message, header included: 16 bytes. */
export async function hashFrame(message: Uint8Array): Promise<Bytes> {
  return (await sha256(message)).slice(0, HASH_SIZE);
}

/** What the members of an epoch have in common, and nobody else: 16 bytes. */
export function deriveCheck(epochAuthenticator: Uint8Array): Promise<Uint8Array> {
  return HKDF_SHA384.expand(epochAuthenticator, ascii("aparte/1 heartbeat"), CHECK_SIZE);
}

/** What is signed of a proof; behind it comes the signature. */
export function buildBody({ number, epoch, check, runs }: Proof): Bytes {
  const head = new Uint8Array(HEAD_SIZE);
  const view = new DataView(head.buffer);
  view.setUint8(0, VERSION);
  view.setUint32(1, number);
  view.setBigUint64(5, epoch);
  head.set(check, 13);
  return join([head, ...runs.flatMap((run) => [buildRunHead(run), run.hashes])]);
}

function buildRunHead({ context, first, hashes }: Run): Uint8Array {
  const head = new Uint8Array(RUN_SIZE);
  const view = new DataView(head.buffer);
  view.setUint8(0, context);
  view.setUint32(1, first);
  view.setUint16(5, hashes.length / HASH_SIZE);
  return head;
}

/**
 * What a signature is made over, in the form of RFC 9420 section 5.1.2. Its labels begin with "MLS 1.0 ", ours does not:
 * neither signature can be taken for the other.
 */
export function signContent(groupId: Uint8Array, leaf: number, body: Uint8Array): Bytes {
  return concat(LABEL, vector(concat(vector(groupId), u32(leaf), body)));
}

/** Read a proof; throws ContentError: runs come by rising context, and in each by rising counter. */
export function parseProof(plaintext: Uint8Array): ParsedProof {
  const size = plaintext.length - SIGNATURE_SIZE;
  if (size < HEAD_SIZE || size > MAX_BODY) throw new ContentError();
  const body = plaintext.subarray(0, size);
  const view = new DataView(body.buffer, body.byteOffset, size);
  if (view.getUint8(0) !== VERSION) throw new ContentError();
  const number = view.getUint32(1);
  const epoch = view.getBigUint64(5);
  const proof = { number, epoch, check: body.subarray(13, HEAD_SIZE), runs: parseRuns(body, view) };
  return { proof, body, signature: plaintext.subarray(size) };
}

function parseRuns(body: Uint8Array, view: DataView): Run[] {
  const runs: Run[] = [];
  let before: Run | null = null;
  for (let at = HEAD_SIZE; at < body.length; ) {
    if (body.length - at < RUN_SIZE) throw new ContentError();
    const context = view.getUint8(at);
    const first = view.getUint32(at + 1);
    const size = view.getUint16(at + 5) * HASH_SIZE;
    at += RUN_SIZE;
    const run: Run = { context, first, hashes: body.subarray(at, at + size) };
    at += size;
    if (size === 0 || at > body.length || !CONTEXTS.has(context) || lastOf(run) > MAX_COUNTER) throw new ContentError();
    if (before !== null && !isBehind(run, before)) throw new ContentError();
    runs.push(run);
    before = run;
  }
  return runs;
}

function isBehind(run: Run, before: Run): boolean {
  return run.context > before.context || (run.context === before.context && run.first > lastOf(before));
}
