/** What people compare, as thirty digits: the code of an epoch, and of somebody's person key (spec/keys.md). */

import { ascii } from "../core/octets";
import { HKDF_SHA384 } from "./mls/hkdf";

/** Six groups of five digits with blanks between, from the MLS epoch authenticator (RFC 9420 section 8.7). */
export function epochCode(epochAuthenticator: Uint8Array): Promise<string> {
  return digits(epochAuthenticator, "aparte/1 epoch code");
}

/** The same form of a person key (Ed25519, 32 octets): it stays when its owner leaves and comes back. */
export function personCode(personKey: Uint8Array): Promise<string> {
  return digits(personKey, "aparte/1 person code");
}

async function digits(key: Uint8Array, info: string): Promise<string> {
  const digest = await HKDF_SHA384.expand(key, ascii(info), 48);
  const view = new DataView(digest.buffer);
  const groups = [0, 8, 16, 24, 32, 40].map((at) => view.getBigUint64(at) % 100_000n);
  return groups.map((group) => group.toString().padStart(5, "0")).join(" ");
}
