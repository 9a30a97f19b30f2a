/**
 * The group of one meeting (spec/mls.md) behind a narrow interface: who is in it, and keys that only they have.
 *
 * A MeetingGroup is one epoch and never changes. What makes a new epoch returns a new one; one that is only proposed
 * (`join`, `commit`) counts when the server accepts it, and is dropped with `erase` when it does not. Whoever moves on
 * calls `erase` on the epoch left behind.
 */

import { BASIC, Credential } from "../../core/mls/credential";
import { readGroupInfo } from "../../core/mls/delivery";
import { demand, MlsError, Rule } from "../../core/mls/errors";
import { PublicMessage } from "../../core/mls/framing";
import { readMessage, writeMessage } from "../../core/mls/message";
import { CAPABILITIES, GROUP_ID_SIZE, PSK_NONCE_SIZE } from "../../core/mls/policy";
import { PreSharedKeyId, PskType, Remove } from "../../core/mls/proposals";
import { MAX_COMMIT, MAX_INFO, MAX_TREE } from "../../core/wire/limits";
import { NONCE_SIZE, sealIdentity } from "../keys";
import { type Committed, commit } from "./commit";
import { create, newLeaf, type OwnLeaf } from "./create";
import { newSignatureKey } from "./ed25519";
import type { Group } from "./group";
import type { Random } from "./hpke";
import { joinExternal } from "./join";
import { type Holder, LinkPolicy, type LinkSecrets } from "./policy";
import { process } from "./process";
import { APARTE, refuseAs } from "./suite";

/** Who one is in one meeting, under a seat (16 octets) that the server drew, and what one knows of it. */
export interface Identity extends LinkSecrets {
  readonly seat: Uint8Array;
  readonly name: string;
  readonly random: Random;
}

/** Somebody in the group, as the tree says. */
export interface Member extends Holder {
  readonly leaf: number;
}

/** What a newcomer starts from: a GroupInfo (an MLSMessage), and the octets of its `ratchet_tree`. */
export interface Described {
  readonly info: Uint8Array;
  readonly tree: Uint8Array;
}

/** A proposed epoch: `commit` goes to the server with `info`, the GroupInfo of the epoch that it makes. */
export interface Proposed {
  readonly group: MeetingGroup;
  readonly commit: Uint8Array;
  readonly info: Uint8Array;
}

/** What refuses the use of an epoch that its owner has wiped. It is no check of what others send, and has no number. */
const ERASED: Rule = { id: "", reason: "erased" };

/** One epoch as one participant has it. Every refusal is an `MlsError`, and nothing has changed. */
export class MeetingGroup {
  private erased = false;

  private constructor(
    private readonly inner: Group,
    private readonly policy: LinkPolicy,
    private readonly random: Random,
    private readonly people: readonly Member[],
  ) {}

  /** A group of one. Epoch 0 counts when the server accepts what is returned with it. */
  static async create(identity: Identity): Promise<{ group: MeetingGroup; groupId: Uint8Array } & Described> {
    const { random } = identity;
    const policy = new LinkPolicy(identity);
    const inner = await create(APARTE, policy, random(GROUP_ID_SIZE), await leafOf(identity), random);
    const info = writeMessage(await inner.info({ withTree: false }));
    const group = MeetingGroup.#of(inner, policy, random);
    return { group, groupId: group.groupId, info, tree: inner.public.tree.encoded };
  }

  /** Asks to join the group that is described. Whether it is the current epoch nobody outside can see. */
  static async join({ info, tree }: Described, identity: Identity): Promise<Proposed> {
    const { random, pskId, psk } = identity;
    demand(tree.length <= MAX_TREE, Rule.SIZE);
    const described = readGroupInfo(info, MAX_INFO);
    const policy = new LinkPolicy(identity);
    const name = new PreSharedKeyId({ type: PskType.EXTERNAL, id: pskId }, random(PSK_NONCE_SIZE));
    const own = await leafOf(identity);
    const joining = { psks: [{ name, key: psk }], ratchetTree: tree };
    const made = await joinExternal(APARTE, policy, described, own, random, joining);
    own.encryptionKey.fill(0);
    return MeetingGroup.#proposed(made, policy, random);
  }

