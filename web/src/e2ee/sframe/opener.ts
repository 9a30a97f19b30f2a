/** Opening everybody else's frames, or refusing them. */

import type { Bytes } from "../../core/octets";
import { HEADER_SIZE, type Header, parseHeader, type Stream } from "../../core/wire/header";
import { SealError, type SealReason } from "./errors";
import { parseSFrameHeader } from "./header";
import { Keyring } from "./keyring";
import { contextOf, parseKid } from "./kid";
import { TAG_SIZE } from "./suites";

/** An authentic frame: whose it is and the number of its KID, its wire header, what was sealed. */
export interface Opened {
  readonly leaf: number;
  readonly kid: bigint;
  readonly header: Header;
  readonly plaintext: Bytes;
}

/** What some leaves may not send; who may send everything need not be in it. */
export type Forbidden = ReadonlyMap<number, ReadonlySet<Stream>>;

const NOTHING: Forbidden = new Map();

/** One participant's receiving side. `now` is in milliseconds of any clock that never goes back. */
export class Opener {
  private readonly keyring = new Keyring();
  private forbidden = NOTHING;

  /**
   * Enter an epoch: `baseKey` 32 bytes, `members` every leaf of its tree (one's own may be among them).
   * `forbidden`: what a leaf may not send; nothing of it is opened from now on. Frames of the epoch before still open
   * for 3 s, from those who are members of both.
   */
  rekey(
    baseKey: Uint8Array,
    epoch: bigint,
    ownLeaf: number,
    members: Iterable<number>,
    now: number,
    forbidden: Forbidden = NOTHING,
  ): void {
    this.keyring.rekey(baseKey, epoch, ownLeaf, members, now);
    this.forbidden = forbidden;
  }

  /** Drop the keys whose time is over; `open` does so too, but frames may stop coming. */
  expire(now: number): void {
    this.keyring.expire(now);
  }

  /**
   * Open a whole binary message with the one key that it names; rejects with SealError.
   * `future-epoch` may be tried again when the commit on its way has been processed; every other frame is lost.
   */
  async open(message: Uint8Array, now: number): Promise<Opened> {
    const header = readHeader(message);
    const behind = message.subarray(HEADER_SIZE);
    const sframe = parseSFrameHeader(behind);
    const kid = parseKid(sframe.kid);
    if (kid === null || behind.length < sframe.size + TAG_SIZE) throw new SealError("malformed");
    const refusal = (reason: SealReason) => new SealError(reason, kid.leaf, header.stream);
    if (sframe.ctr !== BigInt(header.counter)) throw refusal("counter-mismatch");
    if (kid.context !== contextOf(header.stream, header.rendition)) throw refusal("wrong-context");
    if (this.isForbidden(kid.leaf, header.stream)) throw refusal("not-permitted");
    const lane = this.keyring.find(kid, now);
    if (typeof lane === "string") throw refusal(lane);
    if (!lane.window.isFresh(header.counter)) throw refusal("replayed");
    const cipher = await lane.cipher;
    const sframeHeader = behind.subarray(0, sframe.size);
    const sealed = behind.subarray(sframe.size);
    const plaintext = await cipher.decrypt(sframe.ctr, sframeHeader, message.subarray(0, HEADER_SIZE), sealed);
    if (plaintext === null) throw refusal("not-authentic");
    // What was taken while it was being opened holds for it too.
    if (this.isForbidden(kid.leaf, header.stream)) throw refusal("not-permitted");
    // Only an authentic frame may move the window, and of two that were opened side by side only one gets past it.
    if (!lane.window.accept(header.counter)) throw refusal("replayed");
    return { leaf: kid.leaf, kid: sframe.kid, header, plaintext };
  }

  private isForbidden(leaf: number, stream: Stream): boolean {
    return this.forbidden.get(leaf)?.has(stream) ?? false;
  }
}

function readHeader(message: Uint8Array): Header {
  try {
    return parseHeader(message);
  } catch {
    throw new SealError("malformed");
  }
}
