/**
 * The secret tree and its ratchets (RFC 9420 section 9): one key for each message, then it is gone.
 *
 * An immutable value: taking a key returns another tree without it. A receiver keeps the keys of messages that it
 * skipped, a bounded number of them.
 */

import { demand, MlsError, Rule } from "../../core/mls/errors";
import { ContentType } from "../../core/mls/framing";
import { childTowards, left, right, root } from "../../core/mls/treemath";
import { ascii } from "../../core/octets";
import type { SecretSuite } from "./suite";

/** How far a message may be ahead of the last one from its sender; each step costs three derivations. */
export const MAX_AHEAD = 1_000;
/** How many keys of skipped messages are kept for each ratchet; the oldest go first. */
export const MAX_SKIPPED = 1_000;
export const MAX_GENERATION = 2 ** 32 - 1;

/** A key and a nonce for one message. */
export interface MessageKey {
  readonly key: Uint8Array;
  readonly nonce: Uint8Array;
}

/** The keys of one sender's messages of one kind, from `generation` on, and those it was asked to skip. */
export class Ratchet {
  constructor(
    readonly secret: Uint8Array,
    readonly generation = 0,
    readonly skipped: ReadonlyMap<number, MessageKey> = new Map(),
  ) {}

  /** The key of the next generation, and the ratchet after it. */
  async step(suite: SecretSuite): Promise<{ key: MessageKey; ratchet: Ratchet }> {
    demand(this.generation < MAX_GENERATION, Rule.GENERATION_AHEAD);
    const derive = (label: string, size: number) => suite.deriveTreeSecret(this.secret, label, this.generation, size);
    const [key, nonce, secret] = await Promise.all([
      derive("key", suite.aead.keySize),
      derive("nonce", suite.aead.nonceSize),
      derive("secret", suite.size),
    ]);
    return { key: { key, nonce }, ratchet: new Ratchet(secret, this.generation + 1, this.skipped) };
  }

  /** The key of a generation, and the ratchet without it; throws `MlsError`. */
  async take(suite: SecretSuite, generation: number): Promise<{ key: MessageKey; ratchet: Ratchet }> {
    const skipped = new Map(this.skipped);
    if (generation < this.generation) {
      const key = skipped.get(generation);
      if (key === undefined) throw new MlsError(Rule.GENERATION_USED);
      skipped.delete(generation);
      return { key, ratchet: new Ratchet(this.secret, this.generation, skipped) };
    }
    demand(generation - this.generation <= MAX_AHEAD, Rule.GENERATION_AHEAD);
    let step = await this.step(suite);
    while (step.ratchet.generation <= generation) {
      skipped.set(step.ratchet.generation - 1, step.key);
      step = await step.ratchet.step(suite);
    }
    for (const oldest of [...skipped.keys()].slice(0, Math.max(0, skipped.size - MAX_SKIPPED))) skipped.delete(oldest);
    return { key: step.key, ratchet: new Ratchet(step.ratchet.secret, step.ratchet.generation, skipped) };
  }
}

const isApplication = (kind: ContentType): boolean => kind === ContentType.APPLICATION;
const nameOf = (leaf: number, kind: ContentType): string => `${leaf} ${isApplication(kind)}`;

/** `secrets` are of nodes nobody has gone below yet; `ratchets` of leaves, by leaf and kind. */
export class SecretTree {
  constructor(
    private readonly suite: SecretSuite,
    readonly leaves: number,
    private readonly secrets: ReadonlyMap<number, Uint8Array>,
    private readonly ratchets: ReadonlyMap<string, Ratchet>,
  ) {}

  /** A leaf's ratchet, and the tree in which the secrets above it are dropped. */
  async ratchet(leaf: number, kind: ContentType): Promise<{ ratchet: Ratchet; tree: SecretTree }> {
    const known = this.ratchets.get(nameOf(leaf, kind));
    if (known !== undefined) return { ratchet: known, tree: this };
    const { suite } = this;
    const secrets = new Map(this.secrets);
    const target = 2 * leaf;
    for (let node = root(this.leaves); node !== target; node = childTowards(node, target)) {
      const secret = secrets.get(node);
      if (secret === undefined) continue;
      secrets.delete(node);
      secrets.set(left(node), await suite.expandWithLabel(secret, "tree", ascii("left"), suite.size));
      secrets.set(right(node), await suite.expandWithLabel(secret, "tree", ascii("right"), suite.size));
    }
    const secret = secrets.get(target);
    if (secret === undefined) throw new MlsError(Rule.SENDER);
    secrets.delete(target);
    const handshake = new Ratchet(await suite.deriveSecret(secret, "handshake"));
    const application = new Ratchet(await suite.deriveSecret(secret, "application"));
    const ratchets = new Map(this.ratchets)
      .set(nameOf(leaf, ContentType.COMMIT), handshake)
      .set(nameOf(leaf, ContentType.APPLICATION), application);
    const tree = new SecretTree(suite, this.leaves, secrets, ratchets);
    return { ratchet: isApplication(kind) ? application : handshake, tree };
  }

  /** The tree with a leaf's ratchet moved on. */
  withRatchet(leaf: number, kind: ContentType, ratchet: Ratchet): SecretTree {
    const ratchets = new Map(this.ratchets).set(nameOf(leaf, kind), ratchet);
    return new SecretTree(this.suite, this.leaves, this.secrets, ratchets);
  }

  /** The key of somebody's message, and the tree without it; throws `MlsError`. */
  async take(leaf: number, kind: ContentType, generation: number): Promise<{ key: MessageKey; tree: SecretTree }> {
    const { ratchet, tree } = await this.ratchet(leaf, kind);
    const taken = await ratchet.take(this.suite, generation);
    return { key: taken.key, tree: tree.withRatchet(leaf, kind, taken.ratchet) };
  }

  /** Generation and key of our next message, and the tree without it. */
  async next(leaf: number, kind: ContentType): Promise<{ generation: number; key: MessageKey; tree: SecretTree }> {
    const { ratchet, tree } = await this.ratchet(leaf, kind);
    const step = await ratchet.step(this.suite);
    return { generation: ratchet.generation, key: step.key, tree: tree.withRatchet(leaf, kind, step.ratchet) };
  }

  /** Overwrites every secret. */
  erase(): void {
    for (const secret of this.secrets.values()) secret.fill(0);
    for (const { secret, skipped } of this.ratchets.values()) {
      secret.fill(0);
      for (const { key, nonce } of skipped.values()) for (const spent of [key, nonce]) spent.fill(0);
    }
  }
}

/** The secret tree of an epoch whose ratchet tree has room for `leaves`. */
export function secretTree(suite: SecretSuite, leaves: number, encryptionSecret: Uint8Array): SecretTree {
  return new SecretTree(suite, leaves, new Map([[root(leaves), encryptionSecret]]), new Map());
}
