/** The tag of a charter: whoever has the link can make and check it, and nobody else (spec/policy.md section 2). */

import { equal } from "../core/octets";
import { Charter } from "../core/policy/charter";
import { demand } from "../core/policy/errors";
import { type Key, subtle } from "./subtle";

/** The charter with the tag of a meeting's charter key (32 bytes); its own is not looked at. */
export async function sealCharter(charterKey: Uint8Array, charter: Charter): Promise<Charter> {
  const key = await tagKey(charterKey);
  return new Charter({ ...charter, tag: new Uint8Array(await subtle.sign("HMAC", key, charter.body)) });
}

/** Check that a charter is this meeting's and was made by somebody with the link; throws PolicyError. */
export async function checkCharter(charterKey: Uint8Array, meeting: Uint8Array, charter: Charter): Promise<void> {
  demand(equal(charter.meeting, meeting), "wrong-meeting");
  const key = await tagKey(charterKey);
  demand(await subtle.verify("HMAC", key, charter.tag, charter.body), "not-authentic");
}

function tagKey(charterKey: Uint8Array): Promise<Key> {
  return subtle.importKey("raw", charterKey, { name: "HMAC", hash: "SHA-256" }, false, ["sign", "verify"]);
}
