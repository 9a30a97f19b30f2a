/**
 * A forged group for tests: its suite has signatures and hashes, but nothing is ever sealed, so that any 32 octets but
 * zeros are a public key. Everybody's private key is known.
 */
import { ed25519 } from "@noble/curves/ed25519.js";
import { sha384 } from "@noble/hashes/sha2.js";
import { ascii, concat, hex } from "../octets";
import { Charter, type CharterFields, Door, Opens } from "../policy/charter";
import { CAPABILITIES, linkPskId, MeetingPolicy, policyExtensions } from "../policy/meeting";
import {
  accountContent,
  Certificate,
  DETAILS_SIZE,
  guestSubject,
  leafContent,
  Person,
  SEALED_SIZE,
} from "../policy/person";
import { Policy as InForce, type PolicyFields } from "../policy/policy";
import { Rights } from "../policy/rights";
import type { Pending } from "./changes";
import { u32, vector } from "./codec";
import { Commit, HpkeCiphertext, UpdatePath, UpdatePathNode } from "./commit";
import { GroupContext, GroupInfo } from "./context";
import { BASIC, Credential } from "./credential";
import { MlsError, type Rule } from "./errors";
import { Extension, ExtensionType, type RequiredCapabilities } from "./extensions";
import {
  AuthenticatedContent,
  type Content,
  FramedContent,
  member,
  NEW_MEMBER,
  type Sender,
  WireFormat,
} from "./framing";
import { judge } from "./judge";
import { KeyPackage } from "./keypackage";
import { Capabilities, ENDLESS, type LeafFields, LeafNode, Source } from "./leaf";
import {
  ExternalInit,
  type ExternalPsk,
  GroupContextExtensions,
  Inline,
  PreSharedKey,
  PreSharedKeyId,
  type Proposal,
  PskType,
  Reference,
  type ResumptionPsk,
  Update,
} from "./proposals";
import { checkGroupInfo, type Policy, type PublicGroup } from "./public";
import { type Form, type Primitives, Suite, signed } from "./suites";
import { ParentNode, Tree } from "./tree";
import { checkTree } from "./validity";

export const FORM: Form = {
  id: 0xf0a1,
  hashSize: 48,
  kemOutputSize: 32,
  isPublicKey: (key) => key.length === 32 && key.some((octet) => octet !== 0),
};
export const PRIMITIVES: Primitives = {
  hash: async (data) => sha384(data),
  verify: async (publicKey, message, signature) => {
    return publicKey.length === 32 && signature.length === 64 && ed25519.verify(signature, message, publicKey);
  },
};
export const SUITE = new Suite(FORM, PRIMITIVES);
export const MAX = 1 << 18;
export const NOTHING = new Uint8Array(0);
export const ZEROS = new Uint8Array(32);
/** Demands nothing beyond RFC 9420. */
export const UNSAFE_OPEN: Policy = {
  checkInfo: () => undefined,
  checkMessage: () => undefined,
  checkLeaf: () => undefined,
  checkSuccessor: () => undefined,
  checkLeaves: () => undefined,
};

let serial = 0;
export function freshKey(): Uint8Array {
  serial += 1;
  return concat(ascii("key "), u32(serial), new Uint8Array(24));
}

export const seedOf = (person: number): Uint8Array => new Uint8Array(32).fill(person + 1);
export const publicKeyOf = (person: number): Uint8Array => ed25519.getPublicKey(seedOf(person));

async function sign(person: number, label: string, content: Uint8Array): Promise<Uint8Array> {
  return ed25519.sign(signed(label, content), seedOf(person));
}

export const MEETING = new Uint8Array(16).fill(5);
export const PSK_ID = linkPskId(MEETING);
export const NOW = 1_700_000_000_000;
const HOUSE = 200;

/** A person's key is not the key of its leaf. */
export const personOf = (person: number): number => person + 100;
export const subjectOf = (person: number): Uint8Array => guestSubject(publicKeyOf(personOf(person)));
const signAs = (person: number, content: Uint8Array): Uint8Array => ed25519.sign(content, seedOf(person));

