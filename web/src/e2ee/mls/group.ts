/** One epoch of a group as one of its members has it. Immutable: whatever changes it returns another one. */

import type { Pending } from "../../core/mls/changes";
import { vector } from "../../core/mls/codec";
import { GroupInfo } from "../../core/mls/context";
import { demand, MlsError, Rule } from "../../core/mls/errors";
import { Extension, type Extensions, ExtensionType } from "../../core/mls/extensions";
import type { LeafNode } from "../../core/mls/leaf";
import { type PreSharedKeyId, PskType } from "../../core/mls/proposals";
import type { Policy, PublicGroup } from "../../core/mls/public";
import { equal, hex } from "../../core/octets";
import { type EpochSecrets, exportSecret, externalKeyPair } from "./keyschedule";
import { type SecretTree, secretTree } from "./secrettree";
import type { SecretSuite, SignatureKey } from "./suite";
import type { PrivateKeys } from "./treekem";

/** External pre-shared keys by the hexadecimal digits of their ids. */
export type Psks = ReadonlyMap<string, Uint8Array>;
export const NO_PSKS: Psks = new Map();

/** What an epoch consists of. */
export interface Epoch {
  readonly suite: SecretSuite;
  readonly policy: Policy;
  readonly public: PublicGroup;
  /** Our own leaf. */
  readonly leaf: number;
  readonly signatureKey: SignatureKey;
  readonly keys: PrivateKeys;
  readonly secrets: EpochSecrets;
  readonly messages: SecretTree;
  readonly confirmationTag: Uint8Array;
  /** Proposals heard in this epoch, by the hexadecimal digits of their references. */
  readonly pending: ReadonlyMap<string, Pending>;
  /** Our own private keys proposed in this epoch, by the hexadecimal digits of their public halves. */
  readonly updates: ReadonlyMap<string, Uint8Array>;
  /** Resumption secrets of past epochs; the newest `keepsResumptions` of them stay. */
  readonly resumptions: ReadonlyMap<bigint, Uint8Array>;
  readonly keepsResumptions: number;
}

export class Group implements Epoch {
  readonly suite: SecretSuite;
  readonly policy: Policy;
  readonly public: PublicGroup;
  readonly leaf: number;
  readonly signatureKey: SignatureKey;
  readonly keys: PrivateKeys;
  readonly secrets: EpochSecrets;
  readonly messages: SecretTree;
  readonly confirmationTag: Uint8Array;
  readonly pending: ReadonlyMap<string, Pending>;
  readonly updates: ReadonlyMap<string, Uint8Array>;
  readonly resumptions: ReadonlyMap<bigint, Uint8Array>;
  readonly keepsResumptions: number;

  constructor(epoch: Epoch) {
    this.suite = epoch.suite;
    this.policy = epoch.policy;
    this.public = epoch.public;
    this.leaf = epoch.leaf;
    this.signatureKey = epoch.signatureKey;
    this.keys = epoch.keys;
    this.secrets = epoch.secrets;
    this.messages = epoch.messages;
    this.confirmationTag = epoch.confirmationTag;
    this.pending = epoch.pending;
    this.updates = epoch.updates;
    this.resumptions = epoch.resumptions;
    this.keepsResumptions = epoch.keepsResumptions;
  }

  /** The same epoch with some of it changed. */
  with(changes: Partial<Epoch>): Group {
    return new Group({ ...this, ...changes });
  }

  get groupId(): Uint8Array {
    return this.public.context.groupId;
  }

  get epoch(): bigint {
    return this.public.context.epoch;
  }

  /** The same octets at every member of this epoch, and at nobody else. */
  get epochAuthenticator(): Uint8Array {
    return this.secrets.authenticator;
  }

  /** MLS-Exporter (section 8.5): at most 255 times the hash's size in octets. */
  export(label: string, context: Uint8Array, size: number): Promise<Uint8Array> {
    return exportSecret(this.suite, this.secrets.exporter, label, context, size);
  }

  ownLeaf(): LeafNode {
    const leaf = this.public.tree.leaf(this.leaf);
    if (leaf === null) throw new MlsError(Rule.WE_ARE_REMOVED);
    return leaf;
  }

