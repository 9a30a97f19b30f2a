/** When a leaf and a tree are valid (RFC 9420 sections 7.3, 7.9.2 and 12.4.3.1). No secret is needed for it. */

import { allDiffer, equal, nameOf } from "../octets";
import type { GroupContext } from "./context";
import { demand, Rule } from "./errors";
import { type Extensions, type RequiredCapabilities, requiredCapabilities } from "./extensions";
import { type LeafNode, Source } from "./leaf";
import { ParentNode, type Tree } from "./tree";
import { isBelow, left, right } from "./treemath";

/** Says which types everybody knows, so that nobody states them: those of RFC 9420, from 1 up. */
const isDefaultExtension = (type: number): boolean => type >= 1 && type <= 5;
const isDefaultProposal = (type: number): boolean => type >= 1 && type <= 7;

/** Checks what a leaf says of itself against the group's extensions (section 7.3); the signature is apart. */
export function checkLeaf(tree: Tree, leaf: LeafNode, extensions: Extensions): void {
  const able = leaf.capabilities;
  demand(able.credentials.includes(leaf.credential.type), Rule.LEAF_CREDENTIAL);
  demand(knowsExtensions(leaf, typesOf(leaf.extensions)), Rule.LEAF_EXTENSION);
  checkRequired(leaf, requiredCapabilities(extensions));
  demand(tree.suite.isPublicKey(leaf.encryptionKey), Rule.PUBLIC_KEY);
}

/** Checks that a leaf can do what the group demands (section 11.1). */
export function checkRequired(leaf: LeafNode, required: RequiredCapabilities): void {
  const { proposals, credentials } = leaf.capabilities;
  const isSatisfied =
    knowsExtensions(leaf, required.extensions) &&
    required.proposals.every((type) => isDefaultProposal(type) || proposals.includes(type)) &&
    required.credentials.every((type) => credentials.includes(type));
  demand(isSatisfied, Rule.LEAF_REQUIRED);
}

/** Checks that every leaf knows every extension of the group, and can do what they demand (section 12.1.7). */
export function checkExtensionsShared(tree: Tree, extensions: Extensions): void {
  const required = requiredCapabilities(extensions);
  for (const [, leaf] of tree.leaves()) {
    demand(knowsExtensions(leaf, typesOf(extensions)), Rule.EXTENSIONS_SHARED);
    checkRequired(leaf, required);
  }
}

const typesOf = (extensions: Extensions): readonly number[] => extensions.map(({ type }) => type);

function knowsExtensions(leaf: LeafNode, types: readonly number[]): boolean {
  return types.every((type) => isDefaultExtension(type) || leaf.capabilities.extensions.includes(type));
}

/** Checks what leaves owe each other: different keys, and credentials that all of them understand. */
export function checkLeavesTogether(tree: Tree): void {
  checkKeysDiffer(tree);
  const leaves = [...tree.leaves()].map(([, leaf]) => leaf);
  const used = [...new Set(leaves.map(({ credential }) => credential.type))];
  for (const { capabilities } of leaves) {
    demand(
      used.every((type) => capabilities.credentials.includes(type)),
      Rule.CREDENTIALS_SHARED,
    );
  }
}

/** Checks that no encryption key stands twice in the tree and no signature key at two leaves. */
export function checkKeysDiffer(tree: Tree): void {
  demand(allDiffer(encryptionKeys(tree)), Rule.ENCRYPTION_KEY_UNIQUE);
  demand(allDiffer([...tree.leaves()].map(([, leaf]) => leaf.signatureKey)), Rule.SIGNATURE_KEY_UNIQUE);
}

function encryptionKeys(tree: Tree): Uint8Array[] {
  return tree.nodes.filter((node) => node !== null).map(({ encryptionKey }) => encryptionKey);
}

