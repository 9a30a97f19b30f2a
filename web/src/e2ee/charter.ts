/** The tag of a charter: whoever has the link can make and check it, and nobody else (spec/policy.md section 2). */

import { ascii, concat, equal } from "../core/octets";
import { Charter } from "../core/policy/charter";
import { demand } from "../core/policy/errors";
import { deriveFromLink } from "./keys";
import { type Key, subtle } from "./subtle";

const KEY_SIZE = 32;

/** The charter with the tag that belongs to a link's secret (32 bytes); its own is not looked at. */
export async function sealCharter(secret: Uint8Array, charter: Charter): Promise<Charter> {
  const key = await keyOf(secret, charter.meeting);
  return new Charter({ ...charter, tag: new Uint8Array(await subtle.sign("HMAC", key, charter.body)) });
}

/** Check that a charter is this meeting's and was made by somebody with the link; throws PolicyError. */
export async function checkCharter(secret: Uint8Array, meeting: Uint8Array, charter: Charter): Promise<void> {
  demand(equal(charter.meeting, meeting), "wrong-meeting");
  const key = await keyOf(secret, meeting);
  demand(await subtle.verify("HMAC", key, charter.tag, charter.body), "not-authentic");
}

async function keyOf(secret: Uint8Array, meeting: Uint8Array): Promise<Key> {
  const key = await deriveFromLink(secret, concat(ascii("aparte/1 charter\0"), meeting), KEY_SIZE);
  return subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, ["sign", "verify"]);
}
