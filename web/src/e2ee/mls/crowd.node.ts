/** A group with all its members in one place, and a history that a seed decides. */

import { expect } from "vitest";
import { BASIC, Credential } from "../../core/mls/credential";
import { Extension, ExtensionType, RequiredCapabilities } from "../../core/mls/extensions";
import { PrivateMessage, PublicMessage } from "../../core/mls/framing";
import { judge } from "../../core/mls/judge";
import { Capabilities } from "../../core/mls/leaf";
import { readMessage, writeMessage } from "../../core/mls/message";
import {
  Add,
  GroupContextExtensions,
  PreSharedKey,
  PreSharedKeyId,
  type Proposal,
  PskType,
  PskUsage,
  Remove,
} from "../../core/mls/proposals";
import { checkGroupInfo, type PublicGroup } from "../../core/mls/public";
import { Welcome } from "../../core/mls/welcome";
import { ascii, hex } from "../../core/octets";
import { openApplication, sealApplication } from "./application";
import { type Committed, commit } from "./commit";
import { create, newKeyPackage, newLeaf, type OwnKeyPackage, type OwnLeaf } from "./create";
import { UNSAFE_OPEN } from "./forge";
import type { Group, Psks } from "./group";
import { join, joinExternal } from "./join";
import { process } from "./process";
import { hearPublic, propose, proposeUpdate } from "./propose";
import { suiteWith, UnsafeKey } from "./suites.node";

export const SUITE = suiteWith(1);
const MAX = 1 << 22;
const ONE = ascii("one");
export const PSKS: Psks = new Map([
  [hex(ONE), new Uint8Array(32).fill(1)],
  [hex(ascii("two")), new Uint8Array(20).fill(2)],
]);

export function abilities(): Capabilities {
  return new Capabilities([1], [SUITE.public.id], [], [], [BASIC]);
}

/** Numbers from a seed (mulberry32): a history can be repeated. */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** At least 0 and below 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  choose<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new RangeError("nothing to choose from");
    return item;
  }

  shuffled<T>(items: readonly T[]): T[] {
    return items
      .map((item) => [this.next(), item] as const)
      .sort(([a], [b]) => a - b)
      .map(([, item]) => item);
  }

  readonly octets = (size: number): Uint8Array<ArrayBuffer> => Uint8Array.from({ length: size }, () => this.below(256));
}

const STEPS = ["add", "external", "update", "refresh", "psk", "policy", "resync", "race", "talk", "remove"] as const;
export type Step = (typeof STEPS)[number];
const NOBODY: ReadonlySet<number> = new Set();

/** Every member's view of one group. After each step all views are compared. */
export class Crowd {
  readonly dice: Dice;
  count = 0;
  /** Somebody outside who has no secret follows as long as commits are in clear. */
  outside: PublicGroup | undefined;
  members: Group[] = [];

  private constructor(seed: number) {
    this.dice = new Dice(seed);
  }

  static async of(seed: number): Promise<Crowd> {
    const crowd = new Crowd(seed);
    const group = await create(SUITE, UNSAFE_OPEN, ascii("crowd"), await crowd.leaf(), crowd.dice.octets);
    crowd.members = [group.with({ keepsResumptions: 2 })];
    crowd.outside = await crowd.look(group);
    return crowd;
  }

  leaf(): Promise<OwnLeaf> {
    this.count += 1;
    const credential = new Credential(BASIC, ascii(`member ${this.count}`));
    const key = new UnsafeKey(SUITE, this.dice.octets(32));
    return newLeaf(SUITE, credential, abilities(), key, this.dice.octets);
  }

  async package(): Promise<OwnKeyPackage> {
    return newKeyPackage(SUITE, await this.leaf(), this.dice.octets);
  }

  private async look(group: Group): Promise<PublicGroup> {
    return checkGroupInfo(SUITE.public, await group.info(), UNSAFE_OPEN);
  }

