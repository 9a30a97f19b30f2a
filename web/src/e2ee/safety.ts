/** The epoch code: thirty digits that are the same on every screen of one epoch (spec/keys.md). */

import { ascii } from "../core/octets";
import { HKDF_SHA384 } from "./mls/hkdf";

/** Six groups of five digits with blanks between, from the MLS epoch authenticator (RFC 9420 section 8.7). */
export async function epochCode(epochAuthenticator: Uint8Array): Promise<string> {
  const digest = await HKDF_SHA384.expand(epochAuthenticator, ascii("aparte/1 epoch code"), 48);
  const view = new DataView(digest.buffer);
  const groups = [0, 8, 16, 24, 32, 40].map((at) => view.getBigUint64(at) % 100_000n);
  return groups.map((group) => group.toString().padStart(5, "0")).join(" ");
}
