/** Octet strings: joined, compared, and as keys of sets and maps. They are never written to once they are in a value. */

/** Octets in a buffer of their own, as the platform's interfaces ask for. */
export type Bytes = Uint8Array<ArrayBuffer>;

/** Octets of an ASCII text: labels are ASCII. */
export function ascii(text: string): Bytes {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

export function concat(...parts: readonly Uint8Array[]): Bytes {
  return join(parts);
}

/** The same for lists of any length, which arguments cannot have. */
export function join(parts: readonly Uint8Array[]): Bytes {
  let size = 0;
  for (const part of parts) size += part.length;
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Says whether two octet strings are the same, in a time that depends on their lengths alone: good for tags too. */
export function equal(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let index = 0; index < a.length; index++) difference |= (a[index] ?? 0) ^ (b[index] ?? 0);
  return difference === 0;
}

const DIGITS = Array.from({ length: 256 }, (_, octet) => octet.toString(16).padStart(2, "0"));

/** Lower-case hexadecimal: what maps know octets by, and people read. */
export function hex(octets: Uint8Array): string {
  let digits = "";
  for (const octet of octets) digits += DIGITS[octet];
  return digits;
}

const NAMES = new WeakMap<Uint8Array, string>();

/**
 * A text that no other octets have: what sets know them by. It is remembered for as long as the octets are, for the
 * keys of a tree are asked for with every commit; so it is not for secrets.
 */
export function nameOf(octets: Uint8Array): string {
  // A list of arguments made by hand: spreading one costs five times as much.
  const name = NAMES.get(octets) ?? String.fromCharCode.apply(null, octets as unknown as number[]);
  NAMES.set(octets, name);
  return name;
}

/** Says whether no octet string stands there twice. */
export function allDiffer(items: readonly Uint8Array[]): boolean {
  return new Set(items.map(nameOf)).size === items.length;
}
