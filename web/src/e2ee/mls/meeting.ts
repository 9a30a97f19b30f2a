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
import { GroupContextExtensions, PreSharedKeyId, type Proposal, PskType, Remove } from "../../core/mls/proposals";
import { Admission, LIFETIME_MS } from "../../core/policy/admission";
import type { Charter } from "../../core/policy/charter";
import { CAPABILITIES, GROUP_ID_SIZE, PSK_NONCE_SIZE, policyExtensions, readPerson } from "../../core/policy/meeting";
import { Policy } from "../../core/policy/policy";
import { MAX_COMMIT, MAX_INFO, MAX_TREE } from "../../core/wire/limits";
import { NONCE_SIZE } from "../keys";
import type { OwnPerson } from "../person";
import { type Committed, commit } from "./commit";
import { create, newLeaf, type OwnLeaf } from "./create";
import { newSignatureKey } from "./ed25519";
import type { Group } from "./group";
import type { Random } from "./hpke";
import { joinExternal } from "./join";
import { type Holder, LinkPolicy, type LinkSecrets } from "./policy";
import { process } from "./process";
import { APARTE, refuseAs, type SignatureKey } from "./suite";

/**
 * Who one is in one meeting, under a seat (16 octets) that the server drew, and what one knows of it.
 *
 * `charter` is one whose tag was checked (`e2ee/charter`); `isGone` says which seats (16 octets) the server called gone.
 */
export interface Identity {
  readonly seat: Uint8Array;
  readonly own: OwnPerson;
  readonly keys: LinkSecrets;
  readonly charter: Charter;
  readonly isGone: (seat: Uint8Array) => boolean;
  readonly random: Random;
  /** Milliseconds since 1970; the system's unless told. */
  readonly clock?: () => number;
}

/** What lets somebody in who knocked: an encoded Admission, and the signature key of the leaf that it names. */
export interface Admitted {
  readonly admission: Uint8Array;
  readonly signatureKey: SignatureKey;
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
    const { random, charter } = identity;
    const policy = policyFor(identity);
    const own = await leafOf(identity, await newSignatureKey(random));
    policy.checkMaker(readPerson(own.node));
    const extensions = policyExtensions(Policy.first(charter));
    const inner = await create(APARTE, policy, random(GROUP_ID_SIZE), own, random, extensions);
    const info = writeMessage(await inner.info({ withTree: false }));
    const group = MeetingGroup.#of(inner, policy, random);
    return { group, groupId: group.groupId, info, tree: inner.public.tree.encoded };
  }

  /**
   * Asks to join the group that is described. Whether it is the current epoch nobody outside can see.
   *
   * `admitted` is what whoever had to knock was given; the proposed epoch has the signature key from then on.
   */
  static async join(
    { info, tree }: Described,
    identity: Identity,
    admitted: Admitted | null = null,
  ): Promise<Proposed> {
    const { random, keys } = identity;
    demand(tree.length <= MAX_TREE, Rule.SIZE);
    const described = readGroupInfo(info, MAX_INFO);
    const policy = policyFor(identity);
    const name = new PreSharedKeyId({ type: PskType.EXTERNAL, id: keys.pskId }, random(PSK_NONCE_SIZE));
    const own = await leafOf(identity, admitted?.signatureKey.copy() ?? (await newSignatureKey(random)));
    const authenticatedData = admitted?.admission ?? new Uint8Array(0);
    const joining = { psks: [{ name, key: keys.psk }], ratchetTree: tree, authenticatedData };
    const made = await joinExternal(APARTE, policy, described, own, random, joining);
    own.encryptionKey.fill(0);
    return MeetingGroup.#proposed(made, policy, random);
  }

  /** Proposes fresh keys for everybody, without the leaves `removes` and, if given, under another policy. */
  async commit(removes: readonly number[] = [], next: Policy | null = null): Promise<Proposed> {
    this.demandSecrets();
    const { inner, policy, random } = this;
    const proposals: Proposal[] = removes.map((leaf) => new Remove(leaf));
    if (next !== null) proposals.push(new GroupContextExtensions(policyExtensions(next)));
    const proposed = await MeetingGroup.#proposed(await commit(inner, proposals, random), policy, random);
    this.#note(removes);
    return proposed;
  }

  /** The epoch that somebody else's commit begins. */
  async process(octets: Uint8Array): Promise<MeetingGroup> {
    this.demandSecrets();
    const message = readMessage(octets, MAX_COMMIT);
    if (!(message instanceof PublicMessage)) throw new MlsError(Rule.ONLY_PUBLIC_COMMITS);
    const next = await process(this.inner, message, this.policy.psks);
    const tree = next.public.tree;
    this.#note(this.people.flatMap(({ leaf }) => (tree.leaf(leaf) === null ? [leaf] : [])));
    return MeetingGroup.#of(next, this.policy, this.random);
  }

  /** Lets our rules know whom a commit removes. */
  #note(removed: readonly number[]): void {
    const leaves = removed.map((leaf) => this.inner.public.tree.leaf(leaf));
    this.policy.left(leaves.flatMap((leaf) => leaf?.signatureKey ?? []));
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

  /** Who may do what in this epoch. */
  get meetingPolicy(): Policy {
    return this.policy.policy(this.inner.public.context);
  }

  /** Who knocks with the identity of a leaf and its signature key (32 octets); throws `MlsError` for nobody. */
  knocker(identity: Uint8Array, leafKey: Uint8Array): Promise<Holder> {
    return this.policy.knocker(identity, leafKey);
  }

  /**
   * Lets somebody in who knocked with a leaf: an encoded Admission, signed by our own leaf.
   *
   * `seat` and `subject` have 16 octets, `leafKey` 32. Whether we may is our right `person:admit` in this epoch, and is
   * asked when the newcomer's commit is judged.
   */
  async admit(seat: Uint8Array, subject: Uint8Array, leafKey: Uint8Array): Promise<Uint8Array> {
    this.demandSecrets();
    const { meeting } = this.policy.charter;
    const until = BigInt(this.policy.now() + LIFETIME_MS);
    const fields = { meeting, seat, subject, leafKey, until, admitter: this.ownLeaf };
    const { content } = new Admission({ ...fields, signature: new Uint8Array(0) });
    return new Admission({ ...fields, signature: await this.inner.signatureKey.sign(content) }).encoded;
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

function policyFor({ keys, charter, isGone, clock }: Identity): LinkPolicy {
  return new LinkPolicy(keys, charter, isGone, clock);
}

/**
 * What a leaf with this public signature key (32 octets) says of us: who knocks shows it before the leaf is made.
 * Throws `MlsError` for a name that nobody may have.
 */
export async function credentialOf(identity: Identity, leafKey: Uint8Array): Promise<Credential> {
  const { keys, charter, seat, own, random } = identity;
  const said = own.identity(keys.nameKey, charter.meeting, seat, leafKey, random(NONCE_SIZE));
  return new Credential(BASIC, (await refuseAs(Rule.IDENTITY, said)).encoded);
}

/** A leaf with this signature key and a fresh encryption key; throws `MlsError` for a name that nobody may have. */
async function leafOf(identity: Identity, key: SignatureKey): Promise<OwnLeaf> {
  return newLeaf(APARTE, await credentialOf(identity, key.publicKey), CAPABILITIES, key, identity.random);
}
