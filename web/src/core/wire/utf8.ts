/** UTF-8, strictly (RFC 3629): the language's own URI functions do it without the DOM library. */

/** The bytes of a text, or null when it holds half a surrogate pair. */
export function utf8Encode(text: string): Uint8Array<ArrayBuffer> | null {
  let escaped: string;
  try {
    escaped = encodeURIComponent(text);
  } catch {
    return null;
  }
  const data = new Uint8Array(escaped.length);
  let size = 0;
  for (let at = 0; at < escaped.length; at++) {
    if (escaped[at] === "%") {
      data[size++] = Number.parseInt(escaped.slice(at + 1, at + 3), 16);
      at += 2;
    } else {
      data[size++] = escaped.charCodeAt(at);
    }
  }
  return data.slice(0, size);
}

/** The text of these bytes, or null when they are not UTF-8. */
export function utf8Decode(data: Uint8Array): string | null {
  let escaped = "";
  for (const byte of data) escaped += `%${byte.toString(16).padStart(2, "0")}`;
  try {
    return decodeURIComponent(escaped);
  } catch {
    return null;
  }
}

/** How many bytes a text takes; half a surrogate pair counts like its replacement, 3. */
export function utf8Length(text: string): number {
  let size = 0;
  for (const character of text) {
    const code = character.codePointAt(0) as number;
    size += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return size;
}