/** What somebody else than a guest under the seat that is theirs may be. */
export interface PersonEdit {
  seat?: Uint8Array;
  meeting?: Uint8Array;
  leafKey?: Uint8Array;
  /** Who endorses the leaf. */
  endorser?: number;
  /** The account, and until when it is certified. */
  account?: Uint8Array;
  until?: number;
  /** Who certifies it. */
  house?: number;
}

export function identityOf(person: number, edit: PersonEdit = {}): Uint8Array {
  const { seat = new Uint8Array(16).fill(person), meeting = MEETING, leafKey = publicKeyOf(person) } = edit;
  const [key, details] = [publicKeyOf(personOf(person)), new Uint8Array(DETAILS_SIZE)];
  const endorsement = signAs(edit.endorser ?? personOf(person), leafContent(meeting, seat, leafKey));
  let certificate: Certificate | null = null;
  if (edit.account !== undefined) {
    const until = BigInt(edit.until ?? NOW);
    const said = accountContent(key, edit.account, until, details);
    certificate = new Certificate(edit.account, until, details, signAs(edit.house ?? HOUSE, said));
  }
  return new Person({ seat, key, endorsement, certificate, sealed: new Uint8Array(SEALED_SIZE) }).encoded;
}

/** Person 1 organises, and everybody may come in. */
export const charterOf = (changes: Partial<CharterFields> = {}): Charter =>
  new Charter({
    meeting: MEETING,
    houseKey: publicKeyOf(HOUSE),
    level: 1,
    door: Door.OPEN,
    opens: Opens.ANYBODY,
    everybody: Rights.SOUND,
    organisers: [subjectOf(1)],
    tag: ZEROS,
    ...changes,
  });
export const CHARTER = charterOf();
export const POLICY = InForce.first(CHARTER);
export const policyOf = (changes: Partial<PolicyFields>): InForce => new InForce({ ...POLICY, ...changes });
/** The rules as the server has them; `gone` are the seats that it calls gone. */
export const rulesOf = (charter = CHARTER, gone: readonly Uint8Array[] = []): MeetingPolicy => {
  const isGone = (seat: Uint8Array) => gone.some((one) => hex(one) === hex(seat));
  return new MeetingPolicy(charter, () => NOW, isGone, 0, PRIMITIVES.verify);
};
export const SERVER = rulesOf();

export function leafOf(person: number, changes: Partial<LeafFields> = {}): LeafNode {
  return new LeafNode({
    encryptionKey: freshKey(),
    signatureKey: publicKeyOf(person),
    credential: new Credential(BASIC, identityOf(person)),
    capabilities: CAPABILITIES,
    source: Source.COMMIT,
    lifetime: null,
    parentHash: NOTHING,
    extensions: [],
    signature: NOTHING,
    ...changes,
  });
}

export const GROUP_ID = new Uint8Array(32).fill(7);

export async function signLeaf(leaf: LeafNode, person: number, index = person): Promise<LeafNode> {
  const signature = await sign(person, "LeafNodeTBS", leaf.toBeSigned(GROUP_ID, index));
  return new LeafNode({ ...leaf, signature });
}

export interface PathEdit {
  leaf?: Partial<LeafFields>;
  nodes?: (nodes: readonly UpdatePathNode[]) => readonly UpdatePathNode[];
  signer?: number;
}

/** A path from a leaf of `base`, where the leaf already is; its parent hash is that of the nodes before any edit. */
export async function pathOf(base: Tree, person: number, index = person, edit: PathEdit = {}): Promise<UpdatePath> {
  const sealed = new HpkeCiphertext(ZEROS, ZEROS);
  const honest = base.filteredPath(index).map(
    ({ child }) =>
      new UpdatePathNode(
        freshKey(),
        base.resolution(child).map(() => sealed),
      ),
  );
  const { parentHash } = await base.pathNodes(
    index,
    honest.map(({ encryptionKey }) => encryptionKey),
  );
  const leaf = await signLeaf(leafOf(person, { parentHash, ...edit.leaf }), edit.signer ?? person, index);
  return new UpdatePath(leaf, edit.nodes?.(honest) ?? honest);
}

