/** Oneself as the page hands one over, and people as the group's policy sees them. */
import { type Charter, isAmong, readWhole } from "../core/policy/charter";
import { Certificate } from "../core/policy/person";
import type { Policy } from "../core/policy/policy";
import { ALL, forbidden, NONE, type Rights } from "../core/policy/rights";
import { b64Decode, b64Encode } from "../core/wire/b64";
import { checkCharter } from "../e2ee/charter";
import type { LinkKeys } from "../e2ee/keys";
import { PlatformKey, SeedKey } from "../e2ee/mls/ed25519";
import type { Identity, MeetingGroup, Member } from "../e2ee/mls/meeting";
import { OwnPerson } from "../e2ee/person";
import type { Forbidden } from "../e2ee/sframe/opener";
import type { Person, Self } from "./messages";

/** Throws `PolicyError` for a certificate that is none; a seed is overwritten. */
export function ownPerson({ publicKey, privateKey, certificate, name, label }: Self): OwnPerson {
  const isSeed = privateKey instanceof Uint8Array;
  const key = isSeed ? new SeedKey(privateKey) : new PlatformKey(publicKey, privateKey);
  if (isSeed) privateKey.fill(0);
  return new OwnPerson(key, name, label, certificate === null ? null : readWhole(certificate, Certificate.read));
}

/** What is known of a meeting from its link. */
export interface Known {
  readonly meeting: Uint8Array; // 16 octets
  readonly keys: LinkKeys;
  readonly own: OwnPerson;
}

/** Who we are under a seat (b64) that the server drew; throws `PolicyError` for a charter that is not of our link. */
export async function identityUnder(
  seat: string,
  charter: Charter,
  isGone: Identity["isGone"],
  { meeting, keys, own }: Known,
): Promise<Identity> {
  const octets = b64Decode(seat);
  if (octets === null) throw new Error("a seat is checked when its message is decoded");
  await checkCharter(keys.charterKey, meeting, charter);
  const random = (size: number) => crypto.getRandomValues(new Uint8Array(size));
  return { seat: octets, own, keys, charter, isGone, random };
}

/** What is the same for everybody in the group. */
export type Standing = Pick<
  Person,
  "seat" | "leaf" | "name" | "label" | "subject" | "personKey" | "personCode" | "guest" | "organiser" | "allowed"
>;

export function standingOf(member: Member, policy: Policy): Standing {
  const { seat, leaf, name, label, subject, personKey, personCode, isGuest } = member;
  const organiser = isAmong(subject, policy.organisers);
  const { barred, rights } = policy.entry(subject);
  const allowed = organiser ? ALL : barred ? NONE : rights;
  const who = { seat, leaf, name, label, subject: b64Encode(subject), personKey, personCode };
  return { ...who, guest: isGuest, organiser, allowed };
}

/** Our own place in a group. */
export function ownOf(group: MeetingGroup): Member {
  const own = group.members().find(({ leaf }) => leaf === group.ownLeaf);
  if (own === undefined) throw new Error("a group holds its own leaf");
  return own;
}

/** What we may do in an epoch. */
export function rightsIn(group: MeetingGroup): Rights {
  return group.meetingPolicy.rights(ownOf(group).subject);
}

/** What members may not send, by leaf; who may send everything is not in it. */
export function forbiddenOf(members: readonly Member[], policy: Policy): Forbidden {
  const all = members.map(({ leaf, subject }) => [leaf, forbidden(policy.rights(subject))] as const);
  return new Map(all.filter(([, streams]) => streams.size > 0));
}