  private key(): PreSharedKey {
    const nonce = this.dice.octets(SUITE.size);
    const [member] = this.members;
    const shared = [...(member?.resumptions.keys() ?? [])].filter((epoch) =>
      this.members.every(({ resumptions }) => resumptions.has(epoch)),
    );
    if (member === undefined || shared.length === 0 || this.dice.next() < 0.6) {
      return new PreSharedKey(new PreSharedKeyId({ type: PskType.EXTERNAL, id: ONE }, nonce));
    }
    const key = { type: PskType.RESUMPTION, usage: PskUsage.APPLICATION, groupId: member.groupId } as const;
    return new PreSharedKey(new PreSharedKeyId({ ...key, epoch: this.dice.choose(shared) }, nonce));
  }

  async step(): Promise<Step> {
    const removals = new Array<Step>(this.members.length > 8 ? 2 : 0).fill("remove");
    const step = this.dice.choose([...STEPS, ...removals]);
    await this[step]();
    await this.agree();
    return step;
  }

  private async agree(): Promise<void> {
    const [first] = this.members;
    const views = this.members.map(async (member) => {
      const exported = await member.export("walk", ascii("context"), 40);
      const { context, tree } = member.public;
      for (const [node, key] of member.keys) {
        expect(hex(await SUITE.kem.publicKey(key))).toBe(hex(tree.nodes[node]?.encryptionKey ?? key));
      }
      return [member.epochAuthenticator, exported, context.encoded, tree.encoded].map(hex).join();
    });
    expect(new Set(await Promise.all(views)).size).toBe(1);
    expect(hex(this.outside?.context.encoded ?? ONE)).toBe(hex(first?.public.context.encoded ?? ONE));
    const interim = this.outside?.interimTranscriptHash ?? ONE;
    expect(hex(interim)).toBe(hex(first?.public.interimTranscriptHash ?? ONE));
  }

  /** Everybody follows; the octets travel as they would. A newcomer comes last. */
  private async deliver(made: Committed, committer: Group | null, removed: ReadonlySet<number>): Promise<void> {
    const message = readMessage(writeMessage(made.message), MAX);
    if (!(message instanceof PublicMessage || message instanceof PrivateMessage)) throw new Error("no commit");
    const after: Group[] = [];
    for (const member of this.members) {
      if (member.leaf === committer?.leaf) after.push(made.group);
      else if (!removed.has(member.leaf)) after.push(await process(member, message, PSKS));
    }
    if (committer === null) after.push(made.group.with({ keepsResumptions: 2 }));
    const pending = this.members[0]?.pending;
    if (message instanceof PublicMessage && this.outside !== undefined) {
      this.outside = (await judge(this.outside, message.authenticated, UNSAFE_OPEN, pending)).after;
    } else {
      this.outside = await this.look(made.group);
    }
    this.members = after;
  }

  private async commit(proposals: readonly Proposal[], removed = NOBODY): Promise<Committed> {
    const committer = this.dice.choose(this.members.filter(({ leaf }) => !removed.has(leaf)));
    const options = { psks: PSKS, withPath: this.dice.next() < 0.7, sealed: this.dice.next() < 0.3 };
    const made = await commit(committer, proposals, this.dice.octets, options);
    await this.deliver(made, committer, removed);
    return made;
  }

  async add(): Promise<void> {
    const owns = await Promise.all(Array.from({ length: 1 + this.dice.below(3) }, () => this.package()));
    const proposals: Proposal[] = owns.map(({ keyPackage }) => new Add(keyPackage));
    const id = { type: PskType.EXTERNAL, id: ONE } as const;
    if (this.dice.next() < 0.3) proposals.push(new PreSharedKey(new PreSharedKeyId(id, this.dice.octets(SUITE.size))));
    const { welcome } = await this.commit(proposals);
    if (welcome === null) throw new Error("no Welcome");
    const message = readMessage(writeMessage(welcome), MAX);
    if (!(message instanceof Welcome)) throw new Error("no Welcome");
    for (const own of owns) {
      const group = await join(SUITE, UNSAFE_OPEN, message, own, { psks: PSKS });
      this.members.push(group.with({ keepsResumptions: 2 }));
    }
  }

