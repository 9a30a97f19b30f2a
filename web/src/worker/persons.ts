/** Oneself as the page hands one over, and people as the group's policy sees them. */
import { isAmong, readWhole } from "../core/policy/charter";
import { Certificate } from "../core/policy/person";
import type { Policy } from "../core/policy/policy";
import { ALL, NONE } from "../core/policy/rights";
import { b64Encode } from "../core/wire/b64";
import { PlatformKey, SeedKey } from "../e2ee/mls/ed25519";
import type { Member } from "../e2ee/mls/meeting";
import { OwnPerson } from "../e2ee/person";
import type { Person, Self } from "./messages";

/** Throws `PolicyError` for a certificate that is none; a seed is overwritten. */
export function ownPerson({ publicKey, privateKey, certificate, name, label }: Self): OwnPerson {
  const isSeed = privateKey instanceof Uint8Array;
  const key = isSeed ? new SeedKey(privateKey) : new PlatformKey(publicKey, privateKey);
  if (isSeed) privateKey.fill(0);
  return new OwnPerson(key, name, label, certificate === null ? null : readWhole(certificate, Certificate.read));
}

/** What is the same for everybody in the group. */
export type Standing = Pick<Person, "seat" | "leaf" | "name" | "label" | "subject" | "guest" | "organiser" | "allowed">;

export function standingOf({ seat, leaf, name, label, subject, isGuest }: Member, policy: Policy): Standing {
  const organiser = isAmong(subject, policy.organisers);
  const { barred, rights } = policy.entry(subject);
  const allowed = organiser ? ALL : barred ? NONE : rights;
  return { seat, leaf, name, label, subject: b64Encode(subject), guest: isGuest, organiser, allowed };
}
