/** Meetings for tests: people of one link, a server that orders commits, and a look inside that product code does not have. */

import { concat, hex } from "../../core/octets";
import type { Group } from "./group";
import { HKDF_SHA384 } from "./hkdf";
import type { Random } from "./hpke";
import { type Described, type Identity, MeetingGroup } from "./meeting";
import type { LinkPolicy } from "./policy";

export const random: Random = (size) => {
  const source = (globalThis as unknown as { crypto: { getRandomValues<T>(into: T): T } }).crypto;
  return source.getRandomValues(new Uint8Array(size));
};

/** What everybody with the same link knows. */
export type Link = Pick<Identity, "meeting" | "psk" | "pskId" | "nameKey">;

export function makeLink(): Link {
  return { meeting: random(16), psk: random(48), pskId: random(30), nameKey: random(32) };
}

export function person(link: Link, name: string, seat: Uint8Array = random(16)): Identity {
  return { ...link, name, seat, random };
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
  readonly link = makeLink();
  readonly groups = new Map<string, MeetingGroup>();
  current: Described = { info: new Uint8Array(0), tree: new Uint8Array(0) };

  at(name: string): MeetingGroup {
    const group = this.groups.get(name);
    if (group === undefined) throw new Error(`${name} is not here`);
    return group;
  }

  async enter(name: string): Promise<MeetingGroup> {
    const identity = person(this.link, name);
    if (this.groups.size === 0) {
      const { group, info, tree } = await MeetingGroup.create(identity);
      this.groups.set(name, group);
      this.current = { info, tree };
      return group;
    }
    const { group, commit, info } = await MeetingGroup.join(this.current, identity);
    await this.spread(commit, name);
    this.groups.set(name, group);
    this.current = describe(group, info);
    return group;
  }

  /** `by` removes the leaves of the people called `names`, or only renews keys. */
  async commit(by: string, ...names: string[]): Promise<Uint8Array> {
    const leaves = names.map((name) => this.at(name).ownLeaf);
    const { group, commit, info } = await this.at(by).commit(leaves);
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
