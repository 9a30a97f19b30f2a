/** The plain header before every sealed frame: all that a relay reads (spec/wire.md section 1). */

import { WireError } from "./errors";
import { HEADER_SIZE, MAX_CAMERA, MAX_COUNTER, MAX_PROOF, MAX_SOUND, MAX_STATE, MIN_SEALED, VERSION } from "./limits";

export { HEADER_SIZE } from "./limits";

const KIND_FRAME = 1;
const FIRST_BYTE = (VERSION << 4) | KIND_FRAME;
const KEY = 1;
const DISCARDABLE = 2;

/** What one person sends of one kind. */
export const Stream = { STATE: 0, SOUND: 1, CAMERA: 2, PROOF: 3 } as const;
export type Stream = (typeof Stream)[keyof typeof Stream];

/** The size limit of a whole message of each stream, in bytes, header included. */
export const MAX_SIZE: Readonly<Record<Stream, number>> = { 0: MAX_STATE, 1: MAX_SOUND, 2: MAX_CAMERA, 3: MAX_PROOF };

/** One frame's place: which stream and layer, what may be dropped, and its number. */
export interface Header {
  readonly stream: Stream;
  readonly rendition: number; // 0 to 2
  readonly temporal: number; // 0 to 2
  readonly key: boolean;
  readonly discardable: boolean;
  readonly tl0: number; // number modulo 256 of the latest temporal-0 frame
  readonly counter: number; // below 2^32
}

type Shape = Omit<Header, "tl0" | "counter">;

/** Every allowed pair of bytes 1 and 2, as one number, with what it says. */
const SHAPES: ReadonlyMap<number, Shape> = new Map(shapes().map((shape) => [pairOf(shape), shape]));

function shapes(): Shape[] {
  const plain = { rendition: 0, temporal: 0, key: false, discardable: false };
  const all: Shape[] = [
    { stream: Stream.STATE, ...plain },
    { stream: Stream.SOUND, ...plain },
    { stream: Stream.PROOF, ...plain },
  ];
  for (const rendition of [0, 1, 2]) {
    const layer = { stream: Stream.CAMERA, rendition, key: false, discardable: false };
    all.push({ ...layer, temporal: 0, key: true });
    all.push({ ...layer, temporal: 0 });
    all.push({ ...layer, temporal: 1 });
    all.push({ ...layer, temporal: 2, discardable: true });
  }
  return all;
}

function pairOf({ stream, rendition, temporal, key, discardable }: Shape): number {
  return (((stream << 4) | (rendition << 2) | temporal) << 8) | (key ? KEY : 0) | (discardable ? DISCARDABLE : 0);
}

/**
 * Read the header of a whole binary message (header and sealed part).
 * Throws WireError, checked in this order: `malformed` when shorter than any frame, `bad-version`,
 * `unknown-kind` (kind or stream), `malformed` for every other rule of the bytes, `too-large` for its stream.
 */
export function parseHeader(message: Uint8Array): Header {
  if (message.length < HEADER_SIZE + MIN_SEALED) throw new WireError("malformed");
  const view = new DataView(message.buffer, message.byteOffset, HEADER_SIZE);
  const first = view.getUint8(0);
  const pair = view.getUint16(1);
  const tl0 = view.getUint8(3);
  const shape = SHAPES.get(pair);
  if (first >> 4 !== VERSION) throw new WireError("bad-version");
  if ((first & 0x0f) !== KIND_FRAME || pair >> 12 > Stream.PROOF) throw new WireError("unknown-kind");
  if (shape === undefined || (tl0 !== 0 && shape.stream !== Stream.CAMERA)) throw new WireError("malformed");
  if (message.length > MAX_SIZE[shape.stream]) throw new WireError("too-large");
  const { stream, rendition, temporal, key, discardable } = shape;
  return { stream, rendition, temporal, key, discardable, tl0, counter: view.getUint32(4) };
}

/** Write the header to the first 8 bytes of `message`; throws WireError(malformed) if `parseHeader` would refuse it. */
export function writeHeader(header: Header, message: Uint8Array): void {
  const { stream, rendition, temporal, tl0, counter } = header;
  const pair = pairOf(header);
  const layered = isWithin(rendition, 2) && isWithin(temporal, 2) && isWithin(stream, 3);
  const numbered = isWithin(tl0, stream === Stream.CAMERA ? 0xff : 0) && isWithin(counter, MAX_COUNTER);
  if (!layered || !numbered || !SHAPES.has(pair)) throw new WireError("malformed");
  const view = new DataView(message.buffer, message.byteOffset, HEADER_SIZE);
  view.setUint8(0, FIRST_BYTE);
  view.setUint16(1, pair);
  view.setUint8(3, tl0);
  view.setUint32(4, counter);
}

/** Write the 8 bytes; throws WireError(malformed) if `parseHeader` would refuse them. */
export function buildHeader(header: Header): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(HEADER_SIZE);
  writeHeader(header, bytes);
  return bytes;
}

function isWithin(value: number, most: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= most;
}
