/** Which commits a member accepts (spec/keys.md, "MLS group"): everything else is refused before any secret is touched. */
import type { FramedContentCommit } from "ts-mls/framedContent.js";
import type { MLSMessage } from "ts-mls/message.js";
import type { ProposalExternalInit, ProposalPSK } from "ts-mls/proposal.js";
import type { PublicMessage } from "ts-mls/publicMessage.js";
import type { UpdatePath } from "ts-mls/updatePath.js";
import { equal, hex } from "./bytes";
import { checkForm, type Identity, type Member, readLeaf } from "./leaf";
import { GroupError } from "./refusal";
import type { State } from "./state";
import { hpkeKeysOf, leafAt, leavesOf, MAX_LEAVES } from "./tree";
import { ENC_LENGTH, isPublicKey } from "./xwing";

export const PSK_NONCE_LENGTH = 48;

/** A commit that the rules allow. Whether it is authentic is not known yet. */
export type AllowedCommit = { readonly message: PublicMessage } & (
  | { readonly kind: "join"; readonly newcomer: Omit<Member, "leaf"> }
  | { readonly kind: "member"; readonly committer: number; readonly removed: readonly number[] }
);

/** Refuses with the reason of the first rule that `message` breaks. */
export async function allow(
  message: MLSMessage,
  state: State,
  members: readonly Member[],
  identity: Identity,
): Promise<AllowedCommit> {
  if (message.wireformat !== "mls_public_message") throw new GroupError("forbidden");
  const { content } = message.publicMessage;
  if (!equal(content.groupId, state.context.groupId)) throw new GroupError("wrong-group");
  if (content.epoch < state.context.epoch) throw new GroupError("stale-epoch");
  if (content.epoch > state.context.epoch) throw new GroupError("future-epoch");
  if (content.contentType !== "commit" || content.authenticatedData.length > 0) throw new GroupError("forbidden");
  switch (content.sender.senderType) {
    case "new_member_commit": {
      const newcomer = await allowJoin(content, state, identity);
      if (members.some(({ seat }) => seat === newcomer.seat)) throw new GroupError("duplicate-seat");
      return { kind: "join", message: message.publicMessage, newcomer };
    }
    case "member": {
      const committer = content.sender.leafIndex;
      const removed = allowMember(content, committer, state);
      return { kind: "member", message: message.publicMessage, committer, removed };
    }
    default:
      throw new GroupError("forbidden");
  }
}

async function allowJoin({ commit }: FramedContentCommit, state: State, identity: Identity) {
  const proposals = commit.proposals.map((entry) => {
    if (entry.proposalOrRefType !== "proposal") throw new GroupError("forbidden");
    return entry.proposal;
  });
  const init = proposals.filter(
    (proposal): proposal is ProposalExternalInit => proposal.proposalType === "external_init",
  );
  const psks = proposals.filter((proposal): proposal is ProposalPSK => proposal.proposalType === "psk");
  if (init.length !== 1 || init.length + psks.length !== proposals.length) throw new GroupError("forbidden");
  if (init[0]?.externalInit.kemOutput.length !== ENC_LENGTH) throw new GroupError("malformed");
  const id = psks.length === 1 ? psks[0]?.psk.preSharedKeyId : undefined;
  if (id?.psktype !== "external" || !equal(id.pskId, identity.pskId) || id.pskNonce.length !== PSK_NONCE_LENGTH) {
    throw new GroupError("bad-psk");
  }

  const path = allowPath(commit.path, state);
  const { leaf: _, ...newcomer } = await readLeaf(path.leafNode, 0, identity);
  const leaves = leavesOf(state.tree);
  if (leaves.length >= MAX_LEAVES) throw new GroupError("too-large");
  if (leaves.some(({ node }) => equal(node.signaturePublicKey, path.leafNode.signaturePublicKey))) {
    throw new GroupError("identity");
  }
  return newcomer;
}

function allowMember({ commit }: FramedContentCommit, committer: number, state: State): number[] {
  const sender = leafAt(state.tree, committer);
  if (sender === undefined) throw new GroupError("not-authentic");
  const removed = commit.proposals.map((entry) => {
    if (entry.proposalOrRefType !== "proposal" || entry.proposal.proposalType !== "remove") {
      throw new GroupError("forbidden");
    }
    return entry.proposal.remove.removed;
  });
  checkRemovals(removed, committer, state);

  const { leafNode } = allowPath(commit.path, state);
  checkForm(leafNode);
  const { credential } = leafNode;
  if (credential.credentialType !== "basic" || sender.credential.credentialType !== "basic")
    throw new GroupError("identity");
  if (!equal(credential.identity, sender.credential.identity)) throw new GroupError("identity");
  if (!equal(leafNode.signaturePublicKey, sender.signaturePublicKey)) throw new GroupError("identity");
  return removed;
}

/** Somebody may remove others, each once, and never itself: who leaves is removed by those who stay. */
export function checkRemovals(removed: readonly number[], committer: number, state: State): void {
  if (new Set(removed).size !== removed.length || removed.includes(committer)) throw new GroupError("forbidden");
  if (removed.some((leaf) => leafAt(state.tree, leaf) === undefined)) throw new GroupError("forbidden");
}

/** The path is there, and brings new keys that everybody can use and that stand nowhere else in the tree. */
function allowPath(path: UpdatePath | undefined, state: State): UpdatePath {
  if (path === undefined) throw new GroupError("forbidden");
  const keys = hpkeKeysOf(state.tree);
  for (const { hpkePublicKey } of [path.leafNode, ...path.nodes]) {
    const key = hex(hpkePublicKey);
    if (keys.has(key) || !isPublicKey(hpkePublicKey)) throw new GroupError("malformed");
    keys.add(key);
  }
  return path;
}
