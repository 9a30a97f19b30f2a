/** The ratchet tree (RFC 9420 sections 7.4 to 7.8) as an immutable value. Tree hashes are computed once and kept. */

import { concat, join } from "../octets";
import { decode, optional, type Reader, u8, u32, u32s, Value, vector } from "./codec";
import { demand, MlsError, Rule } from "./errors";
import { LeafNode } from "./leaf";
import type { Suite } from "./suites";
import { childTowards, directPath, left, right, root, sibling } from "./treemath";

/** A parent: `unmergedLeaves` are leaf indices, rising. */
export class ParentNode extends Value {
  constructor(
    readonly encryptionKey: Uint8Array,
    readonly parentHash: Uint8Array,
    readonly unmergedLeaves: readonly number[] = [],
  ) {
    super();
  }

  protected write(): Uint8Array {
    return concat(vector(this.encryptionKey), vector(this.parentHash), u32s(this.unmergedLeaves));
  }

  static read(reader: Reader): ParentNode {
    const begin = reader.at;
    const node = new ParentNode(
      reader.vector(),
      reader.vector(),
      reader.items((inner) => inner.u32()),
    );
    return node.readFrom(reader.since(begin));
  }
}

export type Node = LeafNode | ParentNode;

/** Nodes that change; `null` is what becomes blank. */
export type Changes = ReadonlyMap<number, Node | null>;

type Hash = Promise<Uint8Array>;

/** A full binary tree: `nodes` has 2^(k+1) - 1 entries, `null` where blank. Leaves are counted from 0. */
export class Tree {
  readonly #hashes: (Hash | undefined)[];

  constructor(
    readonly suite: Suite,
    readonly nodes: readonly (Node | null)[],
    hashes: readonly (Hash | undefined)[] = [],
  ) {
    this.#hashes = [...hashes];
  }

  /** Reads the octets of a `ratchet_tree` extension (section 12.4.3.3); throws `MlsError`. */
  static decode(suite: Suite, data: Uint8Array): Tree {
    const nodes = decode(data, (reader) => reader.items((inner) => inner.optional(readNode)));
    demand((nodes.at(-1) ?? null) !== null, Rule.TREE_SHAPE);
    for (const [index, node] of nodes.entries()) {
      demand(node === null || node instanceof LeafNode === (index % 2 === 0), Rule.TREE_SHAPE);
    }
    let width = 1;
    while (width < nodes.length) width = 2 * width + 1;
    return new Tree(suite, [...nodes, ...blanks(width - nodes.length)]);
  }

  /** The octets of a `ratchet_tree` extension: the nodes up to the last that is not blank. */
  get encoded(): Uint8Array {
    let end = this.nodes.length;
    while (end > 0 && this.nodes[end - 1] === null) end -= 1;
    const parts: Uint8Array[] = [];
    for (const node of this.nodes.slice(0, end)) {
      if (node === null) parts.push(u8(0));
      else parts.push(Uint8Array.of(1, node instanceof LeafNode ? 1 : 2), node.encoded);
    }
    return vector(join(parts));
  }

  /** How many leaves there is room for. */
  get size(): number {
    return (this.nodes.length + 1) / 2;
  }

  /** The node at the top. */
  get root(): number {
    return root(this.size);
  }

  /** A leaf, or `null` where it is blank or outside. */
  leaf(index: number): LeafNode | null {
    const node = this.nodes[2 * index];
    return node instanceof LeafNode ? node : null;
  }

  /** A parent node, or `null` where it is blank. */
  parentNode(node: number): ParentNode | null {
    const found = this.nodes[node];
    return found instanceof ParentNode ? found : null;
  }

  /** Every leaf that is not blank with its index, rising. */
  *leaves(): Generator<[number, LeafNode]> {
    for (const [index, node] of this.nodes.entries()) {
      if (node instanceof LeafNode) yield [index / 2, node];
    }
  }

  /** The nodes that together cover every leaf under a node (section 4.1.1). */
  resolution(node: number): readonly number[] {
    const found = this.nodes[node] ?? null;
    if (found instanceof ParentNode) return [node, ...found.unmergedLeaves.map((leaf) => 2 * leaf)];
    if (found !== null) return [node];
    if (node % 2 === 0) return [];
    return [...this.resolution(left(node)), ...this.resolution(right(node))];
  }

  /** The ancestors of a leaf, from its parent to the root. */
  directPath(leaf: number): readonly number[] {
    return directPath(2 * leaf, this.size);
  }

  /** The ancestors from a leaf up whose copath child covers anybody, each with that child (section 4.1.2). */
  filteredPath(leaf: number): readonly { node: number; child: number }[] {
    return this.directPath(leaf)
      .map((node) => ({ node, child: sibling(childTowards(node, 2 * leaf)) }))
      .filter(({ child }) => this.resolution(child).length > 0);
  }

  // --- changes: each returns a new tree ------------------------------------------------------------------------------

  /** Sets nodes, in a tree of `width` nodes; hashes above them are forgotten. */
  #changed(changes: Changes, width = this.nodes.length): Tree {
    const nodes = [...this.nodes, ...blanks(width - this.nodes.length)];
    const hashes = [...this.#hashes];
    for (const [index, node] of changes) {
      nodes[index] = node;
      for (const stale of [index, ...directPath(index, (width + 1) / 2)]) hashes[stale] = undefined;
    }
    return new Tree(this.suite, nodes, hashes);
  }

