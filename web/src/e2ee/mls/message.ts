/** MLS messages in and out of octets (RFC 9420, section 6). */
import { decodeMlsMessage, encodeMlsMessage, type MLSMessage } from "ts-mls/message.js";
import { equal } from "./bytes";
import { GroupError } from "./refusal";

/** As spec/wire.md bounds a commit and a GroupInfo. */
export const MAX_MESSAGE = 262_144;

/**
 * Reads one message. The octets must be exactly what the message encodes to: other spellings of the same message (longer length fields,
 * trailing octets, odd presence bytes) would pass a signature check that is made over the encoded form.
 */
export function readMessage(octets: Uint8Array): MLSMessage {
  if (octets.length > MAX_MESSAGE) throw new GroupError("too-large");
  if (octets.length < 4 || octets[0] !== 0) throw new GroupError("malformed");
  if (octets[1] !== 1) throw new GroupError("wrong-suite");
  // The library's values point into what it reads; a copy keeps them independent of the caller's buffer.
  const own = octets.slice();
  let message: MLSMessage | undefined;
  let canonical: Uint8Array;
  try {
    message = decodeMlsMessage(own, 0)?.[0];
    if (message === undefined) throw new GroupError("malformed");
    canonical = encodeMlsMessage(message);
  } catch {
    throw new GroupError("malformed");
  }
  if (!equal(canonical, own)) throw new GroupError("malformed");
  return message;
}

export function writeMessage(message: MLSMessage): Uint8Array {
  return encodeMlsMessage(message);
}