  async remove(): Promise<void> {
    if (this.members.length < 2) return;
    const leaves = this.dice.shuffled(this.members.map(({ leaf }) => leaf));
    const gone = leaves.slice(0, 1 + this.dice.below(Math.floor(leaves.length / 2)));
    await this.commit(
      gone.map((leaf) => new Remove(leaf)),
      new Set(gone),
    );
  }

  async refresh(): Promise<void> {
    await this.commit([]);
  }

  async psk(): Promise<void> {
    await this.commit([this.key()]);
  }

  async policy(): Promise<void> {
    const required = new RequiredCapabilities([], [], [BASIC]).encoded;
    const extension = new Extension(ExtensionType.REQUIRED_CAPABILITIES, required);
    const gone = this.members.length > 2 && this.dice.next() < 0.5 ? [this.dice.choose(this.members).leaf] : [];
    const extensions = new GroupContextExtensions(this.dice.next() < 0.5 ? [extension] : []);
    await this.commit([extensions, ...gone.map((leaf) => new Remove(leaf))], new Set(gone));
  }

  /** Somebody proposes fresh keys, somebody else a key from elsewhere; a third commits both by reference. */
  async update(): Promise<void> {
    if (this.members.length < 2) return;
    const updating = this.dice.below(this.members.length);
    for (const [place, isUpdate] of [
      [updating, true] as const,
      [this.dice.below(this.members.length), false] as const,
    ]) {
      const member = this.members[place] as Group;
      const made = isUpdate ? await proposeUpdate(member, this.dice.octets) : await propose(member, this.key());
      const heard = this.members.map((one, at) => (at === place ? made.group : hearPublic(one, made.message)));
      this.members = await Promise.all(heard);
    }
    const references = [...(this.members[0]?.pending.keys() ?? [])].map(
      (text) => new Uint8Array(Buffer.from(text, "hex")),
    );
    const committer = this.dice.choose(this.members.filter((_, at) => at !== updating));
    const made = await commit(committer, [], this.dice.octets, { references, psks: PSKS });
    await this.deliver(made, committer, NOBODY);
  }

  async external(): Promise<void> {
    const name = new PreSharedKeyId({ type: PskType.EXTERNAL, id: ONE }, this.dice.octets(SUITE.size));
    const info = await this.dice.choose(this.members).info();
    const psks = [{ name, key: PSKS.get(hex(ONE)) ?? ONE }];
    const made = await joinExternal(SUITE, UNSAFE_OPEN, info, await this.leaf(), this.dice.octets, { psks });
    await this.deliver(made, null, NOBODY);
  }

  /** A member has lost its state and comes back in the place of its former leaf. */
  async resync(): Promise<void> {
    if (this.members.length < 2) return;
    const lost = this.dice.choose(this.members);
    const info = await this.dice.choose(this.members.filter((member) => member !== lost)).info();
    const removes = [lost.leaf];
    const made = await joinExternal(SUITE, UNSAFE_OPEN, info, await this.leaf(), this.dice.octets, { removes });
    await this.deliver(made, null, new Set(removes));
  }

  /** Two commit at once: one of them is lost, with everything that its maker derived. */
  async race(): Promise<void> {
    const lost = await commit(this.dice.choose(this.members), [], this.dice.octets);
    lost.group.erase();
    await this.commit([]);
  }

  /** Three messages arrive in another order. */
  async talk(): Promise<void> {
    const speaker = this.dice.below(this.members.length);
    const sent: PrivateMessage[] = [];
    const about = { authenticatedData: ascii("seen"), padding: 9 };
    for (let count = 0; count < 3; count++) {
      const made = await sealApplication(this.members[speaker] as Group, ascii("hello"), this.dice.octets, about);
      this.members[speaker] = made.group;
      sent.push(made.message);
    }
    const arrived = this.dice.shuffled(sent);
    for (const [at, member] of this.members.entries()) {
      if (at === speaker) continue;
      let group = member;
      for (const message of arrived) {
        const opened = await openApplication(group, message);
        expect(opened.received).toEqual({
          sender: this.members[speaker]?.leaf,
          data: ascii("hello"),
          authenticatedData: ascii("seen"),
        });
        group = opened.group;
      }
      this.members[at] = group;
    }
  }
}
