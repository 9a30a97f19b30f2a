/** Rules that are kept in more than one place: each place, and each part of a condition, is broken alone. */
import { expect, test } from "vitest";
import { concat } from "../octets";
import { decode, MAX_ITEMS, type Reader, u16, vector } from "./codec";
import { GroupContext } from "./context";
import { BASIC, Credential, X509 } from "./credential";
import { follow, followFrom } from "./delivery";
import { MlsError, Rule } from "./errors";
import { Extension, ExtensionType, RequiredCapabilities } from "./extensions";
import {
  able,
  commitOf,
  described,
  frame,
  GROUP_ID,
  group,
  identityOf,
  infoOf,
  leafOf,
  MAX,
  NOTHING,
  offer,
  packageOf,
  publicKeyOf,
  type Rules,
  refusalOf,
  SERVER,
  SUITE,
  signLeaf,
  treeOf,
  UNSAFE_OPEN,
  updated,
  ZEROS,
} from "./fixture";
import { AuthenticatedContent, member, PrivateMessage, PublicMessage, Sender } from "./framing";
import { hear, judge } from "./judge";
import { ENDLESS, type LeafFields, LeafNode, Source } from "./leaf";
import { writeMessage } from "./message";
import { Add, PreSharedKeyId, Remove, readProposalOrRef } from "./proposals";
import type { Policy } from "./public";
import { type Node, ParentNode, Tree } from "./tree";
import { checkExtensionsShared, checkLeaf, checkTree } from "./validity";

const empty = vector(NOTHING);
const epoch = new Uint8Array(8);
const read =
  <T>(reading: (reader: Reader) => T, ...octets: (Uint8Array | number[])[]) =>
  () =>
    decode(concat(...octets.map((part) => Uint8Array.from(part))), reading);

/** The tree with some nodes changed, and a context with its own tree hash. */
async function checkChanged(changes: Record<number, Node>, extensions: readonly Extension[] = []): Promise<void> {
  const tree = new Tree(
    SUITE,
    group.tree.nodes.map((node, at) => changes[at] ?? node),
  );
  return checkAlone(tree, extensions);
}

async function checkAlone(tree: Tree, extensions: readonly Extension[] = []): Promise<void> {
  const { version, suite, confirmedTranscriptHash } = group.context;
  const hash = await tree.hash();
  await checkTree(tree, new GroupContext(version, suite, GROUP_ID, 4n, hash, confirmedTranscriptHash, extensions));
}

/** A tree without a parent, so that nothing but its leaf is wrong when the leaf is. */
async function alone(changes: Partial<LeafFields>, unsigned: Partial<LeafFields> = {}): Promise<Tree> {
  const first = leafOf(0, { source: Source.KEY_PACKAGE, lifetime: ENDLESS, ...changes });
  return new Tree(SUITE, [new LeafNode({ ...(await signLeaf(first, 0)), ...unsigned })]);
}

const changedLeaf = (index: number, changes: Partial<LeafFields>): LeafNode =>
  new LeafNode({ ...(group.tree.leaf(index) as LeafNode), ...changes });

/** Refuses leaves that do not come by a path. */
const picky = (rule: Rule): Policy => {
  const refuse = (leaf: LeafNode) => {
    if (leaf.source !== Source.COMMIT) throw new MlsError(rule);
  };
  const only =
    rule === Rule.IDENTITY ? { checkLeaf: refuse } : { checkSuccessor: (_: LeafNode, leaf: LeafNode) => refuse(leaf) };
  return { ...UNSAFE_OPEN, ...only };
};

/** A list in a list, which together have one item more than there may be. */
const MANY = vector(vector(new Uint8Array(MAX_ITEMS)));
const REQUIRED = [new Extension(ExtensionType.REQUIRED_CAPABILITIES, new RequiredCapabilities([77]).encoded)];
const UNKNOWN = [new Extension(77, NOTHING)];
const bent = (leaf: LeafNode) => new LeafNode({ ...leaf, signature: new Uint8Array(64) });
const withUnmerged = (node: number, unmerged: number[]) => {
  const { encryptionKey, parentHash } = group.tree.parentNode(node) as ParentNode;
  return new ParentNode(encryptionKey, parentHash, unmerged);
};

