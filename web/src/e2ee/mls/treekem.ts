/** TreeKEM: path secrets, and update paths made and applied (RFC 9420 sections 7.4 to 7.6). */

import { UpdatePath, UpdatePathNode } from "../../core/mls/commit";
import type { GroupContext } from "../../core/mls/context";
import { demand, MlsError, Rule } from "../../core/mls/errors";
import { LeafNode, Source } from "../../core/mls/leaf";
import type { Tree } from "../../core/mls/tree";
import { isBelow } from "../../core/mls/treemath";
import { equal } from "../../core/octets";
import type { KeyPair, Random } from "./hpke";
import { refuseAs, type SecretSuite, type SignatureKey } from "./suite";

/** Private keys of the own leaf and of ancestors, by node. */
export type PrivateKeys = ReadonlyMap<number, Uint8Array>;

/** A path that is made and not yet sealed: `leaf` is signed, `secrets` go to the nodes of `tree`. */
export interface NewPath {
  readonly tree: Tree;
  readonly leaf: LeafNode;
  readonly secrets: ReadonlyMap<number, Uint8Array>;
  readonly public: ReadonlyMap<number, Uint8Array>;
  readonly private: PrivateKeys;
  readonly commitSecret: Uint8Array;
}

/** The key pair of a node. */
export async function nodeKeyPair(suite: SecretSuite, pathSecret: Uint8Array): Promise<KeyPair> {
  const secret = await suite.deriveSecret(pathSecret, "node");
  const pair = await suite.keyPair(secret);
  secret.fill(0);
  return pair;
}

/** The path secret of the node above; above the last it is the commit secret. */
export function nextPathSecret(suite: SecretSuite, pathSecret: Uint8Array): Promise<Uint8Array> {
  return suite.deriveSecret(pathSecret, "path");
}

/** Who makes a path: `template` says who the leaf is. */
export interface PathMaker {
  readonly leaf: number;
  readonly template: LeafNode;
  readonly signatureKey: SignatureKey;
}

/**
 * Makes fresh keys for a leaf and everything above it.
 *
 * Where nobody else is left there is no node to derive from: the commit secret is fresh randomness then, so that those
 * who were just removed, and know the init secret, cannot follow.
 */
export async function newPath(
  suite: SecretSuite,
  tree: Tree,
  { leaf, template, signatureKey }: PathMaker,
  groupId: Uint8Array,
  random: Random,
): Promise<NewPath> {
  const own = await suite.keyPair(random(suite.size));
  const secrets = new Map<number, Uint8Array>();
  let secret: Uint8Array = random(suite.size);
  for (const { node } of tree.filteredPath(leaf)) {
    secrets.set(node, secret);
    secret = await nextPathSecret(suite, secret);
  }
  const pairs = await Promise.all(
    [...secrets].map(async ([node, pathSecret]) => [node, await nodeKeyPair(suite, pathSecret)] as const),
  );
  const keys = pairs.map(([, pair]) => pair.public);
  const { parents, parentHash } = await tree.pathNodes(leaf, keys);
  const fresh = { encryptionKey: own.public, source: Source.COMMIT, lifetime: null, parentHash };
  const unsigned = new LeafNode({ ...template, ...fresh, signature: new Uint8Array(0) });
  const signature = await suite.signWithLabel(signatureKey, "LeafNodeTBS", unsigned.toBeSigned(groupId, leaf));
  const signed = new LeafNode({ ...unsigned, signature });
  return {
    tree: tree.merge(leaf, signed, parents),
    leaf: signed,
    secrets,
    public: new Map(pairs.map(([node, pair]) => [node, pair.public])),
    private: new Map([[2 * leaf, own.private], ...pairs.map(([node, pair]) => [node, pair.private] as const)]),
    commitSecret: secret,
  };
}

/**
 * Seals every path secret to those who need it; `base` is the tree before the path, `added` leaves are left out.
 *
 * Rejects a key in the tree that nobody can encapsulate to.
 */
