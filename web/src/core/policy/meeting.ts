/** What a meeting allows beyond RFC 9420 (spec/mls.md sections 2 and 3, spec/policy.md): its policy decides. */

import { Commit } from "../mls/commit";
import type { GroupContext, GroupInfo } from "../mls/context";
import { BASIC, type Credential } from "../mls/credential";
import { checkInfoExtensions } from "../mls/delivery";
import { demand, MlsError, Rule } from "../mls/errors";
import { Extension, type Extensions } from "../mls/extensions";
import { type AuthenticatedContent, type FramedContent, SenderType, WireFormat } from "../mls/framing";
import { Capabilities, type LeafNode, Source } from "../mls/leaf";
import {
  ExternalInit,
  GroupContextExtensions,
  Inline,
  PreSharedKey,
  type Proposal,
  PskType,
  Remove,
} from "../mls/proposals";
import type { Policy as MlsPolicy, PublicGroup } from "../mls/public";
import { APARTE, isEd25519Key, VERSION } from "../mls/suites";
import { ParentNode, type Tree } from "../mls/tree";
import { allDiffer, ascii, concat, equal, nameOf } from "../octets";
import { Admission } from "./admission";
import type { Charter } from "./charter";
import { checkAdmission, checkChange, checkOpening, checkRemoval, needsAdmission } from "./check";
import { PolicyError } from "./errors";
import { Person, type Verify } from "./person";
import { Policy } from "./policy";

/** The extension type of the policy, in the range for private use (RFC 9420 section 17.3). */
export const POLICY_TYPE = 0xf0a2;
export const GROUP_ID_SIZE = 32;
export const PSK_NONCE_SIZE = 48;
export const MAX_LEAVES = 1_024;
export const SIGNATURE_KEY_SIZE = 32;

/** The only abilities a leaf may state: there is nothing to negotiate. */
export const CAPABILITIES = new Capabilities([VERSION], [APARTE.id], [POLICY_TYPE], [], [BASIC]);

const MOST_VOUCHED = 4 * MAX_LEAVES;

/** The id of the pre-shared key that a meeting's link gives (spec/keys.md); the meeting id has 16 octets. */
export function linkPskId(meeting: Uint8Array): Uint8Array<ArrayBuffer> {
  return concat(ascii("aparte/1 link\0"), meeting);
}

/** The extensions of a GroupContext in which a policy is in force. */
export function policyExtensions(policy: Policy): Extensions {
  return [new Extension(POLICY_TYPE, policy.encoded)];
}

// Every commit of an epoch is judged by the same policy, and by the same people's leaves.
const POLICIES = new WeakMap<Extension, Policy>();
const PERSONS = new WeakMap<Credential, Person>();

/** The policy that a GroupContext's extensions hold; throws `MlsError` when they hold anything else. */
export function readPolicy(extensions: Extensions): Policy {
  const [extension, ...others] = extensions;
  if (extension === undefined || extension.type !== POLICY_TYPE || others.length > 0) {
    throw new MlsError(Rule.CONTEXT_POLICY);
  }
  const policy = POLICIES.get(extension) ?? attempt(() => Policy.read(extension.data));
  if (policy === null) throw new MlsError(Rule.CONTEXT_POLICY);
  POLICIES.set(extension, policy);
  return policy;
}

/** The person whom a leaf names; throws `MlsError`. Nothing vouches for it yet. */
export function readPerson({ credential }: LeafNode): Person {
  demand(credential.type === BASIC, Rule.IDENTITY);
  const person = PERSONS.get(credential) ?? attempt(() => Person.read(credential.identity));
  if (person === null) throw new MlsError(Rule.IDENTITY);
  PERSONS.set(credential, person);
  return person;
}

/** What a leaf says of its holder, as the key of sets and maps: what was checked of it once holds for the next one. */
export function wordOf(identity: Uint8Array, leafKey: Uint8Array): string {
  return nameOf(identity) + nameOf(leafKey);
}

/** The rules that everybody can check, the server too. Who holds the link also opens the names. */
export class MeetingPolicy implements MlsPolicy {
  readonly #pskId: Uint8Array;
  readonly #vouched = new Set<string>();
  readonly #left = new Set<string>();

  /**
   * @param charter The meeting's.
   * @param clock Milliseconds since 1970.
   * @param isGone Says whether a seat (16 octets) never comes back: that is the server's word.
   * @param skew How wrong the clock may be, in milliseconds.
   * @param verifySignature Verifies by Ed25519; what has the wrong form does not hold.
   */
  constructor(
    readonly charter: Charter,
    private readonly clock: () => number,
    private readonly isGone: (seat: Uint8Array) => boolean,
    private readonly skew: number,
    private readonly verifySignature: Verify,
  ) {
    this.#pskId = linkPskId(charter.meeting);
  }

  /** Milliseconds since 1970. */
  now(): number {
    return this.clock();
  }

