/** What a meeting's link gives its holders, and the sealed name of a leaf (spec/keys.md). */

import { ascii, type Bytes, concat } from "../core/octets";
import { b64Decode, b64Encode } from "../core/wire/b64";
import { DOOR_SIZE, MEETING_SIZE, SEAT_SIZE } from "../core/wire/limits";
import { utf8Decode, utf8Encode } from "../core/wire/utf8";
import { aesGcmKey, aesGcmOpen, aesGcmSeal, hkdf, hkdfKey, sha256 } from "./subtle";

export const SECRET_SIZE = 32;
export const PSK_SIZE = 48;
export const NONCE_SIZE = 12;
export const MAX_NAME_CHARACTERS = 64;
export const MAX_NAME_BYTES = 128;
export const IDENTITY_SIZE = 1 + SEAT_SIZE + NONCE_SIZE + MAX_NAME_BYTES + 16;
const VERSION = 1;
const NAME_KEY_SIZE = 32;

const LINK = /^(https?:\/\/[A-Za-z0-9.:[\]-]+)\/m\/([A-Za-z0-9_-]{22})#([A-Za-z0-9_-]{43})$/;
const BLANKS_AROUND = /^\p{Z}+|\p{Z}+$/gu;
/** Controls, invisible formats, halves of surrogate pairs, line and paragraph separators. */
const FORBIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

/** A link, name or identity that is not what it should be; the text is the reason alone. */
export class KeysError extends Error {
  readonly reason: "bad-link" | "bad-name" | "bad-identity";

  constructor(reason: KeysError["reason"]) {
    super(reason);
    this.name = "KeysError";
    this.reason = reason;
  }
}

/** What is derived from the link secret. */
export interface LinkKeys {
  readonly door: Bytes; // 32 bytes: proves the link to the server
  readonly psk: Bytes; // 48 bytes: enters every join
  readonly pskId: Bytes;
  readonly nameKey: Bytes; // 32 bytes
}

/** A meeting's link taken apart. */
export interface Link {
  readonly origin: string; // https://host[:port]
  readonly meeting: Bytes; // 16 bytes
  readonly secret: Bytes; // 32 bytes
}

/** Who holds a leaf. */
export interface LeafIdentity {
  readonly seat: Bytes; // 16 bytes
  readonly name: string;
}

/** What proves the link secret to the server, 32 bytes; the meeting need not exist yet. */
export async function deriveDoor(secret: Uint8Array): Promise<Bytes> {
  return deriveFromLink(secret, ascii("aparte/1 door"), DOOR_SIZE);
}

/** What the server keeps of a door, 32 bytes. */
export function hashDoor(door: Uint8Array): Promise<Bytes> {
  return sha256(door);
}

/** Derive everything from a link's secret (32 bytes) and meeting id (16 bytes); RangeError for other sizes. */
export async function deriveLinkKeys(secret: Uint8Array, meeting: Uint8Array): Promise<LinkKeys> {
  if (meeting.length !== MEETING_SIZE) throw new RangeError("a meeting id has 16 bytes");
  const [door, psk, nameKey] = await Promise.all([
    deriveDoor(secret),
    deriveFromLink(secret, concat(ascii("aparte/1 psk\0"), meeting), PSK_SIZE),
    deriveFromLink(secret, concat(ascii("aparte/1 name\0"), meeting), NAME_KEY_SIZE),
  ]);
  return { door, psk, pskId: concat(ascii("aparte/1 link\0"), meeting), nameKey };
}

/** The text of a link, the secret in the fragment. */
export function buildLink({ origin, meeting, secret }: Link): string {
  return `${origin}/m/${b64Encode(meeting)}#${b64Encode(secret)}`;
}

/** Take a link apart; throws KeysError(bad-link). */
export function parseLink(text: string): Link {
  const [, origin, id, fragment] = LINK.exec(text) ?? [];
  const meeting = id === undefined ? null : b64Decode(id);
  const secret = fragment === undefined ? null : b64Decode(fragment);
  if (origin === undefined || meeting === null || secret === null) throw new KeysError("bad-link");
  return { origin, meeting, secret };
}

/** The name in NFC without blanks around it; throws KeysError(bad-name) for one that nobody may have. */
export function normaliseName(text: string): string {
  const name = text.normalize("NFC").replace(BLANKS_AROUND, "");
  const size = utf8Encode(name)?.length ?? 0;
  const fits = size > 0 && size <= MAX_NAME_BYTES && [...name].length <= MAX_NAME_CHARACTERS;
  if (!fits || FORBIDDEN.test(name)) throw new KeysError("bad-name");
  return name;
}

/** The identity of a leaf, 173 bytes; `nonce` is 12 fresh random bytes. Throws KeysError(bad-name). */
export async function sealIdentity(
  nameKey: Uint8Array,
  meeting: Uint8Array,
  seat: Uint8Array,
  nonce: Bytes,
  name: string,
): Promise<Bytes> {
  if (seat.length !== SEAT_SIZE || nonce.length !== NONCE_SIZE) {
    throw new RangeError("a seat has 16 bytes and a nonce 12");
  }
  const plaintext = new Uint8Array(MAX_NAME_BYTES);
  plaintext.set(utf8Encode(normaliseName(name)) ?? []);
  const key = await aesGcmKey(nameKey, "encrypt");
  const sealed = await aesGcmSeal(key, nonce, identityAad(meeting, seat), plaintext);
  return concat(Uint8Array.of(VERSION), seat, nonce, sealed);
}

/** Check and read the identity of a leaf; throws KeysError(bad-identity). */
export async function openIdentity(
  nameKey: Uint8Array,
  meeting: Uint8Array,
  identity: Uint8Array,
): Promise<LeafIdentity> {
  if (identity.length !== IDENTITY_SIZE || identity[0] !== VERSION) throw new KeysError("bad-identity");
  const seat = identity.slice(1, 1 + SEAT_SIZE);
  const nonce = identity.slice(1 + SEAT_SIZE, 1 + SEAT_SIZE + NONCE_SIZE);
  const sealed = identity.subarray(1 + SEAT_SIZE + NONCE_SIZE);
  const key = await aesGcmKey(nameKey, "decrypt");
  const padded = await aesGcmOpen(key, nonce, identityAad(meeting, seat), sealed);
  if (padded === null) throw new KeysError("bad-identity");
  let size = MAX_NAME_BYTES;
  while (size > 0 && padded[size - 1] === 0) size--;
  const name = utf8Decode(padded.subarray(0, size));
  if (name === null || !isNormal(name)) throw new KeysError("bad-identity");
  return { seat, name };
}

/** A name in any other spelling is one that an honest client never seals. */
function isNormal(name: string): boolean {
  try {
    return normaliseName(name) === name;
  } catch {
    return false;
  }
}

function identityAad(meeting: Uint8Array, seat: Uint8Array): Bytes {
  return concat(ascii("aparte/1 name\0"), meeting, seat);
}

/** Derived from a link's secret (32 bytes) for one purpose, which `info` names. */
export async function deriveFromLink(secret: Uint8Array, info: Bytes, size: number): Promise<Bytes> {
  if (secret.length !== SECRET_SIZE) throw new RangeError("a link secret has 32 bytes");
  return hkdf("SHA-384", await hkdfKey(secret), ascii("aparte/1 link"), info, size);
}