export async function sealPath(
  suite: SecretSuite,
  path: NewPath,
  base: Tree,
  committer: number,
  added: readonly number[],
  context: GroupContext,
  random: Random,
): Promise<UpdatePath> {
  const nodes = base.filteredPath(committer).map(async ({ node, child }) => {
    const secret = at(path.secrets, node);
    const sealed = receiversOf(base, child, added).map((receiver) =>
      suite.encryptWithLabel(keyOf(base, receiver), "UpdatePathNode", context.encoded, secret, random),
    );
    return new UpdatePathNode(at(path.public, node), await Promise.all(sealed));
  });
  return new UpdatePath(path.leaf, await Promise.all(nodes));
}

/** Whom the path secret of a node above `child` is sealed to. */
function receiversOf(base: Tree, child: number, added: readonly number[]): readonly number[] {
  return base.resolution(child).filter((receiver) => !added.includes(receiver / 2));
}

function keyOf(tree: Tree, node: number): Uint8Array {
  const found = tree.nodes[node] ?? null;
  if (found === null) throw new MlsError(Rule.PATH_KEYS);
  return found.encryptionKey;
}

function at<T>(map: ReadonlyMap<number, T>, node: number): T {
  const found = map.get(node);
  if (found === undefined) throw new RangeError("a path has a secret for each of its nodes");
  return found;
}

/** A path that was judged: `base` and `tree` are the trees before and after it. */
export interface JudgedPath {
  readonly path: UpdatePath;
  readonly base: Tree;
  readonly tree: Tree;
  readonly committer: number;
  readonly added: readonly number[];
  readonly context: GroupContext;
}

/** Our private keys, and the commit secret. */
export interface Opened {
  readonly keys: PrivateKeys;
  readonly commitSecret: Uint8Array;
}

/** Opens somebody's path as the leaf `own`, whose keys are in `base`; throws `MlsError`. */
export async function openPath(
  suite: SecretSuite,
  { path, base, tree, committer, added, context }: JudgedPath,
  own: number,
  keys: PrivateKeys,
): Promise<Opened> {
  const filtered = base.filteredPath(committer);
  const place = filtered.findIndex(({ child }) => isBelow(2 * own, child));
  const above = filtered[place];
  if (above === undefined) throw new MlsError(Rule.PATH_OPENS);
  const receivers = receiversOf(base, above.child, added);
  const index = receivers.findIndex((receiver) => isBelow(2 * own, receiver) && keys.has(receiver));
  const ciphertext = path.nodes[place]?.encryptedPathSecret[index];
  if (ciphertext === undefined) throw new MlsError(Rule.PATH_OPENS);
  const key = at(keys, receivers[index] ?? -1);
  const secret = await refuseAs(
    Rule.PATH_OPENS,
    suite.decryptWithLabel(key, "UpdatePathNode", context.encoded, ciphertext),
  );
  return deriveUpwards(suite, tree, committer, above.node, secret, stillValid(tree, own, keys));
}

/**
 * The keys `known` with those of a committer's path from `node`, which is on it, up, and the commit secret; `pathSecret` is overwritten.
 *
 * Every key must be the private half of what stands in `tree`: else its maker could plant one of its own. Throws
 * `MlsError`.
 */
export async function deriveUpwards(
  suite: SecretSuite,
  tree: Tree,
  committer: number,
  node: number,
  pathSecret: Uint8Array,
  known: PrivateKeys,
): Promise<Opened> {
  demand(pathSecret.length === suite.size, Rule.PATH_OPENS);
  const path = tree.filteredPath(committer).map((above) => above.node);
  const keys = new Map(known);
  let secret = pathSecret;
  for (const above of path.slice(path.indexOf(node))) {
    const [pair, next] = await Promise.all([nodeKeyPair(suite, secret), nextPathSecret(suite, secret)]);
    demand(equal(pair.public, keyOf(tree, above)), Rule.PATH_KEYS);
    keys.set(above, pair.private);
    secret.fill(0);
    secret = next;
  }
  return { keys, commitSecret: secret };
}

/** Copies of the private keys whose nodes are still there and not blank; a path over them replaces the rest. */
export function stillValid(tree: Tree, leaf: number, keys: PrivateKeys): Map<number, Uint8Array> {
  const places = new Set([2 * leaf, ...tree.directPath(leaf)]);
  const kept = [...keys].filter(([node]) => places.has(node) && (tree.nodes[node] ?? null) !== null);
  return new Map(kept.map(([node, key]) => [node, key.slice()]));
}
