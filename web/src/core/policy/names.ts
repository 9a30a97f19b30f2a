/** What a person may be called: the rules of spec/keys.md, and what a certificate says of a name. */

import { sha256 } from "@noble/hashes/sha2.js";
import { utf8Encode } from "../wire/utf8";

export const MAX_NAME_CHARACTERS = 64;
export const MAX_NAME_BYTES = 128;
export const MAX_LABEL_BYTES = 64;

const BLANKS_AROUND = /^\p{Z}+|\p{Z}+$/gu;
/** Controls, invisible formats, halves of surrogate pairs, line and paragraph separators. */
const FORBIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

/** The name in NFC without blanks around it; throws RangeError for one that nobody may have. */
export function normaliseName(text: string): string {
  const name = trimmed(text);
  if (name === "" || [...name].length > MAX_NAME_CHARACTERS || sizeOf(name) > MAX_NAME_BYTES) {
    throw new RangeError("a name has 1 to 64 characters and at most 128 bytes");
  }
  return name;
}

/** What stands beside a name, in the same form, or nothing; throws RangeError for what may not. */
export function normaliseLabel(text: string): string {
  const label = trimmed(text);
  if (sizeOf(label) > MAX_LABEL_BYTES) throw new RangeError("a label has at most 64 bytes");
  return label;
}

/** 192 octets: a normal name and label, each filled up with zeros. */
export function padded(name: string, label: string): Uint8Array<ArrayBuffer> {
  const octets = new Uint8Array(MAX_NAME_BYTES + MAX_LABEL_BYTES);
  octets.set(utf8Encode(name) ?? []);
  octets.set(utf8Encode(label) ?? [], MAX_NAME_BYTES);
  return octets;
}

/** What a certificate says of a normal name and label: 32 octets. Rules are checked at once, so this does not wait. */
export function detailsOf(name: string, label: string): Uint8Array {
  return sha256(padded(name, label));
}

function trimmed(text: string): string {
  const kept = text.normalize("NFC").replace(BLANKS_AROUND, "");
  if (FORBIDDEN.test(kept)) throw new RangeError("a character that nobody sees");
  return kept;
}

function sizeOf(text: string): number {
  return utf8Encode(text)?.length ?? Number.POSITIVE_INFINITY;
}
