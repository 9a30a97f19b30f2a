/** Questions that the rules ask of a ratchet tree. */
import type { LeafNode } from "ts-mls/leafNode.js";
import type { RatchetTree } from "ts-mls/ratchetTree.js";
import { hex } from "./bytes";

/** Leaves that a meeting's tree may have room for: bounds the work that a hostile tree can cause. */
export const MAX_LEAVES = 1024;

export function leafAt(tree: RatchetTree, leaf: number): LeafNode | undefined {
  const node = tree[2 * leaf];
  return node?.nodeType === "leaf" ? node.leaf : undefined;
}

export function leavesOf(tree: RatchetTree): { leaf: number; node: LeafNode }[] {
  const leaves: { leaf: number; node: LeafNode }[] = [];
  for (const [index, node] of tree.entries()) {
    if (node?.nodeType === "leaf") leaves.push({ leaf: index / 2, node: node.leaf });
  }
  return leaves;
}

/** Every HPKE public key in the tree, in hexadecimal. */
export function hpkeKeysOf(tree: RatchetTree): Set<string> {
  const keys = new Set<string>();
  for (const node of tree) {
    if (node !== undefined)
      keys.add(hex(node.nodeType === "leaf" ? node.leaf.hpkePublicKey : node.parent.hpkePublicKey));
  }
  return keys;
}
