/** Calendar files (RFC 5545). The server's have no link secret; the whole link is put in here, on the planner's device. */

const LINE_OCTETS = 75;

/** The file with another address in place of the one in it. */
export function withLink(file: string, address: string, link: string): string {
  const lines = file.replace(/\r\n[ \t]/g, "").split("\r\n");
  return lines.map((line) => fold(line.replaceAll(address, link))).join("\r\n");
}

/** A line in pieces of at most 75 octets, none of which cuts a character. */
function fold(line: string): string {
  const pieces: string[] = [];
  let [piece, size] = ["", 0];
  for (const character of line) {
    const octets = new TextEncoder().encode(character).length;
    if (size + octets > LINE_OCTETS) {
      pieces.push(piece);
      [piece, size] = ["", 1];
    }
    piece += character;
    size += octets;
  }
  return [...pieces, piece].join("\r\n ");
}
