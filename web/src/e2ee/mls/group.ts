/**
 * The group of one meeting, behind a narrow interface: who is in it, and keys that exactly those people have.
 *
 * A Group is one epoch and never changes. What makes a new epoch returns a new Group; one that is only proposed (`join`, `commit`) counts
 * when the server accepts it, and is dropped with `erase` when it does not. Whoever moves on calls `erase` on the epoch left behind.
 */
import { createGroup } from "ts-mls/clientState.js";
import { mlsExporter } from "ts-mls/keySchedule.js";
import { processPublicMessage } from "ts-mls/processMessages.js";
import type { Proposal } from "ts-mls/proposal.js";
import type { PskIndex } from "ts-mls/pskIndex.js";
import { removeLeafNode } from "ts-mls/ratchetTree.js";
import { toLeafIndex } from "ts-mls/treemath.js";
import { equal } from "./bytes";
import { makeCommit } from "./commit";
import { checkInfo, GROUP_ID_LENGTH, makeInfo } from "./info";
import { makeJoin } from "./join";
import { type Identity, type Member, makeLeaf, readLeaf } from "./leaf";
import { readMessage } from "./message";
import { type AllowedCommit, allow, checkRemovals } from "./policy";
import { GroupError, refuseAs } from "./refusal";
import { keepSecrets, type State, takeOver, toClientState, wipe } from "./state";
import { makeSuite, type Suite } from "./suite";
import { leavesOf } from "./tree";

export type { Identity, Member } from "./leaf";
export { GroupError, type GroupReason } from "./refusal";

/** A proposed epoch: `commit` goes to the server with `info`, the GroupInfo of the epoch that it makes. */
export interface Proposed {
  readonly group: Group;
  readonly commit: Uint8Array;
  readonly info: Uint8Array;
}

export class Group {
  private erased = false;

  private constructor(
    private readonly suite: Suite,
    private readonly identity: Identity,
    private readonly state: State,
    private readonly people: readonly Member[],
  ) {}

  /** A group of one. Epoch 0 counts when the server accepts `groupId` and `info`. */
  static async create(identity: Identity): Promise<{ group: Group; groupId: Uint8Array; info: Uint8Array }> {
    const suite = makeSuite(identity.random);
    const groupId = identity.random(GROUP_ID_LENGTH);
    const own = await makeLeaf(suite, identity);
    const made = await createGroup(
      groupId,
      {
        version: "mls10",
        cipherSuite: suite.name,
        initKey: new Uint8Array(0), // a creator is never welcomed
        leafNode: own.node,
        extensions: [],
        signature: new Uint8Array(0),
      },
      { initPrivateKey: new Uint8Array(0), hpkePrivateKey: own.hpkeKey, signaturePrivateKey: own.signatureKey },
      [],
      suite,
    );
    const state: State = {
      context: made.groupContext,
      confirmationTag: made.confirmationTag,
      tree: made.ratchetTree,
      leaf: 0,
      signatureKey: own.signatureKey,
      pathKeys: { 0: own.hpkeKey },
      secrets: keepSecrets(made.keySchedule),
    };
    const group = new Group(suite, identity, state, [await readLeaf(own.node, 0, identity)]);
    return { group, groupId: groupId.slice(), info: await makeInfo(suite, state) };
  }

  /**
   * Asks to join the group that `info` (a GroupInfo) describes. Refuses with GroupError what a newcomer can see to be wrong; it cannot
   * see whether the group is the current one.
   */
  static async join(info: Uint8Array, identity: Identity): Promise<Proposed> {
    const suite = makeSuite(identity.random);
    const checked = await checkInfo(suite, info, identity);
    const { state, commit } = await refuseAs("malformed", () => makeJoin(suite, checked, identity));
    const own = leavesOf(state.tree).find(({ leaf }) => leaf === state.leaf);
    if (own === undefined) throw new GroupError("malformed");
    const self = await readLeaf(own.node, state.leaf, identity);
    if (checked.members.some(({ seat }) => seat === self.seat)) throw new GroupError("duplicate-seat");
    const group = new Group(suite, identity, state, inOrder([...checked.members, self]));
    return { group, commit, info: await makeInfo(suite, state) };
  }