  #withBlankPath(leaf: number): Map<number, Node | null> {
    return new Map(this.directPath(leaf).map((above) => [above, null]));
  }

  /** The leftmost blank leaf; it may be the first outside. */
  freeLeaf(): number {
    const blank = this.nodes.findIndex((node, index) => node === null && index % 2 === 0);
    return blank === -1 ? this.size : blank / 2;
  }

  /** Sets a leaf and nothing else; the tree doubles for the first leaf outside. */
  place(index: number, leaf: LeafNode): Tree {
    const width = this.nodes.length;
    return this.#changed(new Map([[2 * index, leaf]]), index < this.size ? width : 2 * width + 1);
  }

  /** Adds a leaf (section 7.7); the parents above do not know it yet, and say so. */
  add(leaf: LeafNode): { tree: Tree; index: number } {
    const index = this.freeLeaf();
    const tree = this.place(index, leaf);
    const unmerged = new Map<number, Node>();
    for (const above of tree.directPath(index)) {
      const node = tree.parentNode(above);
      if (node === null) continue;
      const leaves = [...node.unmergedLeaves, index].sort((a, b) => a - b);
      unmerged.set(above, new ParentNode(node.encryptionKey, node.parentHash, leaves));
    }
    return { tree: tree.#changed(unmerged), index };
  }

  /** Replaces a leaf and blanks the parents above it (section 12.1.2). */
  update(index: number, leaf: LeafNode): Tree {
    return this.#changed(this.#withBlankPath(index).set(2 * index, leaf));
  }

  /** Blanks a leaf and the parents above it; the tree halves while its right half is blank (section 7.8). */
  remove(index: number): Tree {
    return this.#changed(this.#withBlankPath(index).set(2 * index, null)).#truncated();
  }

  #truncated(): Tree {
    let width = this.nodes.length;
    const halved = (): number => (width - 1) / 2;
    while (width > 1 && this.nodes.slice(halved() + 1, width).every((node) => node === null)) width = halved();
    if (width === this.nodes.length) return this;
    return new Tree(this.suite, this.nodes.slice(0, width), this.#hashes.slice(0, width));
  }

  /**
   * The parents that a path with these keys (from the leaf up, as many as the filtered path has) sets, and the leaf's
   * parent hash (section 7.9).
   */
  async pathNodes(
    leaf: number,
    keys: readonly Uint8Array[],
  ): Promise<{ parents: ReadonlyMap<number, ParentNode>; parentHash: Uint8Array }> {
    const path = this.filteredPath(leaf);
    if (path.length !== keys.length) throw new RangeError("a path has one key for each of its nodes");
    const parents = new Map<number, ParentNode>();
    let parentHash: Uint8Array = new Uint8Array(0);
    for (const [back, key] of [...keys].reverse().entries()) {
      const step = path[path.length - 1 - back];
      if (step === undefined) break;
      const parent = new ParentNode(key, parentHash);
      parents.set(step.node, parent);
      parentHash = await this.parentHash(parent, await this.hash(step.child));
    }
    return { parents, parentHash };
  }

  /** Puts a path into the tree (section 7.5): ancestors of the leaf that are not in `parents` become blank. */
  merge(leaf: number, replacement: LeafNode, parents: ReadonlyMap<number, ParentNode>): Tree {
    return this.#changed(new Map([...this.#withBlankPath(leaf), [2 * leaf, replacement], ...parents]));
  }

  // --- hashes --------------------------------------------------------------------------------------------------------

  /** The tree hash of a node, or of the whole tree (section 7.8). */
  hash(node = this.root): Hash {
    const hash = this.#hashes[node] ?? this.#compute(node);
    this.#hashes[node] = hash;
    return hash;
  }

  async #compute(node: number): Hash {
    if (node % 2 === 0) return this.hashLeaf(node, this.leaf(node / 2));
    const below = await Promise.all([this.hash(left(node)), this.hash(right(node))]);
    return this.hashParent(this.parentNode(node), ...below);
  }

  /** The hash of `TreeHashInput` of a leaf. */
  hashLeaf(node: number, leaf: LeafNode | null): Hash {
    return this.suite.hash(concat(u8(1), u32(node / 2), optional(leaf)));
  }

  /** The hash of `TreeHashInput` of a parent. */
  hashParent(parent: ParentNode | null, leftHash: Uint8Array, rightHash: Uint8Array): Hash {
    return this.suite.hash(concat(u8(2), optional(parent), vector(leftHash), vector(rightHash)));
  }

  /** The hash of `ParentHashInput` (section 7.9). */
  parentHash(parent: ParentNode, siblingHash: Uint8Array): Hash {
    return this.suite.hash(concat(vector(parent.encryptionKey), vector(parent.parentHash), vector(siblingHash)));
  }
}

function blanks(count: number): null[] {
  return new Array<null>(count).fill(null);
}

function readNode(reader: Reader): Node {
  switch (reader.u8()) {
    case 1:
      return LeafNode.read(reader);
    case 2:
      return ParentNode.read(reader);
    default:
      throw new MlsError(Rule.ENCODING);
  }
}
