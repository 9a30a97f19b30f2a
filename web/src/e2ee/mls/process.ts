/** Following somebody else's commit into the next epoch (RFC 9420 section 12.4.2). */

import { demand, MlsError, Rule } from "../../core/mls/errors";
import { type AuthenticatedContent, type PrivateMessage, PublicMessage, SenderType } from "../../core/mls/framing";
import { type Change, checkPlace, judge } from "../../core/mls/judge";
import { equal, hex } from "../../core/octets";
import { type Group, NO_PSKS, nextEpoch, type Psks } from "./group";
import { epochSecrets, externalInit, joinerSecret, pskSecret } from "./keyschedule";
import { checkMembership, confirmationTag, openPrivate } from "./protect";
import { refuseAs } from "./suite";
import { type Opened, openPath, stillValid } from "./treekem";

/** The epoch that a commit begins; throws `MlsError`, and nothing has changed. */
export async function process(
  group: Group,
  message: PublicMessage | PrivateMessage,
  psks: Psks = NO_PSKS,
): Promise<Group> {
  if (message instanceof PublicMessage) return follow(group, message.authenticated, psks, message);
  checkPlace(group.public, message.groupId, message.epoch);
  const { content } = await openPrivate(group.suite, message, group.messages, group.secrets.senderData);
  return follow(group, content, psks, null);
}

/** Judges a commit and enters its epoch; `tagged` is the public message whose tag is still to be checked. */
async function follow(
  group: Group,
  content: AuthenticatedContent,
  psks: Psks,
  tagged: PublicMessage | null,
): Promise<Group> {
  const { suite } = group;
  const { sender, groupId, epoch } = content.framed;
  checkPlace(group.public, groupId, epoch);
  demand(sender.type !== SenderType.MEMBER || sender.index !== group.leaf, Rule.OWN_MESSAGE);
  const change = await judge(group.public, content, group.policy, group.pending);
  if (tagged !== null) await checkMembership(suite, tagged, group.public.context, group.secrets.membership);
  demand(!change.removed.includes(group.leaf), Rule.WE_ARE_REMOVED);

  const { after } = change;
  const { keys, commitSecret } = await walk(group, change);
  const psk = await pskSecret(
    suite,
    change.psks.map((name) => ({ name, key: group.findPsk(name, psks) })),
  );
  const initSecret = await initSecretOf(group, change);
  const joiner = await joinerSecret(suite, initSecret, commitSecret, after.context);
  const secrets = await epochSecrets(suite, joiner, psk, after.context);
  for (const spent of [initSecret, commitSecret, psk, joiner]) spent.fill(0);
  const tag = await confirmationTag(suite, secrets.confirmation, after.context.confirmedTranscriptHash);
  demand(equal(tag, content.confirmationTag), Rule.CONFIRMATION_TAG);
  return nextEpoch(group, { public: after, keys, secrets, confirmationTag: tag });
}

/** Our private keys after the commit, and its commit secret. */
async function walk(group: Group, change: Change): Promise<Opened> {
  const { suite, leaf: own } = group;
  const keys = stillValid(change.base, own, group.keys);
  const leaf = change.base.leaf(own);
  if (leaf === null) throw new MlsError(Rule.WE_ARE_REMOVED);
  const updated = group.updates.get(hex(leaf.encryptionKey));
  if (updated !== undefined) keys.set(2 * own, updated.slice());
  const { path, base, committer, added, pathContext: context } = change;
  if (path === null) return { keys, commitSecret: new Uint8Array(suite.size) };
  return openPath(suite, { path, base, tree: change.after.tree, committer, added, context }, own, keys);
}

/** A secret of its own, which may be overwritten. */
async function initSecretOf(group: Group, change: Change): Promise<Uint8Array> {
  if (!change.joins) return group.secrets.init.slice();
  const key = await group.suite.kem.privateKey(group.secrets.external);
  return refuseAs(Rule.PATH_OPENS, externalInit(group.suite, key, change.kemOutput));
}
