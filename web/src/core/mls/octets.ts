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

/** Lower-case hexadecimal: what sets and maps know octets by. */
export function hex(octets: Uint8Array): string {
  let text = "";
  for (const octet of octets) text += DIGITS[octet];
  return text;
}

/** Says whether no octet string stands there twice. */
export function allDiffer(items: readonly Uint8Array[]): boolean {
  return new Set(items.map(hex)).size === items.length;
}
