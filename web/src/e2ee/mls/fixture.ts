/** Meetings for tests: people of one link, a server that orders commits, and a look inside that product code does not have. */

import { concat, hex } from "../../core/octets";
import { Charter, type CharterFields, Door, Opens } from "../../core/policy/charter";
import { linkPskId } from "../../core/policy/meeting";
import { detailsOf } from "../../core/policy/names";
import { accountContent, Certificate } from "../../core/policy/person";
import type { Policy } from "../../core/policy/policy";
import { ALL, Rights } from "../../core/policy/rights";
import { OwnPerson } from "../person";
import { SeedKey } from "./ed25519";
import type { Group } from "./group";
import { HKDF_SHA384 } from "./hkdf";
import type { Random } from "./hpke";
import { type Admitted, type Described, type Identity, MeetingGroup } from "./meeting";
import type { LinkPolicy, LinkSecrets } from "./policy";

export const random: Random = (size) => {
  const source = (globalThis as unknown as { crypto: { getRandomValues<T>(into: T): T } }).crypto;
  return source.getRandomValues(new Uint8Array(size));
};

/** What everybody with the same link knows. */
export interface Link {
  readonly keys: LinkSecrets;
  readonly charter: Charter;
}

/** A meeting among equals, whose organiser nobody is, unless the charter says otherwise. */
export function makeLink(charter: Partial<CharterFields> = {}): Link {
  const meeting = charter.meeting ?? random(16);
  const keys = { psk: random(48), pskId: linkPskId(meeting), nameKey: random(32) };
  const equals = {
    meeting,
    houseKey: new SeedKey(random(32)).publicKey,
    level: 1,
    door: Door.OPEN,
    opens: Opens.ANYBODY,
    everybody: ALL & ~Rights.ORGANISE,
    organisers: [random(16)],
    tag: random(32),
  };
  return { keys, charter: new Charter({ ...equals, ...charter }) };
}

/** Somebody without an account, under a fresh key. */
export function guest(name: string): OwnPerson {
  return new OwnPerson(new SeedKey(random(32)), name);
}

/** Somebody of the house, under a fresh key; `until` is in milliseconds since 1970. */
export async function account(
  house: SeedKey,
  name: string,
  label = "",
  subject: Uint8Array = random(16),
  until = BigInt(Date.now() + 3_600_000),
): Promise<OwnPerson> {
  const key = new SeedKey(random(32));
  const details = detailsOf(name, label);
  const signature = await house.sign(accountContent(key.publicKey, subject, until, details));
  return new OwnPerson(key, name, label, new Certificate(subject, until, details, signature));
}

/** A guest of this name, or somebody given, with the link and under a seat. */
export function person(link: Link, who: string | OwnPerson, seat: Uint8Array = random(16)): Identity {
  const own = typeof who === "string" ? guest(who) : who;
  return { ...link, own, seat, isGone: () => false, random };
}

/** For forging: what a group consists of. */
export function unsafeInside(group: MeetingGroup): { inner: Group; policy: LinkPolicy } {
  return group as unknown as { inner: Group; policy: LinkPolicy };
}

/** What the server gives newcomers of an epoch: the GroupInfo that came with its commit, and the tree that it follows. */
export function describe(group: MeetingGroup, info: Uint8Array): Described {
  return { info, tree: unsafeInside(group).inner.public.tree.encoded };
}

/** A server that does what it should: the first commit of an epoch wins, everybody else gets it. */
export class Meeting {
  readonly link: Link;
  readonly groups = new Map<string, MeetingGroup>();
  current: Described = { info: new Uint8Array(0), tree: new Uint8Array(0) };

  constructor(charter: Partial<CharterFields> = {}) {
    this.link = makeLink(charter);
  }

  at(name: string): MeetingGroup {
    const group = this.groups.get(name);
    if (group === undefined) throw new Error(`${name} is not here`);
    return group;
  }

  async enter(who: string | OwnPerson, admitted: Admitted | null = null): Promise<MeetingGroup> {
    const identity = person(this.link, who);
    const { name } = identity.own;
    if (this.groups.size === 0) {
      const { group, info, tree } = await MeetingGroup.create(identity);
      this.groups.set(name, group);
      this.current = { info, tree };
      return group;
    }
    const { group, commit, info } = await MeetingGroup.join(this.current, identity, admitted);
    await this.spread(commit, name);
    this.groups.set(name, group);
    this.current = describe(group, info);
    return group;
  }

  /** `by` removes the leaves of the people called `names`, or only renews keys. */
  async commit(by: string, ...names: string[]): Promise<Uint8Array> {
    return this.change(by, null, ...names);
  }

  /** The same under another policy. */
  async change(by: string, policy: Policy | null, ...names: string[]): Promise<Uint8Array> {
    const leaves = names.map((name) => this.at(name).ownLeaf);
    const { group, commit, info } = await this.at(by).commit(leaves, policy);
    for (const name of names) this.groups.delete(name);
    await this.spread(commit, by);
    this.groups.set(by, group);
    this.current = describe(group, info);
    return commit;
  }

  private async spread(commit: Uint8Array, from: string): Promise<void> {
    for (const [name, group] of this.groups) {
      if (name !== from) this.groups.set(name, await group.process(commit));
    }
  }
}

/** One value for everything that members of one epoch must agree on. */
export async function view(group: MeetingGroup): Promise<string> {
  const key = await group.exportKey("test", Uint8Array.of(1, 2), 40);
  const all = concat(group.epochAuthenticator(), key, await group.sframeBaseKey(), group.groupId);
  return JSON.stringify([hex(await HKDF_SHA384.hash(all)), String(group.epoch), group.members()]);
}
