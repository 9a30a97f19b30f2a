/**
 * What those who direct a meeting do to its policy: each act gives another policy (spec/policy.md section 7).
 *
 * Whether somebody may is asked of the result (`checkChange`). An act that changes nothing gives an equal policy.
 */

import { nameOf } from "../octets";
import { Door, isAmong, MAX_ORGANISERS } from "./charter";
import { demand } from "./errors";
import { Entry, MAX_ENTRIES, Policy } from "./policy";
import type { Rights } from "./rights";

/** Gives somebody (16 octets) rights, until they are taken. */
export function give(policy: Policy, subject: Uint8Array, rights: Rights): Policy {
  const entry = policy.entry(subject);
  return write(policy, new Entry(subject, entry.rights | rights, entry.barred));
}

/** Takes rights from somebody, until they are given back. */
export function take(policy: Policy, subject: Uint8Array, rights: Rights): Policy {
  const entry = policy.entry(subject);
  return write(policy, new Entry(subject, entry.rights & ~rights, entry.barred));
}

/** Gives rights to everybody who is not barred, now and later. */
export function giveAll(policy: Policy, rights: Rights): Policy {
  const entries = policy.entries.map((one) =>
    one.barred ? one : new Entry(one.subject, one.rights | rights, one.barred),
  );
  return tidy(new Policy({ ...policy, everybody: policy.everybody | rights, entries }));
}

/** Takes rights from everybody but the organisers, now and later. */
export function takeAll(policy: Policy, rights: Rights): Policy {
  const entries = policy.entries.map((one) => new Entry(one.subject, one.rights & ~rights, one.barred));
  return tidy(new Policy({ ...policy, everybody: policy.everybody & ~rights, entries }));
}

/** Lets somebody not come in again, who is then no organiser any more; throws `PolicyError(no-organiser)`. */
export function bar(policy: Policy, subject: Uint8Array): Policy {
  // Whoever is barred may do nothing, whatever stands there: to leave it alone needs no right to change rights.
  const among = isAmong(subject, policy.organisers) ? dismiss(policy, subject) : policy;
  return write(among, new Entry(subject, among.entry(subject).rights, true));
}

/** Lets somebody come in again, as everybody else. */
export function unbar(policy: Policy, subject: Uint8Array): Policy {
  return policy.entry(subject).barred ? write(policy, new Entry(subject, policy.everybody, false)) : policy;
}

/** Makes somebody an organiser; throws `PolicyError(malformed)` for more than there may be. */
export function organise(policy: Policy, subject: Uint8Array): Policy {
  const entries = policy.entries.filter((one) => nameOf(one.subject) !== nameOf(subject));
  if (isAmong(subject, policy.organisers)) return new Policy({ ...policy, entries });
  const organisers = [...policy.organisers, subject].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  demand(organisers.length <= MAX_ORGANISERS, "malformed");
  return new Policy({ ...policy, organisers, entries });
}

/** Makes an organiser one of the others; throws `PolicyError(no-organiser)` for the last one. */
export function dismiss(policy: Policy, subject: Uint8Array): Policy {
  const organisers = policy.organisers.filter((one) => nameOf(one) !== nameOf(subject));
  demand(organisers.length > 0, "no-organiser");
  return new Policy({ ...policy, organisers });
}

/** Opens, closes or locks the door. */
export function setDoor(policy: Policy, door: Door): Policy {
  return new Policy({ ...policy, door });
}

/** Lets guests knock from now on: one who was sent out or silenced would come back under another key. */
export function shutOutGuests(policy: Policy): Policy {
  return policy.door === Door.OPEN ? setDoor(policy, Door.GUESTS_KNOCK) : policy;
}

/** Stops everything of everybody but the organisers, and lets nobody in; or lets it go on. */
export function freeze(policy: Policy, frozen: boolean): Policy {
  return new Policy({ ...policy, frozen });
}

function write(policy: Policy, entry: Entry): Policy {
  // An organiser has all rights, and no entry that would say less.
  return isAmong(entry.subject, policy.organisers) ? policy : tidy(policy.withEntry(entry));
}

/** Keeps only what says something else than holds for everybody; throws `PolicyError(malformed)` for too many. */
function tidy(policy: Policy): Policy {
  const entries = policy.entries.filter((one) => one.barred || one.rights !== policy.everybody);
  demand(entries.length <= MAX_ENTRIES, "malformed");
  return new Policy({ ...policy, entries });
}
