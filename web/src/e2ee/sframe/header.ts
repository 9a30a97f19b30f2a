/** The SFrame header: config byte, key id, counter (RFC 9605 section 4.3). */

import type { Bytes } from "../../core/octets";
import { SealError } from "./errors";

const MAX = 2n ** 64n - 1n;

export interface SFrameHeader {
  readonly kid: bigint; // below 2^64
  readonly ctr: bigint; // below 2^64
  readonly size: number; // of the encoded header, 1 to 17 bytes
}

/** Write a header in its one shortest form; RangeError outside 64 bits. */
export function buildSFrameHeader(kid: bigint, ctr: bigint): Bytes {
  if (kid < 0n || kid > MAX || ctr < 0n || ctr > MAX) throw new RangeError("kid and ctr have 64 bits");
  const kidSize = sizeOf(kid);
  const ctrSize = sizeOf(ctr);
  const header = new Uint8Array(1 + kidSize + ctrSize);
  header[0] = (flagsOf(kid, kidSize) << 4) | flagsOf(ctr, ctrSize);
  write(header, 1, kid, kidSize);
  write(header, 1 + kidSize, ctr, ctrSize);
  return header;
}

/** Read the header in front of `data`; throws SealError(malformed) when cut short or not the shortest form. */
export function parseSFrameHeader(data: Uint8Array): SFrameHeader {
  const config = data[0];
  if (config === undefined) throw new SealError("malformed");
  const kidEnd = 1 + followsOf(config >> 4);
  const ctrEnd = kidEnd + followsOf(config & 0x0f);
  const kid = read(data, config >> 4, 1, kidEnd);
  const ctr = read(data, config & 0x0f, kidEnd, ctrEnd);
  return { kid, ctr, size: ctrEnd };
}

/** Bytes after the config byte: values to 7 sit in the config byte itself. */
function sizeOf(value: bigint): number {
  let size = 0;
  if (value >= 8n) for (let rest = value; rest > 0n; rest >>= 8n) size++;
  return size;
}

function flagsOf(value: bigint, size: number): number {
  return size === 0 ? Number(value) : 8 | (size - 1);
}

function followsOf(flags: number): number {
  return flags < 8 ? 0 : (flags & 7) + 1;
}

function write(header: Uint8Array, at: number, value: bigint, size: number): void {
  for (let i = size - 1, rest = value; i >= 0; i--, rest >>= 8n) header[at + i] = Number(rest & 0xffn);
}

function read(data: Uint8Array, flags: number, at: number, end: number): bigint {
  if (at === end) return BigInt(flags);
  let value = 0n;
  for (const byte of data.subarray(at, end)) value = (value << 8n) | BigInt(byte);
  // One value has one spelling: no leading zero byte, nothing long that fits the config byte.
  if (end > data.length || data[at] === 0 || value < 8n) throw new SealError("malformed");
  return value;
}
