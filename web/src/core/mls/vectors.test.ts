/** The official vectors of RFC 9420 that need no secret, in all seven of its suites. */
import { expect } from "vitest";
import { suiteWith } from "../../e2ee/mls/suites.node";
import * as vectors from "../../vectors.node";
import { concat, hex } from "../octets";
import { decode, varint } from "./codec";
import { Commit, UpdatePath } from "./commit";
import { confirmedTranscriptHash, interimTranscriptHash } from "./context";
import { Rule } from "./errors";
import { AuthenticatedContent } from "./framing";
import { KeyPackage } from "./keypackage";
import { readMessage, writeMessage } from "./message";
import { Add, Remove, readProposal, Update } from "./proposals";
import type { Suite } from "./suites";
import { ParentNode, Tree } from "./tree";
import { left, nodeWidth, parent, right, root, sibling } from "./treemath";
import { checkKeysDiffer, checkUnmerged, isParentHashValid } from "./validity";

const MAX = 1 << 24;
const { octets } = vectors;

function official<T>(name: string, check: (cases: T[]) => Promise<void> | void): void {
  vectors.official(name, `mls/${name}.json`, check);
}

const suiteOf = ({ cipher_suite }: { cipher_suite: number }): Suite => suiteWith(cipher_suite).public;

interface TreeMath extends Record<"left" | "right" | "parent" | "sibling", (number | null)[]> {
  n_leaves: number;
  n_nodes: number;
  root: number;
}

official<TreeMath>("tree-math", (cases) => {
  for (const x of cases) {
    expect([nodeWidth(x.n_leaves), root(x.n_leaves)]).toEqual([x.n_nodes, x.root]);
    const wrong: number[] = [];
    for (let node = 0; node < x.n_nodes; node++) {
      const children = node % 2 === 1 ? [left(node), right(node)] : [null, null];
      const around = node === x.root ? [null, null] : [parent(node), sibling(node)];
      const [l, r, p, s] = [...children, ...around];
      if (l !== x.left[node] || r !== x.right[node] || p !== x.parent[node] || s !== x.sibling[node]) wrong.push(node);
    }
    expect(wrong).toEqual([]);
  }
});

official<{ vlbytes_header: string; length: number }>("deserialization", (cases) => {
  for (const { vlbytes_header, length } of cases) {
    expect(hex(varint(length))).toBe(vlbytes_header);
    expect(decode(octets(vlbytes_header), (reader) => reader.varint())).toBe(length);
  }
});

interface Basics {
  cipher_suite: number;
  ref_hash: Record<"label" | "value" | "out", string>;
  sign_with_label: Record<"pub" | "content" | "label" | "signature", string>;
}

official<Basics>("crypto-basics", async (cases) => {
  for (const x of cases) {
    const suite = suiteOf(x);
    expect(hex(await suite.refHash(x.ref_hash.label, octets(x.ref_hash.value)))).toBe(x.ref_hash.out);
    const { pub, label, content, signature } = x.sign_with_label;
    const signed = (what: string) => suite.verifyWithLabel(octets(pub), label, octets(what), octets(signature), RULE);
    await signed(content);
    await expect(signed(`${content}00`)).rejects.toMatchObject({ rule: RULE });
  }
});

const RULE = Rule.LEAF_SIGNATURE;

interface Transcript
  extends Record<
    | "authenticated_content"
    | "interim_transcript_hash_before"
    | "confirmed_transcript_hash_after"
    | "interim_transcript_hash_after",
    string
  > {
  cipher_suite: number;
}

official<Transcript>("transcript-hashes", async (cases) => {
  for (const x of cases) {
    const content = decode(octets(x.authenticated_content), AuthenticatedContent.read);
    expect(hex(content.encoded)).toBe(x.authenticated_content);
    const before = octets(x.interim_transcript_hash_before);
    const confirmed = await confirmedTranscriptHash(suiteOf(x), before, content.transcriptInput);
    expect(hex(confirmed)).toBe(x.confirmed_transcript_hash_after);
    const interim = await interimTranscriptHash(suiteOf(x), confirmed, content.confirmationTag);
    expect(hex(interim)).toBe(x.interim_transcript_hash_after);
  }
});