  /** The policy in force; throws `MlsError` for one of another meeting. */
  policy(context: GroupContext): Policy {
    const policy = readPolicy(context.extensions);
    demand(equal(policy.charter.encoded, this.charter.encoded), Rule.CONTEXT_POLICY);
    return policy;
  }

  /** Checks the form of a group that is described to us. */
  checkInfo(info: GroupInfo, tree: Tree): void {
    const { context } = info;
    demand(tree.suite.id === APARTE.id, Rule.ONLY_SUITE);
    demand(context.groupId.length === GROUP_ID_SIZE, Rule.GROUP_ID);
    this.policy(context);
    checkInfoExtensions(info);
    demand(tree.size <= MAX_LEAVES, Rule.LEAVES);
    for (const node of tree.nodes) {
      demand(!(node instanceof ParentNode) || node.unmergedLeaves.length === 0, Rule.NO_UNMERGED);
    }
  }

  /** Checks that a message is a commit of one of the two kinds that there are, by somebody who may make it. */
  async checkMessage(group: PublicGroup, message: AuthenticatedContent): Promise<void> {
    const { framed } = message;
    const commit = framed.content;
    if (message.wireFormat !== WireFormat.PUBLIC_MESSAGE || !(commit instanceof Commit)) {
      throw new MlsError(Rule.ONLY_PUBLIC_COMMITS);
    }
    const joins = framed.sender.type === SenderType.NEW_MEMBER_COMMIT;
    demand(joins || framed.authenticatedData.length === 0, Rule.AUTHENTICATED_DATA);
    const proposals = commit.proposals.map((entry) => {
      if (!(entry instanceof Inline)) throw new MlsError(Rule.BY_VALUE);
      return entry.proposal;
    });
    if (joins) {
      this.#checkJoin(proposals);
      demand(group.tree.freeLeaf() < MAX_LEAVES, Rule.LEAVES);
    } else {
      checkKinds(proposals);
    }
    if (commit.path === null) throw new MlsError(Rule.ALWAYS_A_PATH);
    if (joins) await this.#checkComingIn(group, framed, commit.path.leaf);
    else this.#checkRights(group, framed, proposals);
  }

  #checkJoin(proposals: readonly Proposal[]): void {
    const inits = proposals.filter((proposal) => proposal instanceof ExternalInit);
    const psks = proposals.filter((proposal) => proposal instanceof PreSharedKey);
    demand(inits.length === 1 && inits.length + psks.length === proposals.length, Rule.JOIN_EXACTLY);
    const [one, ...others] = psks;
    if (one === undefined || others.length > 0) throw new MlsError(Rule.LINK_PSK);
    const { key, nonce } = one.psk;
    const isOurs = key.type === PskType.EXTERNAL && equal(key.id, this.#pskId);
    demand(isOurs && nonce.length === PSK_NONCE_SIZE, Rule.LINK_PSK);
  }

  /** Checks that the policy lets somebody in: who it is says the leaf, which is checked with all others. */
  async #checkComingIn(group: PublicGroup, framed: FramedContent, leaf: LeafNode): Promise<void> {
    // Otherwise an admission would let somebody in again who was removed.
    demand(!this.#left.has(nameOf(leaf.signatureKey)), Rule.KEY_RETURNS);
    const [person, data] = [readPerson(leaf), framed.authenticatedData];
    this.#checkTime(person);
    const policy = this.policy(group.context);
    const isNeeded = attempt(() => needsAdmission(policy, person));
    if (isNeeded === null || (isNeeded && data.length === 0)) throw new MlsError(Rule.COMING_IN);
    if (data.length > 0) await this.checkAdmitted(group, data, person, leaf.signatureKey);
  }

  /** Checks that an admission lets a person in with a leaf, now; throws `MlsError`. */
  async checkAdmitted(group: PublicGroup, octets: Uint8Array, person: Person, leafKey: Uint8Array): Promise<void> {
    const admission = attempt(() => Admission.read(octets));
    if (admission === null) throw new MlsError(Rule.AUTHENTICATED_DATA);
    const admitter = group.tree.leaf(admission.admitter);
    if (admitter === null) throw new MlsError(Rule.ADMISSION);
    const [policy, by] = [this.policy(group.context), readPerson(admitter)];
    const key = admitter.signatureKey;
    const checked = checkAdmission(this.verifySignature, policy, admission, person, leafKey, by, key);
    demand(await holds(checked), Rule.ADMISSION);
    const isInTime = isAllowed(() => admission.checkTime(this.clock(), this.skew));
    demand(isInTime, Rule.ADMISSION);
  }