/** Checks a whole tree that came from somebody else (section 12.4.3.1); throws `MlsError`. */
export async function checkTree(tree: Tree, context: GroupContext): Promise<void> {
  demand(equal(await tree.hash(), context.treeHash), Rule.TREE_HASH);
  checkLeavesTogether(tree);
  checkUnmerged(tree);
  for (const node of tree.nodes) {
    demand(!(node instanceof ParentNode) || tree.suite.isPublicKey(node.encryptionKey), Rule.PUBLIC_KEY);
  }
  const parents = tree.nodes.map(async (node, index) => {
    demand(!(node instanceof ParentNode) || (await isParentHashValid(tree, index, node)), Rule.PARENT_HASH);
  });
  await Promise.all(parents);
  checkExtensionsShared(tree, context.extensions);
  const leaves = [...tree.leaves()];
  for (const [, leaf] of leaves) checkLeaf(tree, leaf, context.extensions);
  await Promise.all(leaves.map(([index, leaf]) => leaf.verify(tree.suite, context.groupId, index)));
}

/** Checks every list of unmerged leaves: rising, below the node, not blank, and known to the parents between. */
export function checkUnmerged(tree: Tree): void {
  for (const [index, node] of tree.nodes.entries()) {
    if (!(node instanceof ParentNode)) continue;
    const leaves = node.unmergedLeaves;
    demand(
      leaves.every((leaf, place) => place === 0 || (leaves[place - 1] ?? leaf) < leaf),
      Rule.UNMERGED,
    );
    for (const leaf of leaves) {
      demand(isBelow(2 * leaf, index) && tree.leaf(leaf) !== null, Rule.UNMERGED);
      for (const above of tree.directPath(leaf)) {
        if (above === index) break;
        demand(tree.parentNode(above)?.unmergedLeaves.includes(leaf) ?? true, Rule.UNMERGED);
      }
    }
  }
}

/** Says whether some node below was set together with this parent (section 7.9.2). */
export async function isParentHashValid(tree: Tree, index: number, parent: ParentNode): Promise<boolean> {
  const unmerged = new Set(parent.unmergedLeaves);
  const [l, r] = [left(index), right(index)];
  for (const [child, other] of [
    [l, r],
    [r, l],
  ] as const) {
    const wanted = await tree.parentHash(parent, await originalHash(tree, other, unmerged));
    const resolution = tree.resolution(child);
    const unmergedHere = new Set([...unmerged].map((leaf) => 2 * leaf).filter((leaf) => isBelow(leaf, child)));
    for (const below of resolution) {
      const carried = parentHashOf(tree, below);
      const others = resolution.filter((node) => node !== below);
      const areUnmerged = others.length === unmergedHere.size && others.every((node) => unmergedHere.has(node));
      if (carried !== null && equal(carried, wanted) && areUnmerged) return true;
    }
  }
  return false;
}

/** The parent hash that a node carries, or `null` when it has none to carry. */
export function parentHashOf(tree: Tree, node: number): Uint8Array | null {
  const found = tree.nodes[node] ?? null;
  if (found === null || found instanceof ParentNode) return found?.parentHash ?? null;
  return found.source === Source.COMMIT ? found.parentHash : null;
}

/** The tree hash of a subtree as it was before the leaves `without` were added (section 7.9). */
export async function originalHash(tree: Tree, node: number, without: ReadonlySet<number>): Promise<Uint8Array> {
  if (![...without].some((leaf) => isBelow(2 * leaf, node))) return tree.hash(node);
  if (node % 2 === 0) return tree.hashLeaf(node, null);
  let parent = tree.parentNode(node);
  if (parent !== null) {
    const kept = parent.unmergedLeaves.filter((leaf) => !without.has(leaf));
    parent = new ParentNode(parent.encryptionKey, parent.parentHash, kept);
  }
  const before = [originalHash(tree, left(node), without), originalHash(tree, right(node), without)] as const;
  return tree.hashParent(parent, ...(await Promise.all(before)));
}

/** Checks that the keys of a path are usable, all different, and new to the tree (section 12.4.2). */
export function checkPathKeys(tree: Tree, keys: readonly Uint8Array[]): void {
  for (const key of keys) demand(tree.suite.isPublicKey(key), Rule.PUBLIC_KEY);
  const known = new Set(encryptionKeys(tree).map(nameOf));
  demand(allDiffer(keys) && !keys.some((key) => known.has(nameOf(key))), Rule.ENCRYPTION_KEY_UNIQUE);
}
