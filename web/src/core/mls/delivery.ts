/** What a delivery service does with MLS: it follows a group from outside, one commit after another. */

import { equal } from "../octets";
import { GroupInfo, interimTranscriptHash } from "./context";
import { demand, MlsError, Rule } from "./errors";
import { ExtensionType } from "./extensions";
import { PublicMessage } from "./framing";
import { type Change, judge } from "./judge";
import { readMessage } from "./message";
import { checkGroupInfo, externalPub, type Policy, type PublicGroup } from "./public";
import type { Suite } from "./suites";

/** Reads an MLSMessage with a GroupInfo; throws `MlsError`. */
export function readGroupInfo(octets: Uint8Array, maxSize: number): GroupInfo {
  const info = readMessage(octets, maxSize);
  if (!(info instanceof GroupInfo)) throw new MlsError(Rule.WIRE_FORMAT);
  return info;
}

/**
 * Begins to follow a group whose GroupInfo (an MLSMessage) somebody left with us; `tree` are the octets of its
 * `ratchet_tree`, which travel apart. Throws `MlsError`.
 */
export async function followFrom(
  suite: Suite,
  octets: Uint8Array,
  tree: Uint8Array,
  policy: Policy,
  maxSize: number,
): Promise<PublicGroup> {
  const info = readGroupInfo(octets, maxSize);
  const group = await checkGroupInfo(suite, info, policy, tree);
  externalPub(info, suite);
  return group;
}

/**
 * Checks a commit (an MLSMessage) against the current epoch; `Change.after` is the next one.
 *
 * Members can still refuse it: membership tag, path and confirmation tag are checked with secrets. Throws `MlsError`,
 * and nothing has changed.
 */
export async function follow(group: PublicGroup, octets: Uint8Array, policy: Policy, maxSize: number): Promise<Change> {
  const message = readMessage(octets, maxSize);
  if (!(message instanceof PublicMessage)) throw new MlsError(Rule.WIRE_FORMAT);
  return judge(group, message.authenticated, policy);
}

/** Checks that a GroupInfo brings what a newcomer needs, and nothing else: the tree travels apart. */
export function checkInfoExtensions(info: GroupInfo): void {
  const [first, ...others] = info.extensions.map(({ type }) => type);
  demand(first === ExtensionType.EXTERNAL_PUB && others.length === 0, Rule.INFO_EXTENSIONS);
}

/**
 * Checks that a GroupInfo (an MLSMessage) describes the epoch that a commit makes, signed by its committer.
 *
 * Newcomers start from it: one that does not fit would keep everybody else out. Its context holds the tree hash, so
 * that the tree which goes with it is the one that the commit makes. Throws `MlsError`.
 */
export async function checkAnnouncement(change: Change, octets: Uint8Array, maxSize: number): Promise<void> {
  const info = readGroupInfo(octets, maxSize);
  checkInfoExtensions(info);
  const { suite, context, tree, interimTranscriptHash: expected } = change.after;
  demand(equal(info.context.encoded, context.encoded), Rule.INFO_TREE);
  const interim = await interimTranscriptHash(suite, context.confirmedTranscriptHash, info.confirmationTag);
  demand(equal(interim, expected), Rule.INFO_TREE);
  externalPub(info, suite);
  const signer = info.signer === change.committer ? tree.leaf(info.signer) : null;
  if (signer === null) throw new MlsError(Rule.INFO_SIGNATURE);
  await suite.verifyWithLabel(signer.signatureKey, "GroupInfoTBS", info.body, info.signature, Rule.INFO_SIGNATURE);
}