  /** Checks that a member may remove whom it removes and change what it changes, by the policy before it. */
  #checkRights(group: PublicGroup, framed: FramedContent, proposals: readonly Proposal[]): void {
    const committer = group.tree.leaf(framed.sender.index);
    if (committer === null || proposals.length === 0) return;
    const [policy, actor] = [this.policy(group.context), readPerson(committer).subject];
    for (const proposal of proposals) {
      if (proposal instanceof GroupContextExtensions) {
        const next = readPolicy(proposal.extensions);
        demand(
          isAllowed(() => checkChange(policy, next, actor)),
          Rule.POLICY_CHANGE,
        );
      } else if (proposal instanceof Remove) {
        const removed = group.tree.leaf(proposal.removed);
        const person = removed === null ? null : readPerson(removed);
        if (person === null || this.isGone(person.seat)) continue;
        demand(
          isAllowed(() => checkRemoval(policy, actor, person.subject)),
          Rule.REMOVAL,
        );
      }
    }
  }

  /** Checks that a leaf is one that a client of ours makes, and names a person who says so. */
  async checkLeaf(leaf: LeafNode, index: number): Promise<void> {
    demand(equal(leaf.capabilities.encoded, CAPABILITIES.encoded), Rule.CAPABILITIES);
    demand(leaf.extensions.length === 0, Rule.NO_LEAF_EXTENSIONS);
    const isFirst = leaf.source === Source.KEY_PACKAGE && index === 0;
    demand(leaf.source === Source.COMMIT || isFirst, Rule.SOURCES);
    const person = readPerson(leaf);
    demand(leaf.signatureKey.length === SIGNATURE_KEY_SIZE, Rule.IDENTITY);
    demand(isEd25519Key(leaf.signatureKey), Rule.SIGNATURE_KEY);
    await this.#checkWord(leaf.credential.identity, leaf.signatureKey, person);
  }

  /** Checks who somebody is: once, because nobody changes that afterwards. */
  async #checkWord(identity: Uint8Array, leafKey: Uint8Array, person: Person): Promise<void> {
    const word = wordOf(identity, leafKey);
    if (this.#vouched.has(word)) return;
    const { meeting, houseKey } = this.charter;
    demand(await holds(person.verify(this.verifySignature, meeting, leafKey, houseKey)), Rule.PERSON);
    if (this.#vouched.size >= MOST_VOUCHED) this.#vouched.clear();
    this.#vouched.add(word);
  }

  /** Checks who knocks: the identity of a leaf that would come, and its signature key; throws `MlsError`. */
  async checkKnock(identity: Uint8Array, leafKey: Uint8Array): Promise<Person> {
    const person = attempt(() => Person.read(identity));
    if (person === null) throw new MlsError(Rule.IDENTITY);
    demand(isEd25519Key(leafKey), Rule.SIGNATURE_KEY);
    await this.#checkWord(identity, leafKey, person);
    this.#checkTime(person);
    return person;
  }

  /** Checks that somebody may make the group, with a certificate that is not over. */
  checkMaker(person: Person): void {
    demand(
      isAllowed(() => checkOpening(this.charter, person)),
      Rule.OPENING,
    );
    this.#checkTime(person);
  }

  #checkTime({ certificate }: Person): void {
    demand(
      isAllowed(() => certificate?.checkTime(this.clock(), this.skew)),
      Rule.CERTIFICATE_TIME,
    );
  }

  /** Hears whose leaves were removed: none of these signature keys comes back. */
  left(signatureKeys: readonly Uint8Array[]): void {
    for (const key of signatureKeys) this.#left.add(nameOf(key));
  }

  /** Checks that a member stays who it is. */
  checkSuccessor(old: LeafNode, replacement: LeafNode): void {
    const isSame =
      equal(replacement.credential.encoded, old.credential.encoded) &&
      equal(replacement.signatureKey, old.signatureKey);
    demand(isSame, Rule.IDENTITY_STAYS);
  }

  /** Checks that every seat has one leaf. */
  checkLeaves(tree: Tree): void {
    const seats = [...tree.leaves()].map(([, leaf]) => readPerson(leaf).seat);
    demand(allDiffer(seats), Rule.SEAT_UNIQUE);
  }
}

/** Checks what a member's commit holds: removals, and at most one policy. */
function checkKinds(proposals: readonly Proposal[]): void {
  const removes = proposals.filter((proposal) => proposal instanceof Remove);
  const changes = proposals.filter((proposal) => proposal instanceof GroupContextExtensions);
  demand(changes.length <= 1 && changes.length + removes.length === proposals.length, Rule.MEMBER_PROPOSALS);
}

/** What something gives, or `null` where the policy forbids it or its octets are none. */
function attempt<T>(what: () => T): T | null {
  try {
    return what();
  } catch (error) {
    if (error instanceof PolicyError) return null;
    throw error;
  }
}

function isAllowed(check: () => void): boolean {
  return attempt(check) !== null;
}

async function holds(checked: Promise<void>): Promise<boolean> {
  try {
    await checked;
    return true;
  } catch (error) {
    if (error instanceof PolicyError) return false;
    throw error;
  }
}
