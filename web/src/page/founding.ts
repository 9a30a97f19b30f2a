/** What fixes a meeting before anybody comes: made here with the link secret, which stays here. */
import { Charter, type Door, KEY_SIZE, type Opens, TAG_SIZE } from "../core/policy/charter";
import type { Rights } from "../core/policy/rights";
import { b64Decode, b64Encode } from "../core/wire/b64";
import { sealCharter } from "../e2ee/charter";
import { deriveLinkKeys, hashDoor } from "../e2ee/keys";
import { ask, text } from "./api";

export interface Foundation {
  readonly meeting: Uint8Array; // 16 octets
  readonly secret: Uint8Array; // 32 octets
  readonly level: number;
  readonly door: Door;
  readonly opens: Opens;
  readonly everybody: Rights;
  readonly organisers: readonly Uint8Array[]; // subjects of 16 octets, rising
}

/** What the server gets of a new link, in b64: it can read the charter, and could not have made it. */
export interface Founded {
  readonly door_hash: string;
  readonly charter: string;
}

/** Makes the charter and the hash of the door; null when the server does not say which key certifies its accounts. */
export async function found({ meeting, secret, ...fixed }: Foundation): Promise<Founded | null> {
  const answer = await ask("GET", "/house");
  const houseKey = answer.ok ? b64Decode(text(answer.data.house_key)) : null;
  if (houseKey?.length !== KEY_SIZE) return null;
  const { door, charterKey } = await deriveLinkKeys(secret, meeting);
  const bare = new Charter({ meeting, houseKey, ...fixed, tag: new Uint8Array(TAG_SIZE) });
  const charter = await sealCharter(charterKey, bare);
  return { door_hash: b64Encode(await hashDoor(door)), charter: b64Encode(charter.encoded) };
}
