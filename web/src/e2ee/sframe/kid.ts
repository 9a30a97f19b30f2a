/** The key id: context, leaf and epoch in 32 bits (RFC 9605 section 5.2, spec/keys.md). */

import type { Stream } from "../../core/wire/header";

export const MAX_LEAF = 0xffff;

export interface Kid {
  readonly context: number; // 8 bits
  readonly leaf: number; // 16 bits
  readonly epoch: number; // the MLS epoch modulo 256
}

export function contextOf(stream: Stream, rendition: number): number {
  return (stream << 4) | (rendition << 2);
}

/** The number of a KID; `epoch` is the whole MLS epoch. RangeError for a leaf that does not fit. */
export function buildKid(context: number, leaf: number, epoch: bigint): bigint {
  if (!Number.isInteger(leaf) || leaf < 0 || leaf > MAX_LEAF) throw new RangeError("a leaf has 16 bits");
  return (BigInt(context) << 24n) | (BigInt(leaf) << 8n) | (epoch & 0xffn);
}

/** Take a KID apart; null when it is longer than 32 bits. */
export function parseKid(kid: bigint): Kid | null {
  if (kid >> 32n !== 0n) return null;
  const number = Number(kid);
  return { context: number >>> 24, leaf: (number >>> 8) & MAX_LEAF, epoch: number & 0xff };
}