/** Five members who came in one after the other. */
export async function forge(): Promise<PublicGroup> {
  const first = leafOf(0, { source: Source.KEY_PACKAGE, lifetime: ENDLESS });
  let tree = new Tree(SUITE, [await signLeaf(first, 0)]);
  for (let person = 1; person < 5; person++) {
    const base = tree.place(person, leafOf(person));
    const { leaf, nodes } = await pathOf(base, person);
    const { parents } = await base.pathNodes(
      person,
      nodes.map(({ encryptionKey }) => encryptionKey),
    );
    tree = base.merge(person, leaf, parents);
  }
  const context = new GroupContext(1, SUITE.id, GROUP_ID, 4n, await tree.hash(), ZEROS, policyExtensions(POLICY));
  return { suite: SUITE, context, tree, interimTranscriptHash: ZEROS };
}

export interface Frame {
  sender?: Sender;
  groupId?: Uint8Array;
  epoch?: bigint;
  data?: Uint8Array;
  signer?: number;
  format?: AuthenticatedContent["wireFormat"];
  /** Another group than everybody's. */
  group?: PublicGroup;
}

export const ONE = 1;
export const group = await forge();

/** The same group under another policy. */
export function groupUnder(policy: InForce): PublicGroup {
  const { version, suite, groupId, epoch, treeHash, confirmedTranscriptHash } = group.context;
  const extensions = policyExtensions(policy);
  const context = new GroupContext(version, suite, groupId, epoch, treeHash, confirmedTranscriptHash, extensions);
  return { ...group, context };
}

/** A content of person 1, or of whom `how` says. */
export async function frame(content: Content, how: Frame = {}): Promise<AuthenticatedContent> {
  const { groupId = GROUP_ID, epoch = group.context.epoch, data = NOTHING, sender = member(ONE) } = how;
  const { context } = how.group ?? group;
  const framed = new FramedContent(groupId, epoch, sender, data, content);
  const unsigned = new AuthenticatedContent(how.format ?? WireFormat.PUBLIC_MESSAGE, framed, NOTHING, ZEROS);
  return unsigned.signedWith(await sign(how.signer ?? ONE, "FramedContentTBS", unsigned.toBeSigned(context)));
}

export interface Offer extends Frame {
  proposals?: readonly Proposal[];
  references?: readonly Uint8Array[];
  path?: UpdatePath | null;
  edit?: PathEdit;
  /** The tree that the path is made for, if it is not the one that everybody has. */
  base?: Tree;
}

export async function commitOf({
  proposals = [],
  references = [],
  path,
  edit,
  base = group.tree,
}: Offer): Promise<Commit> {
  const entries = [...references.map((hash) => new Reference(hash)), ...proposals.map((entry) => new Inline(entry))];
  return new Commit(entries, path === undefined ? await pathOf(base, ONE, ONE, edit) : path);
}

/** What person 1 offers as a commit, judged. */
export async function offer(
  policy: Policy,
  what: Offer = {},
  pending?: ReadonlyMap<string, Pending>,
): Promise<unknown> {
  return judge(what.group ?? group, await frame(await commitOf(what), what), policy, pending);
}

export const INIT = new ExternalInit(ZEROS);
export const external = (id = PSK_ID, nonce = new Uint8Array(48)) => psk({ type: PskType.EXTERNAL, id }, nonce);
export const psk = (key: ExternalPsk | ResumptionPsk, nonce = new Uint8Array(48)) =>
  new PreSharedKey(new PreSharedKeyId(key, nonce));
export const resumption = (usage: ResumptionPsk["usage"]): ResumptionPsk => ({
  type: PskType.RESUMPTION,
  usage,
  groupId: GROUP_ID,
  epoch: 1n,
});

/** What a newcomer offers: person 9 on leaf 5, with an edited leaf. */
export async function join(
  policy: Policy,
  edit: PathEdit = {},
  proposals: readonly Proposal[] = [INIT, external()],
  how: Frame = {},
) {
  const path = await pathOf(group.tree.place(5, leafOf(9)), 9, 5, edit);
  return offer(policy, { sender: NEW_MEMBER, signer: edit.signer ?? 9, proposals, path, ...how });
}

export interface PackageEdit {
  version?: number;
  suite?: number;
  initKey?: Uint8Array;
  leaf?: LeafNode;
}

