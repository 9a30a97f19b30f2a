/** Joining by an external commit that brings the link's pre-shared key (RFC 9420, sections 8.3, 8.4 and 12.4.3.2). */
import { exportSecret } from "ts-mls/clientState.js";
import { computePskSecret, type PreSharedKeyIdExternal } from "ts-mls/presharedkey.js";
import { addLeafNode } from "ts-mls/ratchetTree.js";
import { nodeToLeafIndex } from "ts-mls/treemath.js";
import { makeCommit } from "./commit";
import type { CheckedInfo } from "./info";
import { type Identity, makeLeaf } from "./leaf";
import { PSK_NONCE_LENGTH } from "./policy";
import type { State } from "./state";
import type { Suite } from "./suite";

/** Exactly two proposals: ExternalInit, and the pre-shared key under a fresh nonce. */
export async function makeJoin(
  suite: Suite,
  { info, tree, externalPub }: CheckedInfo,
  identity: Identity,
): Promise<{ state: State; commit: Uint8Array }> {
  const own = await makeLeaf(suite, identity);
  const [withLeaf, node] = addLeafNode(tree, own.node);
  const { enc, secret } = await exportSecret(externalPub, suite);
  const preSharedKeyId: PreSharedKeyIdExternal = {
    psktype: "external",
    pskId: identity.pskId,
    pskNonce: identity.random(PSK_NONCE_LENGTH),
  };
  const pskSecret = await computePskSecret([[preSharedKeyId, identity.psk]], suite);
  const made = await makeCommit(suite, {
    context: info.groupContext,
    confirmationTag: info.confirmationTag,
    tree: withLeaf,
    leaf: nodeToLeafIndex(node),
    signatureKey: own.signatureKey,
    sender: { senderType: "new_member_commit" },
    proposals: [
      { proposalType: "external_init", externalInit: { kemOutput: enc } },
      { proposalType: "psk", psk: { preSharedKeyId } },
    ],
    initSecret: secret,
    pskSecret,
    membershipKey: new Uint8Array(0),
  });
  for (const spent of [secret, pskSecret, own.signatureKey, own.hpkeKey]) spent.fill(0);
  return made;
}
