/**
 * Arithmetic of the array form of a tree (RFC 9420 appendix C): leaves are the even nodes, parents the odd ones. Nodes
 * are below 2^30, so that 32-bit operators do.
 */

/** The number of nodes of a tree of `leaves` leaves. */
export function nodeWidth(leaves: number): number {
  return leaves === 0 ? 0 : 2 * leaves - 1;
}

/** The height of a node above the leaves. */
export function level(node: number): number {
  return 31 - Math.clz32(~node & (node + 1));
}

/** The root of a full tree of `leaves` (a power of two) leaves. */
export function root(leaves: number): number {
  return leaves - 1;
}

/** The left child of a parent node. */
export function left(node: number): number {
  return node ^ (1 << (level(node) - 1));
}

/** The right child of a parent node. */
export function right(node: number): number {
  return node ^ (3 << (level(node) - 1));
}

/** The parent of a node; the root's is that of a tree twice as large. */
export function parent(node: number): number {
  const height = level(node);
  return (node | (1 << height)) & ~(1 << (height + 1));
}

/** The other child of a node's parent. */
export function sibling(node: number): number {
  return node ^ (2 << level(node));
}

/** The ancestors of a node from its parent to the root. */
export function directPath(node: number, leaves: number): number[] {
  const top = root(leaves);
  const path: number[] = [];
  for (let above = node; above !== top; ) {
    above = parent(above);
    path.push(above);
  }
  return path;
}

/** Says whether a node is the other or stands somewhere under it. */
export function isBelow(node: number, ancestor: number): boolean {
  return Math.abs(node - ancestor) < 1 << level(ancestor);
}

/** The child of `ancestor` under which a node stands (or which it is). */
export function childTowards(ancestor: number, node: number): number {
  return node < ancestor ? left(ancestor) : right(ancestor);
}
