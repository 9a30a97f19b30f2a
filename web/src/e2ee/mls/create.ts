/** Groups of one, leaves and KeyPackages (RFC 9420 sections 7.2, 10 and 11). */

import { GroupContext, interimTranscriptHash } from "../../core/mls/context";
import type { Credential } from "../../core/mls/credential";
import type { Extensions } from "../../core/mls/extensions";
import { KeyPackage } from "../../core/mls/keypackage";
import { type Capabilities, ENDLESS, LeafNode, Source } from "../../core/mls/leaf";
import type { Policy } from "../../core/mls/public";
import { VERSION } from "../../core/mls/suites";
import { Tree } from "../../core/mls/tree";
import { firstEpoch, type Group } from "./group";
import type { Random } from "./hpke";
import { deriveEpoch } from "./keyschedule";
import { confirmationTag } from "./protect";
import type { SecretSuite, SignatureKey } from "./suite";

/** A leaf of source `KEY_PACKAGE` with its private keys. */
export interface OwnLeaf {
  readonly node: LeafNode;
  readonly encryptionKey: Uint8Array;
  readonly signatureKey: SignatureKey;
}

/** A KeyPackage with the private keys that a Welcome needs. */
export interface OwnKeyPackage {
  readonly keyPackage: KeyPackage;
  readonly initKey: Uint8Array;
  readonly leaf: OwnLeaf;
}

const NOTHING = new Uint8Array(0);

/** Makes a leaf with a fresh encryption key; its lifetime is without end. */
export async function newLeaf(
  suite: SecretSuite,
  credential: Credential,
  capabilities: Capabilities,
  signatureKey: SignatureKey,
  random: Random,
  extensions: Extensions = [],
): Promise<OwnLeaf> {
  const pair = await suite.keyPair(random(suite.size));
  const unsigned = new LeafNode({
    encryptionKey: pair.public,
    signatureKey: signatureKey.publicKey,
    credential,
    capabilities,
    source: Source.KEY_PACKAGE,
    lifetime: ENDLESS,
    parentHash: NOTHING,
    extensions,
    signature: NOTHING,
  });
  const signature = await suite.signWithLabel(signatureKey, "LeafNodeTBS", unsigned.body);
  return { node: new LeafNode({ ...unsigned, signature }), encryptionKey: pair.private, signatureKey };
}

/** Makes a KeyPackage around a leaf. */
export async function newKeyPackage(suite: SecretSuite, leaf: OwnLeaf, random: Random): Promise<OwnKeyPackage> {
  const pair = await suite.keyPair(random(suite.size));
  const unsigned = new KeyPackage(VERSION, suite.public.id, pair.public, leaf.node, [], NOTHING);
  const signature = await suite.signWithLabel(leaf.signatureKey, "KeyPackageTBS", unsigned.body);
  const keyPackage = new KeyPackage(VERSION, suite.public.id, pair.public, leaf.node, [], signature);
  return { keyPackage, initKey: pair.private, leaf };
}

/** A group of one (section 11); throws `MlsError` when the policy refuses our own leaf. */
export async function create(
  suite: SecretSuite,
  policy: Policy,
  groupId: Uint8Array,
  leaf: OwnLeaf,
  random: Random,
  extensions: Extensions = [],
): Promise<Group> {
  await policy.checkLeaf(leaf.node, 0);
  const tree = new Tree(suite.public, [leaf.node]);
  const context = new GroupContext(VERSION, suite.public.id, groupId, 0n, await tree.hash(), NOTHING, extensions);
  const secrets = await deriveEpoch(suite, random(suite.size));
  const tag = await confirmationTag(suite, secrets.confirmation, NOTHING);
  const interim = await interimTranscriptHash(suite.public, NOTHING, tag);
  return firstEpoch(suite, policy, 0, leaf.signatureKey, {
    public: { suite: suite.public, context, tree, interimTranscriptHash: interim },
    keys: new Map([[0, leaf.encryptionKey]]),
    secrets,
    confirmationTag: tag,
  });
}