const PLACES: Rules = {
  WIRE_FORMAT: [
    async () => follow(group, writeMessage(await infoOf()), SERVER, MAX),
    async () => {
      const message = new PublicMessage(await frame(await commitOf({})), NOTHING);
      return followFrom(SUITE, writeMessage(message), treeOf(), SERVER, MAX);
    },
  ],
  ENCODING: [
    // A length of eight octets, one longer than it must be, items that go on behind the end, a presence of 2.
    read((reader) => reader.vector(), [0xc0, 0, 0x40, 0], new Uint8Array(1 << 14)),
    read((reader) => reader.vector(), [0x40, 0x3f], new Uint8Array(63)),
    read((reader) => reader.items((inner) => inner.items((last) => last.u8())), [2, 2, 1, 1]),
    read((reader) => reader.optional((inner) => inner.u8()), [2]),
    // An odd list of pairs of octets; one item too many in one list, and in two together.
    read((reader) => reader.u16s(), [3, 0, 0, 0]),
    () => {
      const leaf = concat(Uint8Array.of(1, 1), leafOf(1).encoded);
      return Tree.decode(SUITE, vector(concat(new Uint8Array(MAX_ITEMS), leaf)));
    },
    read((reader) => reader.items((inner) => inner.items((last) => last.u8())), MANY),
    // Every number that says what follows, with one that stands for nothing.
    read(Sender.read, [5]),
    read(PrivateMessage.read, empty, epoch, [4], empty, empty, empty),
    read(AuthenticatedContent.read, u16(3), empty, epoch, [4], empty, [1], empty, empty),
    read(LeafNode.read, empty, empty, u16(BASIC), empty, empty, empty, empty, empty, empty, [4], empty, empty),
    read(readProposalOrRef, [3]),
    read(PreSharedKeyId.read, [3, 1], empty, epoch, empty),
    read(PreSharedKeyId.read, [2, 4], empty, epoch, empty),
    () => Tree.decode(SUITE, vector(Uint8Array.of(1, 3))),
    // A chain of certificates is a list of octets, whoever made them.
    read(Credential.read, u16(X509), vector(Uint8Array.of(5, 1, 1))),
  ],
  GROUP: [
    async () => hear(group, await frame(new Remove(0), { groupId: ZEROS }), UNSAFE_OPEN),
    async () => judge(group, await frame(await commitOf({}), { groupId: ZEROS }), UNSAFE_OPEN),
  ],
  SENDER: [() => updated({}, member(6))],
  SENDER_CONTENT: [async () => hear(group, await frame(await commitOf({})), UNSAFE_OPEN)],
  LEAF_SIGNATURE: [
    async () => checkAlone(await alone({}, { signature: new Uint8Array(64) })),
    () => updated({}, member(3), UNSAFE_OPEN, bent),
    async () => offer(UNSAFE_OPEN, { proposals: [new Add(await packageOf({}, bent))] }),
  ],
  LEAF_CREDENTIAL: [
    () => updated(able({ credentials: [] })),
    async () => {
      const leaf = leafOf(9, { source: Source.KEY_PACKAGE, lifetime: ENDLESS, ...able({ credentials: [] }) });
      return offer(UNSAFE_OPEN, { proposals: [new Add(await packageOf({ leaf }))] });
    },
  ],
  LEAF_EXTENSION: [async () => checkAlone(await alone({ extensions: UNKNOWN }))],
  LEAF_REQUIRED: [
    () => checkLeaf(group.tree, leafOf(1), REQUIRED),
    () => checkExtensionsShared(group.tree, REQUIRED),
    () => checkChanged({}, REQUIRED),
  ],
  CREDENTIALS_SHARED: [() => checkChanged({ 0: changedLeaf(0, { credential: new Credential(X509, NOTHING) }) })],
  PUBLIC_KEY: [
    async () => {
      const leaf = leafOf(9, { source: Source.KEY_PACKAGE, lifetime: ENDLESS, encryptionKey: ZEROS });
      return offer(UNSAFE_OPEN, { proposals: [new Add(await packageOf({ leaf }))] });
    },
    () => {
      const { parentHash } = group.tree.parentNode(1) as ParentNode;
      return checkChanged({ 1: new ParentNode(ZEROS, parentHash, []) });
    },
    async () => {
      const wrong = await infoOf({ extensions: [new Extension(ExtensionType.EXTERNAL_PUB, vector(ZEROS))] });
      return followFrom(SUITE, writeMessage(wrong), treeOf(), SERVER, MAX);
    },
  ],
  ENCRYPTION_KEY_UNIQUE: [
    () => checkChanged({ 0: changedLeaf(0, { encryptionKey: group.tree.leaf(3)?.encryptionKey ?? ZEROS }) }),
    // The key that a path replaces may not come back either.
    () => offer(UNSAFE_OPEN, { edit: { leaf: { encryptionKey: group.tree.leaf(1)?.encryptionKey ?? ZEROS } } }),
  ],
  PACKAGE_SUITE: [async () => offer(UNSAFE_OPEN, { proposals: [new Add(await packageOf({ version: 2 }))] })],
  // Leaf 4 is known to every parent above it, and still not below node 1.
  UNMERGED: [() => checkChanged({ 1: withUnmerged(1, [4]), 7: withUnmerged(7, [4]) })],
  TREE_HASH: [() => described(UNSAFE_OPEN, { context: { treeHash: ZEROS } })],
  EXTENSIONS_SHARED: [() => checkChanged({}, UNKNOWN)],
  SEAT_UNIQUE: [
    () =>
      described(SERVER, {
        nodes: (nodes) =>
          nodes.map((node, at) =>
            at === 2
              ? changedLeaf(1, { credential: new Credential(BASIC, identityOf(1, { seat: new Uint8Array(16) })) })
              : node,
          ),
      }),
  ],
  ONLY_PUBLIC_COMMITS: [async () => hear(group, await frame(new Remove(2)), SERVER)],
  // In a value that was never octets a certificate may have the form of an identity.
  IDENTITY: [
    () => SERVER.checkLeaf(leafOf(1, { credential: new Credential(X509, identityOf(1)) }), 1),
    () => SERVER.checkLeaf(leafOf(1, { signatureKey: publicKeyOf(1).subarray(1) }), 1),
    () => SERVER.checkLeaf(leafOf(1, { credential: new Credential(BASIC, identityOf(1).subarray(1)) }), 1),
    () => SERVER.checkLeaves(new Tree(SUITE, [leafOf(0, { credential: new Credential(BASIC, NOTHING) })])),
    () => updated({}, member(3), picky(Rule.IDENTITY)),
    async () => offer(picky(Rule.IDENTITY), { proposals: [new Add(await packageOf())] }),
  ],
  IDENTITY_STAYS: [() => updated({}, member(3), picky(Rule.IDENTITY_STAYS))],
};

for (const [name, attempts] of Object.entries(PLACES)) {
  const rule = Rule[name as keyof typeof Rule];
  test(`${rule.id} ${name} in each place`, async () => {
    for (const [place, attempt] of attempts.entries()) {
      expect(await refusalOf(attempt), `attempt ${place}`).toBe(rule);
    }
  });
}
