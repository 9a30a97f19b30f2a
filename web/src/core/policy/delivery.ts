/** What the server asks of a meeting's group beyond its rules: who has made what comes over a link. */

import { followFrom } from "../mls/delivery";
import { demand, MlsError, Rule } from "../mls/errors";
import type { PublicGroup } from "../mls/public";
import type { Suite } from "../mls/suites";
import { equal } from "../octets";
import { type MeetingPolicy, readPerson } from "./meeting";
import type { Person } from "./person";
import { Policy } from "./policy";

const NONE = new Uint8Array(0);

/** Whose link it is: a seat (16 octets), and the account (16 octets) with which it was opened, if with one. */
export interface Owner {
  readonly seat: Uint8Array;
  readonly account: Uint8Array | null;
}

/** Begins to follow a group that somebody has just made under this id; throws `MlsError`. */
export async function followNew(
  suite: Suite,
  octets: Uint8Array,
  tree: Uint8Array,
  groupId: Uint8Array,
  owner: Owner,
  policy: MeetingPolicy,
  maxSize: number,
): Promise<PublicGroup> {
  const group = await followFrom(suite, octets, tree, policy, maxSize);
  checkNew(group, groupId, policy);
  checkOwnSeat(group, 0, owner);
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

/** Checks that a leaf is this owner's: over a link comes only what its own leaf has made. */
export function checkOwnSeat(group: PublicGroup, leaf: number, owner: Owner): void {
  const { seat, certificate } = personOf(group, leaf);
  const isTheirs = equal(certificate?.account ?? NONE, owner.account ?? NONE);
  demand(equal(seat, owner.seat) && isTheirs, Rule.OWN_SEAT);
}

/** Whom a leaf names; throws `MlsError` for a leaf that is not there. */
export function personOf(group: PublicGroup, leaf: number): Person {
  const found = group.tree.leaf(leaf);
  if (found === null) throw new MlsError(Rule.SENDER);
  return readPerson(found);
}
