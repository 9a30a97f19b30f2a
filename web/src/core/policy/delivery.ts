/** What the server asks of a meeting's group beyond its rules: who has made what comes over a link. */

import { followFrom } from "../mls/delivery";
import { demand, MlsError, Rule } from "../mls/errors";
import type { PublicGroup } from "../mls/public";
import type { Suite } from "../mls/suites";
import { equal } from "../octets";
import { type MeetingPolicy, readPerson } from "./meeting";
import type { Person } from "./person";
import { Policy } from "./policy";

/** Begins to follow a group that a seat (16 octets) has just made under this id; throws `MlsError`. */
export async function followNew(
  suite: Suite,
  octets: Uint8Array,
  tree: Uint8Array,
  groupId: Uint8Array,
  seat: Uint8Array,
  policy: MeetingPolicy,
  maxSize: number,
): Promise<PublicGroup> {
  const group = await followFrom(suite, octets, tree, policy, maxSize);
  checkNew(group, groupId, policy);
  checkOwnSeat(group, 0, seat);
  policy.checkMaker(personOf(group, 0));
  return group;
}

/** Checks that a group has this id, no history, one leaf, and the policy that a meeting begins with. */
function checkNew({ context, tree }: PublicGroup, groupId: Uint8Array, policy: MeetingPolicy): void {
  const begins = context.epoch === 0n && context.confirmedTranscriptHash.length === 0;
  demand(begins && equal(context.groupId, groupId), Rule.NEW_GROUP);
  const first = Policy.first(policy.charter);
  demand(tree.size === 1 && equal(policy.policy(context).encoded, first.encoded), Rule.NEW_GROUP);
}

/** Checks that a leaf is the one of this seat (16 octets): over a link comes only what its own leaf has made. */
export function checkOwnSeat(group: PublicGroup, leaf: number, seat: Uint8Array): void {
  demand(equal(personOf(group, leaf).seat, seat), Rule.OWN_SEAT);
}

/** Whom a leaf names; throws `MlsError` for a leaf that is not there. */
export function personOf(group: PublicGroup, leaf: number): Person {
  const found = group.tree.leaf(leaf);
  if (found === null) throw new MlsError(Rule.SENDER);
  return readPerson(found);
}
