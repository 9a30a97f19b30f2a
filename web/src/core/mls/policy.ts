/** What a meeting allows beyond RFC 9420 (spec/keys.md, spec/mls.md sections 2 and 3): very little. */

import { allDiffer, equal } from "../octets";
import { SEAT_SIZE } from "../wire/limits";
import { Commit } from "./commit";
import type { GroupInfo } from "./context";
import { BASIC } from "./credential";
import { demand, MlsError, Rule } from "./errors";
import { ExtensionType } from "./extensions";
import { type AuthenticatedContent, SenderType, WireFormat } from "./framing";
import { Capabilities, type LeafNode, Source } from "./leaf";
import { ExternalInit, Inline, PreSharedKey, type Proposal, PskType, Remove } from "./proposals";
import type { Policy, PublicGroup } from "./public";
import { APARTE, isEd25519Key, VERSION } from "./suites";
import { ParentNode, type Tree } from "./tree";

export const GROUP_ID_SIZE = 32;
export const PSK_NONCE_SIZE = 48;
export const MAX_LEAVES = 1_024;
/** A version, a seat of 16 octets, a nonce of 12, a sealed name of 128 and its tag of 16 (spec/keys.md). */
export const IDENTITY_SIZE = 173;
export const SIGNATURE_KEY_SIZE = 32;

/** The only abilities a leaf may state: there is nothing to negotiate. */
export const CAPABILITIES = new Capabilities([VERSION], [APARTE.id], [], [], [BASIC]);

/** The seat (16 octets) that an identity names in clear; throws `MlsError`. Nothing vouches for it yet. */
export function readSeat(identity: Uint8Array): Uint8Array {
  demand(identity.length === IDENTITY_SIZE && identity[0] === 1, Rule.IDENTITY);
  return identity.subarray(1, 1 + SEAT_SIZE);
}

/** Checks that a GroupInfo brings what a newcomer needs, and nothing else: the tree travels apart. */
export function checkInfoExtensions(info: GroupInfo): void {
  const [first, ...others] = info.extensions.map(({ type }) => type);
  demand(first === ExtensionType.EXTERNAL_PUB && others.length === 0, Rule.INFO_EXTENSIONS);
}

/** The rules that everybody can check, the server too. Who holds the link also opens the identities. */
export class MeetingPolicy implements Policy {
  constructor(readonly pskId: Uint8Array) {}

  /** Checks the form of a group that is described to us. */
  checkInfo(info: GroupInfo, tree: Tree): void {
    const { context } = info;
    demand(tree.suite.id === APARTE.id, Rule.ONLY_SUITE);
    demand(context.groupId.length === GROUP_ID_SIZE, Rule.GROUP_ID);
    demand(context.extensions.length === 0, Rule.NO_CONTEXT_EXTENSIONS);
    checkInfoExtensions(info);
    demand(tree.size <= MAX_LEAVES, Rule.LEAVES);
    for (const node of tree.nodes) {
      demand(!(node instanceof ParentNode) || node.unmergedLeaves.length === 0, Rule.NO_UNMERGED);
    }
  }

  /** Checks that a message is a commit of one of the two kinds that there are. */
  checkMessage(group: PublicGroup, message: AuthenticatedContent): void {
    const { framed } = message;
    const commit = framed.content;
    if (message.wireFormat !== WireFormat.PUBLIC_MESSAGE || !(commit instanceof Commit)) {
      throw new MlsError(Rule.ONLY_PUBLIC_COMMITS);
    }
    demand(framed.authenticatedData.length === 0, Rule.NO_AUTHENTICATED_DATA);
    const proposals = commit.proposals.map((entry) => {
      if (!(entry instanceof Inline)) throw new MlsError(Rule.BY_VALUE);
      return entry.proposal;
    });
    if (framed.sender.type === SenderType.NEW_MEMBER_COMMIT) {
      this.#checkJoin(proposals);
      demand(group.tree.freeLeaf() < MAX_LEAVES, Rule.LEAVES);
    } else {
      demand(
        proposals.every((proposal) => proposal instanceof Remove),
        Rule.MEMBER_PROPOSALS,
      );
    }
    demand(commit.path !== null, Rule.ALWAYS_A_PATH);
  }

  #checkJoin(proposals: readonly Proposal[]): void {
    const inits = proposals.filter((proposal) => proposal instanceof ExternalInit);
    const psks = proposals.filter((proposal) => proposal instanceof PreSharedKey);
    demand(inits.length === 1 && inits.length + psks.length === proposals.length, Rule.JOIN_EXACTLY);
    const [one, ...others] = psks;
    if (one === undefined || others.length > 0) throw new MlsError(Rule.LINK_PSK);
    const { key, nonce } = one.psk;
    const isOurs = key.type === PskType.EXTERNAL && equal(key.id, this.pskId);
    demand(isOurs && nonce.length === PSK_NONCE_SIZE, Rule.LINK_PSK);
  }

  /** Checks that a leaf is one that a client of ours makes, and names a seat. */
  checkLeaf(leaf: LeafNode, index: number): void | Promise<void> {
    demand(equal(leaf.capabilities.encoded, CAPABILITIES.encoded), Rule.CAPABILITIES);
    demand(leaf.extensions.length === 0, Rule.NO_LEAF_EXTENSIONS);
    const isFirst = leaf.source === Source.KEY_PACKAGE && index === 0;
    demand(leaf.source === Source.COMMIT || isFirst, Rule.SOURCES);
    demand(leaf.credential.type === BASIC && leaf.signatureKey.length === SIGNATURE_KEY_SIZE, Rule.IDENTITY);
    demand(isEd25519Key(leaf.signatureKey), Rule.SIGNATURE_KEY);
    readSeat(leaf.credential.identity);
  }

  /** Checks that a member stays who it is. */
  checkSuccessor(old: LeafNode, replacement: LeafNode): void {
    const isSame =
      equal(replacement.credential.encoded, old.credential.encoded) &&
      equal(replacement.signatureKey, old.signatureKey);
    demand(isSame, Rule.IDENTITY_STAYS);
  }

  /** Checks that every seat has one leaf. */
  checkLeaves(tree: Tree): void {
    const seats = [...tree.leaves()].map(([, leaf]) => readSeat(leaf.credential.identity));
    demand(allDiffer(seats), Rule.SEAT_UNIQUE);
  }
}