  /** Fresh keys for everybody, and without the leaves `removes`. Refuses blank leaves, repetition and one's own leaf: `forbidden`. */
  async commit(removes: readonly number[] = []): Promise<Proposed> {
    this.demandSecrets();
    const { suite, state, identity } = this;
    checkRemovals(removes, state.leaf, state);
    const proposals = removes.map((removed): Proposal => ({ proposalType: "remove", remove: { removed } }));
    const tree = removes.reduce((left, removed) => removeLeafNode(left, toLeafIndex(removed)), state.tree);
    const made = await makeCommit(suite, {
      context: state.context,
      confirmationTag: state.confirmationTag,
      tree,
      leaf: state.leaf,
      signatureKey: state.signatureKey,
      sender: { senderType: "member", leafIndex: state.leaf },
      proposals,
      initSecret: state.secrets.init,
      pskSecret: new Uint8Array(suite.kdf.size),
      membershipKey: state.secrets.membership,
    });
    const people = this.people.filter(({ leaf }) => !removes.includes(leaf));
    const group = new Group(suite, identity, made.state, people);
    return { group, commit: made.commit, info: await makeInfo(suite, made.state) };
  }

  /** The epoch that somebody's commit makes. Throws GroupError and changes nothing when the commit is not allowed or not authentic. */
  async process(commit: Uint8Array): Promise<Group> {
    this.demandSecrets();
    const { suite, state, identity } = this;
    const allowed = await allow(readMessage(commit), state, this.people, identity);
    const psks: PskIndex = {
      findPsk: (id) => (id.psktype === "external" && equal(id.pskId, identity.pskId) ? identity.psk : undefined),
    };
    const { newState: next } = await refuseAs("not-authentic", () =>
      processPublicMessage(toClientState(state), allowed.message, psks, suite),
    );
    if (next.groupActiveState.kind !== "active") throw new GroupError("removed");
    const made = takeOver(next, state);
    return new Group(suite, identity, made, peopleAfter(allowed, this.people, made));
  }

  /** Everybody in the group, by leaf: the leaves of the tree and nothing else. */
  members(): readonly Member[] {
    return this.people;
  }

  get ownLeaf(): number {
    return this.state.leaf;
  }

  get epoch(): bigint {
    return this.state.context.epoch;
  }

  get groupId(): Uint8Array {
    return this.state.context.groupId.slice();
  }

  /** MLS-Exporter of RFC 9420, section 8.5: at most 255 * 48 octets. */
  async exportKey(label: string, context: Uint8Array, length: number): Promise<Uint8Array> {
    this.demandSecrets();
    return mlsExporter(this.state.secrets.exporter, label, context, length, this.suite);
  }

  /** The base key of this epoch's media (spec/keys.md, "Media keys"): 32 octets. */
  sframeBaseKey(): Promise<Uint8Array> {
    return this.exportKey("SFrame 1.0 Base Key", new Uint8Array(0), 32);
  }

  /** The same 48 octets at every member of this epoch, and at nobody else. */
  epochAuthenticator(): Uint8Array {
    this.demandSecrets();
    return this.state.secrets.authenticator.slice();
  }

  /** Overwrites this epoch's secrets. Afterwards only `members`, `ownLeaf`, `epoch` and `groupId` answer. */
  erase(): void {
    this.erased = true;
    wipe(this.state);
  }

  private demandSecrets(): void {
    if (this.erased) throw new GroupError("erased");
  }
}

/** Who is in the group after an authentic commit. That these are the leaves of the new tree is checked, not assumed. */
function peopleAfter(commit: AllowedCommit, before: readonly Member[], state: State): readonly Member[] {
  const leaves = leavesOf(state.tree).map(({ leaf }) => leaf);
  const people =
    commit.kind === "member"
      ? before.filter(({ leaf }) => !commit.removed.includes(leaf))
      : inOrder([...before, { leaf: freshLeaf(leaves, before), ...commit.newcomer }]);
  const agree = people.length === leaves.length && people.every(({ leaf }, index) => leaf === leaves[index]);
  if (!agree) throw new GroupError("malformed");
  return people;
}

function freshLeaf(leaves: readonly number[], before: readonly Member[]): number {
  const fresh = leaves.find((leaf) => !before.some((member) => member.leaf === leaf));
  if (fresh === undefined) throw new GroupError("malformed");
  return fresh;
}

function inOrder(people: readonly Member[]): readonly Member[] {
  return [...people].sort((a, b) => a.leaf - b.leaf);
}
