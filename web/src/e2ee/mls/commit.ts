/** Making commits: the part that an external commit and a member's commit share (RFC 9420, sections 7.5, 8 and 12.4.1). */
import { nextEpochContext } from "ts-mls/clientState.js";
import { createConfirmationTag, createContentCommitSignature } from "ts-mls/framedContent.js";
import type { GroupContext } from "ts-mls/groupContext.js";
import { initializeEpoch } from "ts-mls/keySchedule.js";
import { protectPublicMessage } from "ts-mls/messageProtectionPublic.js";
import { getCommitSecret, pathToPathSecrets } from "ts-mls/pathSecrets.js";
import { toPrivateKeyPath } from "ts-mls/privateKeyPath.js";
import type { Proposal } from "ts-mls/proposal.js";
import type { RatchetTree } from "ts-mls/ratchetTree.js";
import type { Sender } from "ts-mls/sender.js";
import { treeHashRoot } from "ts-mls/treeHash.js";
import { leafToNodeIndex, toLeafIndex, toNodeIndex } from "ts-mls/treemath.js";
import { createUpdatePath } from "ts-mls/updatePath.js";
import { writeMessage } from "./message";
import { keepSecrets, ownPathKeys, type State } from "./state";
import type { Suite } from "./suite";

/** Where a commit starts from. */
export interface Base {
  readonly context: GroupContext;
  readonly confirmationTag: Uint8Array;
  /** The tree after the proposals, with the committer's own leaf in it. */
  readonly tree: RatchetTree;
  readonly leaf: number;
  readonly signatureKey: Uint8Array;
  readonly sender: Sender;
  readonly proposals: readonly Proposal[];
  readonly initSecret: Uint8Array;
  /** Zero octets when there is no pre-shared key. */
  readonly pskSecret: Uint8Array;
  /** Of the epoch that the commit ends; nobody outside has it. */
  readonly membershipKey: Uint8Array;
}

const NO_DATA = new Uint8Array(0);

/** A commit with a fresh path, and the state of the epoch that it makes. */
export async function makeCommit(suite: Suite, base: Base): Promise<{ state: State; commit: Uint8Array }> {
  const leaf = toLeafIndex(base.leaf);
  const [tree, path, pathSecrets, leafKey] = await createUpdatePath(
    base.tree,
    leaf,
    base.context,
    base.signatureKey,
    suite,
  );
  const known = await toPrivateKeyPath(pathToPathSecrets(pathSecrets), leaf, suite);
  const top = pathSecrets.at(-1);
  // Alone in the tree nobody has to derive the commit secret from a path, so it is fresh randomness: those who were just removed know
  // everything else that goes into the next epoch.
  const commitSecret =
    top === undefined
      ? suite.rng.randomBytes(suite.kdf.size)
      : await getCommitSecret(tree, toNodeIndex(top.nodeIndex), top.secret, suite.kdf);

  const { framedContent, signature } = await createContentCommitSignature(
    base.context,
    "mls_public_message",
    { proposals: base.proposals.map((proposal) => ({ proposalOrRefType: "proposal", proposal })), path },
    base.sender,
    NO_DATA,
    base.signatureKey,
    suite.signature,
  );
  const treeHash = await treeHashRoot(tree, suite.hash);
  const context = await nextEpochContext(
    base.context,
    "mls_public_message",
    framedContent,
    signature,
    treeHash,
    base.confirmationTag,
    suite.hash,
  );
  const epoch = await initializeEpoch(base.initSecret, commitSecret, context, base.pskSecret, suite.kdf);
  const confirmationTag = await createConfirmationTag(
    epoch.keySchedule.confirmationKey,
    context.confirmedTranscriptHash,
    suite.hash,
  );
  const publicMessage = await protectPublicMessage(
    base.membershipKey,
    base.context,
    {
      wireformat: "mls_public_message",
      content: framedContent,
      auth: { contentType: "commit", signature, confirmationTag },
    },
    suite,
  );

  const ownLeafKey = await suite.hpke.exportPrivateKey(leafKey);
  const state: State = {
    context,
    confirmationTag,
    tree,
    leaf: base.leaf,
    signatureKey: base.signatureKey.slice(),
    pathKeys: ownPathKeys(tree, base.leaf, { ...known.privateKeys, [leafToNodeIndex(leaf)]: ownLeafKey }),
    secrets: keepSecrets(epoch.keySchedule),
  };
  for (const spent of [commitSecret, epoch.joinerSecret, epoch.welcomeSecret, epoch.encryptionSecret, ownLeafKey])
    spent.fill(0);
  for (const { secret } of pathSecrets) secret.fill(0);
  for (const key of Object.values(known.privateKeys)) key.fill(0);
  return { state, commit: writeMessage({ version: "mls10", wireformat: "mls_public_message", publicMessage }) };
}