  /** A signed GroupInfo with what a newcomer needs (section 12.4.3); its tree may travel apart. */
  async info({ withTree = true } = {}): Promise<GroupInfo> {
    const { public: key } = await externalKeyPair(this.suite, this.secrets);
    const external = new Extension(ExtensionType.EXTERNAL_PUB, vector(key));
    if (!withTree) return signInfo(this, [external]);
    return signInfo(this, [external, new Extension(ExtensionType.RATCHET_TREE, this.public.tree.encoded)]);
  }

  /** A pre-shared key by its name; throws `MlsError` for one that we do not have. */
  findPsk(name: PreSharedKeyId, psks: Psks): Uint8Array {
    const { key } = name;
    if (key.type === PskType.EXTERNAL) return findExternalPsk(name, psks);
    demand(equal(key.groupId, this.groupId), Rule.PSK_KNOWN);
    const found = key.epoch === this.epoch ? this.secrets.resumption : this.resumptions.get(key.epoch);
    if (found === undefined) throw new MlsError(Rule.PSK_KNOWN);
    return found;
  }

  /** Overwrites every secret of this epoch that is octets. */
  erase(): void {
    this.signatureKey.erase();
    this.messages.erase();
    const held = [this.keys, this.updates, this.resumptions].flatMap((secrets) => [...secrets.values()]);
    for (const secret of [...held, ...Object.values(this.secrets)]) secret.fill(0);
  }
}

/** A GroupInfo of the group with these extensions, signed by our leaf. */
export async function signInfo(group: Group, extensions: Extensions): Promise<GroupInfo> {
  const { context } = group.public;
  const unsigned = new GroupInfo(context, extensions, group.confirmationTag, group.leaf, new Uint8Array(0));
  const signature = await group.suite.signWithLabel(group.signatureKey, "GroupInfoTBS", unsigned.body);
  return new GroupInfo(context, extensions, group.confirmationTag, group.leaf, signature);
}

/** An external pre-shared key by its name; throws `MlsError`. */
export function findExternalPsk({ key }: PreSharedKeyId, psks: Psks): Uint8Array {
  const found = key.type === PskType.EXTERNAL ? psks.get(hex(key.id)) : undefined;
  if (found === undefined) throw new MlsError(Rule.PSK_KNOWN);
  return found;
}

/** What a new epoch is made of. */
export type Begun = Pick<Epoch, "public" | "keys" | "secrets" | "confirmationTag">;

/** A group as its newest member has it. */
export function firstEpoch(
  suite: SecretSuite,
  policy: Policy,
  leaf: number,
  signatureKey: SignatureKey,
  begun: Begun,
): Group {
  const history = { resumptions: new Map(), keepsResumptions: 0 };
  return begin({ suite, policy, leaf, signatureKey, ...history }, begun);
}

/** The epoch after `group`; nothing of it is taken along but what `keepsResumptions` says. */
export function nextEpoch(group: Group, begun: Begun): Group {
  const { suite, policy, leaf, keepsResumptions } = group;
  const past = [...group.resumptions, [group.epoch, group.secrets.resumption] as const];
  const kept = keepsResumptions === 0 ? [] : past.slice(-keepsResumptions);
  const resumptions = new Map(kept.map(([epoch, secret]) => [epoch, secret.slice()]));
  const signatureKey = group.signatureKey.copy();
  return begin({ suite, policy, leaf, signatureKey, resumptions, keepsResumptions }, begun);
}

type Lasting = Pick<Epoch, "suite" | "policy" | "leaf" | "signatureKey" | "resumptions" | "keepsResumptions">;

/** The encryption secret goes into the secret tree; the confirmation key has done its work. */
function begin(lasting: Lasting, begun: Begun): Group {
  const { encryption, confirmation } = begun.secrets;
  const messages = secretTree(lasting.suite, begun.public.tree.size, encryption.slice());
  for (const spent of [encryption, confirmation]) spent.fill(0);
  return new Group({ ...lasting, ...begun, messages, pending: new Map(), updates: new Map() });
}