/** The KeyPackage of person 9; `edit` changes its leaf after that was signed. */
export async function packageOf(changes: PackageEdit = {}, edit = (leaf: LeafNode) => leaf) {
  const made = leafOf(9, { source: Source.KEY_PACKAGE, lifetime: ENDLESS });
  const leaf = edit(await signLeaf(changes.leaf ?? made, 9));
  const { version = 1, suite = SUITE.id, initKey = freshKey() } = changes;
  const signature = await sign(9, "KeyPackageTBS", new KeyPackage(version, suite, initKey, leaf, [], NOTHING).body);
  return new KeyPackage(version, suite, initKey, leaf, [], signature);
}

/** A commit by person 1 of an update that person 3 proposed; `edit` changes its leaf after that was signed. */
export async function updated(
  changes: Partial<LeafFields>,
  sender = member(3),
  policy = UNSAFE_OPEN,
  edit = (leaf: LeafNode) => leaf,
): Promise<unknown> {
  const leaf = edit(await signLeaf(leafOf(3, { source: Source.UPDATE, ...changes }), 3));
  const pending = new Map([[hex(ZEROS), { proposal: new Update(leaf), sender }]]);
  return offer(policy, { references: [ZEROS], base: group.tree.update(3, leaf) }, pending);
}

export interface InfoEdit {
  extensions?: readonly Extension[];
  context?: Partial<GroupContext>;
  signer?: number;
  signature?: Uint8Array;
  nodes?: (nodes: (LeafNode | ParentNode | null)[]) => (LeafNode | ParentNode | null)[];
}

export async function infoOf(edit: InfoEdit = {}): Promise<GroupInfo> {
  const c = { ...group.context, ...edit.context };
  const { version, suite, groupId, epoch, treeHash, confirmedTranscriptHash, extensions } = c;
  const context = new GroupContext(version, suite, groupId, epoch, treeHash, confirmedTranscriptHash, extensions);
  const external = new Extension(ExtensionType.EXTERNAL_PUB, vector(freshKey()));
  const unsigned = new GroupInfo(context, edit.extensions ?? [external], ZEROS, edit.signer ?? ONE, NOTHING);
  const signature = edit.signature ?? (await sign(ONE, "GroupInfoTBS", unsigned.body));
  return new GroupInfo(context, unsigned.extensions, ZEROS, unsigned.signer, signature);
}

export const described = async (policy: Policy, edit: InfoEdit = {}) =>
  checkGroupInfo(SUITE, await infoOf(edit), policy, treeOf(edit));

/** The tree that goes with a GroupInfo, edited. */
export const treeOf = ({ nodes }: InfoEdit = {}): Uint8Array =>
  nodes === undefined ? group.tree.encoded : new Tree(SUITE, nodes([...group.tree.nodes])).encoded;

/** The tree with one parent changed, and its own tree hash. */
export async function withParent(
  node: number,
  changes: { parentHash?: Uint8Array; unmerged?: number[] },
): Promise<void> {
  const nodes = [...group.tree.nodes];
  const old = group.tree.parentNode(node) as ParentNode;
  nodes[node] = new ParentNode(old.encryptionKey, changes.parentHash ?? old.parentHash, changes.unmerged ?? []);
  const tree = new Tree(SUITE, nodes);
  const { version, suite, groupId, epoch, confirmedTranscriptHash } = group.context;
  const hash = await tree.hash();
  await checkTree(tree, new GroupContext(version, suite, groupId, epoch, hash, confirmedTranscriptHash, []));
}

export const able = (changes: Partial<Capabilities>): Partial<LeafFields> => {
  const all = { ...CAPABILITIES, ...changes };
  const { versions, suites, extensions, proposals, credentials } = all;
  return { capabilities: new Capabilities(versions, suites, extensions, proposals, credentials) };
};
export const requiring = (required: RequiredCapabilities) =>
  new GroupContextExtensions([new Extension(ExtensionType.REQUIRED_CAPABILITIES, required.encoded)]);

/** What breaks a rule, in several ways. */
export type Attempt = () => unknown;
export type Rules = Partial<Record<keyof typeof Rule, Attempt[]>>;

/** The rule that refuses an attempt, `null` when none does. */
export async function refusalOf(attempt: Attempt): Promise<Rule | null> {
  try {
    await attempt();
    return null;
  } catch (error) {
    if (error instanceof MlsError) return error.rule;
    throw error;
  }
}
