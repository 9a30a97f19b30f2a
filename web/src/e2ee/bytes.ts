/** Octet strings, as TypeScript types and joins them. */

export type Bytes = Uint8Array<ArrayBuffer>;

/** The ASCII text as bytes; labels of the key schedule are ASCII. */
export function ascii(text: string): Bytes {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

export function concat(...parts: Uint8Array[]): Bytes {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