  /** Proposes fresh keys for everybody, without the leaves `removes`. */
  async commit(removes: readonly number[] = []): Promise<Proposed> {
    this.demandSecrets();
    const { inner, policy, random } = this;
    const proposals = removes.map((leaf) => new Remove(leaf));
    return MeetingGroup.#proposed(await commit(inner, proposals, random), policy, random);
  }

  /** The epoch that somebody else's commit begins. */
  async process(octets: Uint8Array): Promise<MeetingGroup> {
    this.demandSecrets();
    const message = readMessage(octets, MAX_COMMIT);
    if (!(message instanceof PublicMessage)) throw new MlsError(Rule.ONLY_PUBLIC_COMMITS);
    const next = await process(this.inner, message, this.policy.psks);
    return MeetingGroup.#of(next, this.policy, this.random);
  }

  static async #proposed(made: Committed, policy: LinkPolicy, random: Random): Promise<Proposed> {
    const info = writeMessage(await made.group.info({ withTree: false }));
    return { group: MeetingGroup.#of(made.group, policy, random), commit: writeMessage(made.message), info };
  }

  /** What only those need who send MLS messages or branch groups is wiped at once. */
  static #of(inner: Group, policy: LinkPolicy, random: Random): MeetingGroup {
    inner.messages.erase();
    for (const unused of [inner.secrets.senderData, inner.secrets.resumption]) unused.fill(0);
    const people = [...inner.public.tree.leaves()].map(([leaf, node]) => ({ leaf, ...policy.holder(node) }));
    return new MeetingGroup(inner, policy, random, people);
  }

  /** Everybody in the group, by rising leaf: the leaves of the tree and nothing else. */
  members(): readonly Member[] {
    return this.people;
  }

  get ownLeaf(): number {
    return this.inner.leaf;
  }

  get epoch(): bigint {
    return this.inner.epoch;
  }

  get groupId(): Uint8Array {
    return this.inner.groupId.slice();
  }

  /** MLS-Exporter of RFC 9420 section 8.5: at most 255 times 48 octets. */
  async exportKey(label: string, context: Uint8Array, size: number): Promise<Uint8Array> {
    this.demandSecrets();
    return this.inner.export(label, context, size);
  }

  /** The base key of this epoch's media (spec/keys.md): 32 octets. */
  sframeBaseKey(): Promise<Uint8Array> {
    return this.exportKey("SFrame 1.0 Base Key", new Uint8Array(0), 32);
  }

  /** The same 48 octets at every member of this epoch, and at nobody else. */
  epochAuthenticator(): Uint8Array {
    this.demandSecrets();
    return this.inner.epochAuthenticator.slice();
  }

  /** Signs what `e2ee/attest` has made, and nothing else, with the key of our leaf: 64 octets. */
  async attest(content: Uint8Array): Promise<Uint8Array> {
    this.demandSecrets();
    return this.inner.signatureKey.sign(content);
  }

  /** Overwrites this epoch's secrets. Afterwards only `members`, `ownLeaf`, `epoch` and `groupId` answer. */
  erase(): void {
    this.erased = true;
    this.inner.erase();
  }

  private demandSecrets(): void {
    demand(!this.erased, ERASED);
  }
}

/** A leaf with fresh keys; throws `MlsError` for a name that nobody may have. */
async function leafOf({ nameKey, meeting, seat, name, random }: Identity): Promise<OwnLeaf> {
  const sealing = sealIdentity(nameKey, meeting, seat, random(NONCE_SIZE), name);
  const credential = new Credential(BASIC, await refuseAs(Rule.IDENTITY, sealing));
  return newLeaf(APARTE, credential, CAPABILITIES, await newSignatureKey(random), random);
}
