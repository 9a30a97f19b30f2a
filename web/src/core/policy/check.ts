/**
 * What the policy says to somebody who wants to come in, change something, or remove somebody (spec/policy.md).
 *
 * Every check is against the policy *before* the commit, and throws `PolicyError`.
 */

import { equal, join, nameOf } from "../octets";
import type { Admission } from "./admission";
import { type Charter, Door, isAmong, Opens } from "./charter";
import { demand } from "./errors";
import type { Person, Verify } from "./person";
import type { Entry, Policy } from "./policy";
import { includes, NONE, Rights } from "./rights";

/** Whoever has one of these may write entries at all. */
export const ENTRIES: Rights = Rights.REMOVE | Rights.GRANT | Rights.ORGANISE;

/** Checks that somebody may make the group. */
export function checkOpening(charter: Charter, person: Person): void {
  if (isAmong(person.subject, charter.organisers) || charter.opens === Opens.ANYBODY) return;
  demand(charter.opens === Opens.ACCOUNTS && person.certificate !== null, "not-admitted");
}

/** Says whether somebody has to knock; throws `PolicyError` for who may not come in at all. */
export function needsAdmission(policy: Policy, person: Person): boolean {
  if (isAmong(person.subject, policy.organisers)) return false;
  demand(!policy.entry(person.subject).barred, "barred");
  demand(policy.door !== Door.LOCKED && !policy.frozen, "locked");
  const isGuest = person.certificate === null;
  return policy.door === Door.ALL_KNOCK || (policy.door === Door.GUESTS_KNOCK && isGuest);
}

/**
 * Checks an admission of a person who comes in with a leaf; `admitter` holds the leaf that it names.
 *
 * Keys are the leaves' signature keys. Whether it is in time is asked apart.
 */
export async function checkAdmission(
  verify: Verify,
  policy: Policy,
  admission: Admission,
  person: Person,
  leafKey: Uint8Array,
  admitter: Person,
  admitterKey: Uint8Array,
): Promise<void> {
  demand(equal(admission.meeting, policy.charter.meeting), "wrong-meeting");
  const isTheirs =
    equal(admission.seat, person.seat) && equal(admission.subject, person.subject) && equal(admission.leafKey, leafKey);
  demand(isTheirs, "another-person");
  demand(includes(policy.rights(admitter.subject), Rights.ADMIT), "no-right");
  await admission.verify(verify, admitterKey);
}

/** Checks that a subject may remove another that is there. Who is gone is not the policy's matter. */
export function checkRemoval(policy: Policy, actor: Uint8Array, target: Uint8Array): void {
  const needed = isAmong(target, policy.organisers) ? Rights.ORGANISE : Rights.REMOVE;
  demand(includes(policy.rights(actor), needed), "no-right");
}

/** Checks that a subject may turn one policy into another. */
export function checkChange(old: Policy, next: Policy, actor: Uint8Array): void {
  demand(equal(next.charter.encoded, old.charter.encoded), "charter-changed");
  const has = old.rights(actor);
  let needed = NONE;
  if (!equal(join(next.organisers), join(old.organisers))) needed |= Rights.ORGANISE;
  if (next.door !== old.door) needed |= Rights.DOOR;
  if (next.frozen !== old.frozen) needed |= Rights.FREEZE;
  needed |= granting(old.everybody, next.everybody);
  // Who was or becomes an organiser is the matter of those who may change that.
  const organisers = new Set([...old.organisers, ...next.organisers].map(nameOf));
  for (const { subject } of [...old.entries, ...next.entries]) {
    if (!organisers.has(nameOf(subject))) needed |= changing(old.entry(subject), next.entry(subject));
  }
  demand(includes(has, needed), "no-right");
  // An entry that says what holds anyway changes nothing, but fills the policy.
  demand(isSame(old.entries, next.entries) || (has & ENTRIES) !== NONE, "no-right");
}

/** The rights that a change of one entry takes. */
function changing(old: Entry, next: Entry): Rights {
  return granting(old.rights, next.rights) | (next.barred === old.barred ? NONE : Rights.REMOVE);
}

/** The rights that a change of somebody's rights takes: nobody gives what they do not have. */
function granting(old: Rights, next: Rights): Rights {
  return next === old ? NONE : Rights.GRANT | (next & ~old);
}

function isSame(old: readonly Entry[], next: readonly Entry[]): boolean {
  return equal(join(old.map(({ encoded }) => encoded)), join(next.map(({ encoded }) => encoded)));
}
