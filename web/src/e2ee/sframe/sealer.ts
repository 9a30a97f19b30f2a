/** Sealing one stream and rendition of one sender. */

import type { Bytes } from "../../core/octets";
import { HEADER_SIZE, MAX_SIZE, type Stream, writeHeader } from "../../core/wire/header";
import { MAX_COUNTER } from "../../core/wire/limits";
import { hkdfKey } from "../subtle";
import { Cipher } from "./cipher";
import { SealError } from "./errors";
import { buildKid, contextOf } from "./kid";
import { TAG_SIZE } from "./suites";

/** Config byte, KID and counter of 4 bytes each. */
const MAX_SFRAME_HEADER = 9;

/** What the wire header says of a frame besides stream, rendition and counter. */
export interface Marks {
  readonly temporal: number;
  readonly key: boolean;
  readonly discardable: boolean;
  readonly tl0: number;
}

/**
 * One sender context: its counter rises from 0 and never goes back, whatever the keys.
 * So no (key, counter) pair comes twice, across epochs and reconnections; it lives for as long as the leaf.
 */
export class Sealer {
  private counter = 0;
  private cipher: Promise<Cipher> | null = null;

  constructor(
    private readonly stream: Stream,
    private readonly rendition: number,
  ) {}

  /** Seal under this epoch's key from this call on: `baseKey` 32 bytes, the sender's own leaf, the MLS epoch. */
  rekey(baseKey: Uint8Array, leaf: number, epoch: bigint): void {
    const kid = buildKid(contextOf(this.stream, this.rendition), leaf, epoch);
    this.cipher = hkdfKey(baseKey).then((key) => Cipher.derive(key, kid, "encrypt"));
    // A platform that cannot derive makes the next seal fail, and nothing else.
    this.cipher.catch(() => undefined);
  }

  /**
   * The whole binary message: wire header, SFrame header, ciphertext, tag. The counter and the key are those of the
   * moment of the call; a caller that wants messages in order waits for one before it asks for the next.
   * Rejects with SealError: `no-key` before the first `rekey`, `exhausted` when the counter is used up,
   * `too-large` over the stream's limit, `malformed` for marks that the wire header does not allow.
   */
  async seal(marks: Marks, plaintext: Uint8Array): Promise<Bytes> {
    if (this.cipher === null) throw new SealError("no-key");
    if (this.counter > MAX_COUNTER) throw new SealError("exhausted");
    const size = HEADER_SIZE + MAX_SFRAME_HEADER + plaintext.length + TAG_SIZE;
    if (size > MAX_SIZE[this.stream]) throw new SealError("too-large");
    const counter = this.counter;
    const metadata = this.metadata(marks, counter);
    // Used up before the key touches anything: a failure on the way can only skip a number.
    this.counter = counter + 1;
    const cipher = await this.cipher;
    return cipher.encrypt(BigInt(counter), metadata, plaintext);
  }

  private metadata({ temporal, key, discardable, tl0 }: Marks, counter: number): Bytes {
    const metadata = new Uint8Array(HEADER_SIZE);
    const { stream, rendition } = this;
    try {
      writeHeader({ stream, rendition, temporal, key, discardable, tl0, counter }, metadata);
    } catch {
      throw new SealError("malformed");
    }
    return metadata;
  }
}