official<{ cipher_suite: number; key_package: string; welcome: string }>("welcome", async (cases) => {
  for (const x of cases) {
    const keyPackage = readMessage(octets(x.key_package), MAX);
    const welcome = readMessage(octets(x.welcome), MAX);
    if (!(keyPackage instanceof KeyPackage)) throw new Error("no KeyPackage");
    await keyPackage.verify(suiteOf(x));
    expect([hex(writeMessage(keyPackage)), hex(writeMessage(welcome))]).toEqual([x.key_package, x.welcome]);
  }
});

const PROPOSALS = [
  "add_proposal",
  "update_proposal",
  "remove_proposal",
  "pre_shared_key_proposal",
  "re_init_proposal",
  "external_init_proposal",
  "group_context_extensions_proposal",
];

/** Reads what a vector calls `name` and writes it again; `null` where it takes secrets to have one. */
function again(name: string, data: Uint8Array): Uint8Array | null {
  if (name === "group_secrets") return null;
  if (name === "ratchet_tree") return Tree.decode(suiteOf({ cipher_suite: 1 }), data).encoded;
  if (name === "commit") return decode(data, Commit.read).encoded;
  const proposal = PROPOSALS.indexOf(name) + 1;
  if (proposal === 0) return writeMessage(readMessage(data, MAX));
  return decode(concat(Uint8Array.of(0, proposal), data), readProposal).encoded.subarray(2);
}

official<Record<string, string>>("messages", (cases) => {
  let count = 0;
  for (const [name, text] of cases.flatMap((x) => Object.entries(x))) {
    const written = again(name, octets(text));
    if (written === null) continue;
    expect([name, hex(written)]).toEqual([name, text]);
    count += 1;
  }
  expect(count).toBe(300 * 16);
});

interface Operation extends Record<"proposal" | "tree_before" | "tree_after", string> {
  cipher_suite: number;
  proposal_sender: number;
  tree_hash_before: string;
  tree_hash_after: string;
}

official<Operation>("tree-operations", async (cases) => {
  for (const x of cases) {
    const before = Tree.decode(suiteOf(x), octets(x.tree_before));
    expect(hex(before.encoded)).toBe(x.tree_before);
    expect(hex(await before.hash())).toBe(x.tree_hash_before);
    const after = operate(before, x);
    expect(hex(after.encoded)).toBe(x.tree_after);
    expect(hex(await after.hash())).toBe(x.tree_hash_after);
  }
});

function operate(tree: Tree, x: Operation): Tree {
  const proposal = decode(octets(x.proposal), readProposal);
  if (proposal instanceof Add) return tree.add(proposal.keyPackage.leaf).tree;
  if (proposal instanceof Update) return tree.update(x.proposal_sender, proposal.leaf);
  if (proposal instanceof Remove) return tree.remove(proposal.removed);
  throw new Error("no tree operation");
}

interface Validation {
  cipher_suite: number;
  tree: string;
  group_id: string;
  tree_hashes: string[];
  resolutions: number[][];
}

official<Validation>("tree-validation", async (cases) => {
  for (const x of cases) {
    const tree = Tree.decode(suiteOf(x), octets(x.tree));
    expect(tree.nodes.map((_, node) => tree.resolution(node))).toEqual(x.resolutions);
    expect(await Promise.all(tree.nodes.map(async (_, node) => hex(await tree.hash(node))))).toEqual(x.tree_hashes);
    for (const [index, node] of tree.nodes.entries()) {
      if (node instanceof ParentNode) expect(await isParentHashValid(tree, index, node)).toBe(true);
    }
    checkUnmerged(tree);
    checkKeysDiffer(tree);
    for (const [index, leaf] of tree.leaves()) await leaf.verify(tree.suite, octets(x.group_id), index);
  }
});

interface TreeKem {
  cipher_suite: number;
  group_id: string;
  ratchet_tree: string;
  update_paths: { sender: number; update_path: string; tree_hash_after: string }[];
}

official<TreeKem>("treekem", async (cases) => {
  for (const x of cases) {
    const tree = Tree.decode(suiteOf(x), octets(x.ratchet_tree));
    for (const { sender, update_path, tree_hash_after } of x.update_paths) {
      const { leaf, nodes } = decode(octets(update_path), UpdatePath.read);
      const keys = nodes.map(({ encryptionKey }) => encryptionKey);
      const { parents, parentHash } = await tree.pathNodes(sender, keys);
      expect(hex(leaf.parentHash)).toBe(hex(parentHash));
      await leaf.verify(tree.suite, octets(x.group_id), sender);
      expect(hex(await tree.merge(sender, leaf, parents).hash())).toBe(tree_hash_after);
    }
  }
});
