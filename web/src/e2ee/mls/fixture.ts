/** Meetings for tests: people of one link, a server that orders commits, and a look inside that product code does not have. */

import { type Bytes, concat } from "../bytes";
import { Group, type Identity } from "./group";
import { hkdfSha384 } from "./hkdf";
import type { State } from "./state";
import type { Suite } from "./suite";

export function random(length: number): Bytes {
  const source = (globalThis as unknown as { crypto: { getRandomValues(into: Bytes): Bytes } }).crypto;
  return source.getRandomValues(new Uint8Array(length));
}

/** What everybody with the same link knows. */
export type Link = Pick<Identity, "meeting" | "psk" | "pskId" | "nameKey">;

export function makeLink(): Link {
  return { meeting: random(16), psk: random(48), pskId: random(30), nameKey: random(32) };
}

export function person(link: Link, name: string, seat: Uint8Array = random(16)): Identity {
  return { ...link, name, seat, random };
}

/** For forging: the state and suite of a group. */
export function unsafeInside(group: Group): { state: State; suite: Suite } {
  return group as unknown as { state: State; suite: Suite };
}

/** A server that does what it should: the first commit of an epoch wins, everybody else gets it. */
export class Meeting {
  readonly link = makeLink();
  readonly groups = new Map<string, Group>();
  info: Uint8Array = new Uint8Array(0);

  at(name: string): Group {
    const group = this.groups.get(name);
    if (group === undefined) throw new Error(`${name} is not here`);
    return group;
  }

  async enter(name: string): Promise<Group> {
    const identity = person(this.link, name);
    if (this.groups.size === 0) {
      const { group, info } = await Group.create(identity);
      this.groups.set(name, group);
      this.info = info;
      return group;
    }
    const { group, commit, info } = await Group.join(this.info, identity);
    await this.spread(commit, name);
    this.groups.set(name, group);
    this.info = info;
    return group;
  }

  /** `by` removes the leaves of the people called `names`, or only renews keys. */
  async commit(by: string, ...names: string[]): Promise<Uint8Array> {
    const leaves = names.map((name) => this.at(name).ownLeaf);
    const { group, commit, info } = await this.at(by).commit(leaves);
    for (const name of names) this.groups.delete(name);
    await this.spread(commit, by);
    this.groups.set(by, group);
    this.info = info;
    return commit;
  }

  private async spread(commit: Uint8Array, from: string): Promise<void> {
    for (const [name, group] of this.groups) {
      if (name !== from) this.groups.set(name, await group.process(commit));
    }
  }
}

/** One value for everything that members of one epoch must agree on. */
export async function view(group: Group): Promise<string> {
  const key = await group.exportKey("test", Uint8Array.of(1, 2), 40);
  const digest = await hkdfSha384.hash(
    concat(group.epochAuthenticator(), key, await group.sframeBaseKey(), group.groupId),
  );
  return JSON.stringify([digest.join(), String(group.epoch), group.members()]);
}
