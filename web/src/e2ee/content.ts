/** Inside the seal of a frame: the 16-byte prefix and the codec's chunk, or the state (spec/wire.md section 1). */

import { ascii, type Bytes } from "../core/octets";
import { MAX_INTEGER } from "../core/wire/limits";
import { utf8Decode } from "../core/wire/utf8";

export const PREFIX_SIZE = 16;
/** The JSON of a state, in bytes. */
export const MAX_STATE_TEXT = 1_024;
const LAYOUT = 1;
const MAX_LEVEL = 127;

/** How the chunk is encoded. */
export const Codec = { OPUS: 1, VP9: 2, VP8: 3, AV1: 4, H264: 5 } as const;
export type Codec = (typeof Codec)[keyof typeof Codec];
export type VideoCodec = Exclude<Codec, 1>;

/** An authentic frame whose content is not what the specification says. */
export class ContentError extends Error {
  readonly reason = "bad-content";

  constructor() {
    super("bad-content");
    this.name = "ContentError";
  }
}

export interface Sound {
  timeUs: number; // capture time on the sender's clock, whole µs
  level: number; // -dBov, 0 loudest to 127 silence
  channels: number;
  durationUnits: number; // of 100 µs
  bytes: Uint8Array; // the codec's chunk
}

/** How pixels are to be read: code points of ITU-T H.273. Decoders guess wrong for most cameras when nobody tells them. */
export interface Colour {
  matrix: number; // 0 to 127
  fullRange: boolean;
  primaries: number; // 0 to 255
}

export interface Video {
  codec: VideoCodec;
  timeUs: number;
  width: number; // pixels
  height: number;
  colour: Colour;
  bytes: Uint8Array;
}

/** What kind of program a participant says that it is. */
export const CLIENTS = ["page", "python"] as const;
export type Client = (typeof CLIENTS)[number];

/** How many gestures there are to ask for. */
export const GESTURES = 12;

/** What the sender asks of whoever holds a leaf; `number` tells it from the sender's ask before. */
export interface Ask {
  leaf: number; // uint16
  gesture: number; // 0 to 11, as in the specification
  number: number; // uint8
}

/** What the sender itself says that it sends, and is, and perhaps what it asks for. */
export interface State {
  mic: boolean;
  camera: boolean;
  client: Client;
  ask?: Ask;
}

/** The plaintext of a sound frame; throws ContentError for what `parseSound` would refuse. */
export function buildSound({ timeUs, level, channels, durationUnits, bytes }: Sound): Bytes {
  if (!isWithin(level, 0, MAX_LEVEL) || !isWithin(channels, 1, 0xff) || !isWithin(durationUnits, 1, 0xffff)) {
    throw new ContentError();
  }
  const { plaintext, view } = begin(Codec.OPUS, timeUs, bytes);
  view.setUint8(10, level);
  view.setUint8(11, channels);
  view.setUint16(12, durationUnits);
  return plaintext;
}

/** Read the plaintext of a sound frame; the chunk is a view of it. Throws ContentError. */
export function parseSound(plaintext: Uint8Array): Sound {
  const { codec, timeUs, view, bytes } = read(plaintext);
  const level = view.getUint8(10);
  const channels = view.getUint8(11);
  const durationUnits = view.getUint16(12);
  if (view.getUint16(14) !== 0) throw new ContentError();
  if (codec !== Codec.OPUS || level > MAX_LEVEL || channels === 0 || durationUnits === 0) throw new ContentError();
  return { timeUs, level, channels, durationUnits, bytes };
}

/** The plaintext of a camera frame; throws ContentError for what `parseVideo` would refuse. */
export function buildVideo({ codec, timeUs, width, height, colour, bytes }: Video): Bytes {
  const { matrix, fullRange, primaries } = colour;
  if (!isVideoCodec(codec) || !isWithin(width, 1, 0xffff) || !isWithin(height, 1, 0xffff)) throw new ContentError();
  if (!isWithin(matrix, 0, 0x7f) || !isWithin(primaries, 0, 0xff)) throw new ContentError();
  const { plaintext, view } = begin(codec, timeUs, bytes);
  view.setUint16(10, width);
  view.setUint16(12, height);
  view.setUint8(14, (fullRange ? 0x80 : 0) | matrix);
  view.setUint8(15, primaries);
  return plaintext;
}

