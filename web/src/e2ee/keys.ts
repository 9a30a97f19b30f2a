/** What a meeting's link gives its holders, and the sealed name of a leaf (spec/keys.md). */

import { ascii, type Bytes, concat, equal } from "../core/octets";
import { linkPskId } from "../core/policy/meeting";
import * as names from "../core/policy/names";
import type { Person } from "../core/policy/person";
import { b64Decode, b64Encode } from "../core/wire/b64";
import { DOOR_SIZE, MEETING_SIZE } from "../core/wire/limits";
import { utf8Decode } from "../core/wire/utf8";
import { aesGcmKey, aesGcmOpen, aesGcmSeal, hkdf, hkdfKey, sha256 } from "./subtle";

export const SECRET_SIZE = 32;
export const PSK_SIZE = 48;
export const NONCE_SIZE = 12;
const KEY_SIZE = 32;

const LINK = /^(https?:\/\/[A-Za-z0-9.:[\]-]+)\/m\/([A-Za-z0-9_-]{22})#([A-Za-z0-9_-]{43})$/;

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
  readonly charterKey: Bytes; // 32 bytes
}

/** A meeting's link taken apart. */
export interface Link {
  readonly origin: string; // https://host[:port]
  readonly meeting: Bytes; // 16 bytes
  readonly secret: Bytes; // 32 bytes
}

/** Who holds a leaf: what it says in clear, and the name and label that are sealed. */
export interface LeafIdentity {
  readonly person: Person;
  readonly name: string;
  readonly label: string;
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
  const [door, psk, nameKey, charterKey] = await Promise.all([
    deriveDoor(secret),
    deriveFromLink(secret, concat(ascii("aparte/1 psk\0"), meeting), PSK_SIZE),
    deriveFromLink(secret, concat(ascii("aparte/1 name\0"), meeting), KEY_SIZE),
    deriveFromLink(secret, concat(ascii("aparte/1 charter\0"), meeting), KEY_SIZE),
  ]);
  return { door, psk, pskId: linkPskId(meeting), nameKey, charterKey };
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
  try {
    return names.normaliseName(text);
  } catch {
    throw new KeysError("bad-name");
  }
}

/**
 * Name and label as they stand sealed in a leaf, 220 bytes; `nonce` is 12 fresh random bytes.
 *
 * Throws KeysError(bad-name), and RangeError for a nonce of another size or a label that nobody may have.
 */
export async function sealName(
  nameKey: Uint8Array,
  meeting: Uint8Array,
  seat: Uint8Array,
  personKey: Uint8Array,
  nonce: Uint8Array,
  name: string,
  label: string,
): Promise<Bytes> {
  if (nonce.length !== NONCE_SIZE) throw new RangeError("a nonce has 12 bytes");
  const plaintext = names.padded(normaliseName(name), names.normaliseLabel(label));
  const key = await aesGcmKey(nameKey, "encrypt");
  return concat(nonce, await aesGcmSeal(key, nonce, nameAad(meeting, seat, personKey), plaintext));
}

/**
 * Open the name and label of a leaf; throws KeysError(bad-identity).
 *
 * An account is called what its certificate says, and a guest has no label.
 */
export async function openIdentity(nameKey: Uint8Array, meeting: Uint8Array, person: Person): Promise<LeafIdentity> {
  const { seat, key: personKey, sealed, certificate } = person;
  const [nonce, ciphertext] = [sealed.subarray(0, NONCE_SIZE), sealed.subarray(NONCE_SIZE)];
  const key = await aesGcmKey(nameKey, "decrypt");
  const plaintext = await aesGcmOpen(key, nonce, nameAad(meeting, seat, personKey), ciphertext);
  if (plaintext === null) throw new KeysError("bad-identity");
  const name = textOf(plaintext.subarray(0, names.MAX_NAME_BYTES));
  const label = textOf(plaintext.subarray(names.MAX_NAME_BYTES));
  if (name === null || label === null || !areNormal(name, label)) throw new KeysError("bad-identity");
  const isVouched = certificate === null ? label === "" : equal(certificate.details, names.detailsOf(name, label));
  if (!isVouched) throw new KeysError("bad-identity");
  return { person, name, label };
}

/** What stands before the zeros that fill it up. */
function textOf(padded: Uint8Array): string | null {
  let size = padded.length;
  while (size > 0 && padded[size - 1] === 0) size--;
  return utf8Decode(padded.subarray(0, size));
}

/** A name in any other spelling is one that an honest client never seals. */
function areNormal(name: string, label: string): boolean {
  try {
    return names.normaliseName(name) === name && names.normaliseLabel(label) === label;
  } catch {
    return false;
  }
}

function nameAad(meeting: Uint8Array, seat: Uint8Array, personKey: Uint8Array): Bytes {
  return concat(ascii("aparte/1 name\0"), meeting, seat, personKey);
}

/** Derived from a link's secret (32 bytes) for one purpose, which `info` names. */
export async function deriveFromLink(secret: Uint8Array, info: Bytes, size: number): Promise<Bytes> {
  if (secret.length !== SECRET_SIZE) throw new RangeError("a link secret has 32 bytes");
  return hkdf("SHA-384", await hkdfKey(secret), ascii("aparte/1 link"), info, size);
}
