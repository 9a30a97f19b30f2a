/** Octet strings: joined, compared, and as keys of sets and maps. They are never written to once they are in a value. */

export function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return join(parts);
}

/** The same for lists of any length, which arguments cannot have. */
export function join(parts: readonly Uint8Array[]): Uint8Array {
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

/** Says whether two public octet strings are the same; not for secrets, since the time tells where they differ. */
export function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((octet, index) => octet === b[index]);
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