/** Read the plaintext of a camera frame; the chunk is a view of it. Throws ContentError. */
export function parseVideo(plaintext: Uint8Array): Video {
  const { codec, timeUs, view, bytes } = read(plaintext);
  const width = view.getUint16(10);
  const height = view.getUint16(12);
  if (!isVideoCodec(codec) || width === 0 || height === 0) throw new ContentError();
  const reading = view.getUint8(14);
  const colour = { matrix: reading & 0x7f, fullRange: reading > 0x7f, primaries: view.getUint8(15) };
  return { codec, timeUs, width, height, colour, bytes };
}

/** The plaintext of a state frame. */
export function buildState({ mic, camera, client, ask }: State): Bytes {
  if (ask === undefined) return ascii(JSON.stringify({ mic, camera, client }));
  const { leaf, gesture, number } = ask;
  return ascii(JSON.stringify({ mic, camera, client, ask: { leaf, gesture, number } }));
}

/** Read the plaintext of a state frame; throws ContentError. */
export function parseState(plaintext: Uint8Array): State {
  const text = plaintext.length <= MAX_STATE_TEXT ? utf8Decode(plaintext) : null;
  if (text === null) throw new ContentError();
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ContentError();
  }
  const { mic, camera, client, ask } = fields(value);
  if (Object.keys(value as object).length !== (ask === undefined ? 3 : 4)) throw new ContentError();
  if (typeof mic !== "boolean" || typeof camera !== "boolean" || !isClient(client)) throw new ContentError();
  return ask === undefined ? { mic, camera, client } : { mic, camera, client, ask: readAsk(ask) };
}

function fields(value: unknown): Record<string, unknown> {
  if (typeof value !== "object" || value === null) throw new ContentError();
  return value as Record<string, unknown>;
}

function readAsk(value: unknown): Ask {
  const { leaf, gesture, number, ...others } = fields(value);
  if (Object.keys(others).length > 0) throw new ContentError();
  if (!isNumber(leaf, 0xffff) || !isNumber(gesture, GESTURES - 1) || !isNumber(number, 0xff)) throw new ContentError();
  return { leaf, gesture, number };
}

function isNumber(value: unknown, most: number): value is number {
  return typeof value === "number" && isWithin(value, 0, most);
}

function begin(codec: Codec, timeUs: number, bytes: Uint8Array): { plaintext: Bytes; view: DataView } {
  if (!isWithin(timeUs, 0, MAX_INTEGER) || bytes.length === 0) throw new ContentError();
  const plaintext = new Uint8Array(PREFIX_SIZE + bytes.length);
  plaintext.set(bytes, PREFIX_SIZE);
  const view = new DataView(plaintext.buffer);
  view.setUint8(0, LAYOUT);
  view.setUint8(1, codec);
  view.setBigUint64(2, BigInt(timeUs));
  return { plaintext, view };
}

function read(plaintext: Uint8Array): { codec: number; timeUs: number; view: DataView; bytes: Uint8Array } {
  if (plaintext.length <= PREFIX_SIZE) throw new ContentError();
  const view = new DataView(plaintext.buffer, plaintext.byteOffset, PREFIX_SIZE);
  const timeUs = Number(view.getBigUint64(2));
  if (view.getUint8(0) !== LAYOUT || timeUs > MAX_INTEGER) throw new ContentError();
  return { codec: view.getUint8(1), timeUs, view, bytes: plaintext.subarray(PREFIX_SIZE) };
}

function isClient(value: unknown): value is Client {
  return CLIENTS.some((client) => client === value);
}

function isVideoCodec(codec: number): codec is VideoCodec {
  return codec > Codec.OPUS && codec <= Codec.H264;
}

function isWithin(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}
