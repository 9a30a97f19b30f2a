/** Making commits (RFC 9420 section 12.4.1), a member's and a newcomer's. */

import { apply, checkMemberProposals, checkPsks } from "../../core/mls/changes";
import { Commit } from "../../core/mls/commit";
import { interimTranscriptHash } from "../../core/mls/context";
import { Rule } from "../../core/mls/errors";
import { Extension, ExtensionType } from "../../core/mls/extensions";
import {
  type ContentFormat,
  FramedContent,
  member,
  type PrivateMessage,
  type PublicMessage,
  type Sender,
  SenderType,
  WireFormat,
} from "../../core/mls/framing";
import { type Change, judge, needsPath, type PendingProposals, resolve } from "../../core/mls/judge";
import { Add, Inline, type Proposal, Reference } from "../../core/mls/proposals";
import type { Policy, PublicGroup } from "../../core/mls/public";
import { isBelow } from "../../core/mls/treemath";
import type { Welcome } from "../../core/mls/welcome";
import { type Group, NO_PSKS, nextEpoch, type Psks, signInfo } from "./group";
import type { Random } from "./hpke";
import { type EpochSecrets, epochSecrets, joinerSecret, pskSecret, welcomeSecret } from "./keyschedule";
import { confirmationTag, protectPublic, sealPrivate, signContent } from "./protect";
import { refuseAs, type SecretSuite } from "./suite";
import { type NewPath, newPath, type PathMaker, sealPath, stillValid } from "./treekem";
import { sealWelcome } from "./welcome";

/** A commit and the epoch that begins if it is accepted; `before` has the key of a sealed commit used up. */
export interface Committed {
  readonly group: Group;
  readonly message: PublicMessage | PrivateMessage;
  readonly welcome: Welcome | null;
  readonly before: Group;
}

/** Where a commit starts from: the committer as it signs, and the proposals that it takes along. */
export interface Draft extends PathMaker {
  readonly suite: SecretSuite;
  readonly policy: Policy;
  readonly public: PublicGroup;
  readonly sender: Sender;
  readonly entries: readonly (Inline | Reference)[];
  readonly pending: PendingProposals;
  readonly wireFormat: ContentFormat;
  readonly withPath: boolean;
  /** What the application says along with the commit; nothing unless told. */
  readonly authenticatedData?: Uint8Array;
}

/** A signed commit with its secrets; `joiner` and `psk` are what a Welcome is made from. */
export interface Made {
  readonly change: Change;
  readonly path: NewPath | null;
  readonly public: PublicGroup;
  readonly secrets: EpochSecrets;
  readonly message: PublicMessage;
  readonly joiner: Uint8Array;
  readonly psk: Uint8Array;
  readonly tag: Uint8Array;
}

/** What a commit is made from that nobody else may see; `psks` are the keys of its proposals, in order. */
export interface Ingredients {
  readonly initSecret: Uint8Array;
  readonly psks: readonly Uint8Array[];
  readonly membershipKey: Uint8Array;
}

/** Makes a commit; it is judged as its receivers will judge it. Throws `MlsError`. */
export async function make(
  draft: Draft,
  { initSecret, psks, membershipKey }: Ingredients,
  random: Random,
): Promise<Made> {
  const { suite, policy, pending, sender, entries } = draft;
  const { context } = draft.public;
  const { path, sealed } = await makePath(draft, random);
  const framed = new FramedContent(
    context.groupId,
    context.epoch,
    sender,
    draft.authenticatedData ?? new Uint8Array(0),
    new Commit(entries, sealed),
  );
  const content = await signContent(suite, draft.wireFormat, framed, context, draft.signatureKey);
  const change = await judge(draft.public, content, policy, pending);

  const commitSecret = path?.commitSecret ?? new Uint8Array(suite.size);
  const after = change.after.context;
  const names = change.psks;
  if (psks.length !== names.length) throw new RangeError("a commit has one key for each of its names");
  const psk = await pskSecret(
    suite,
    names.map((name, index) => ({ name, key: psks[index] ?? new Uint8Array(0) })),
  );
  const joiner = await joinerSecret(suite, initSecret, commitSecret, after);
  const secrets = await epochSecrets(suite, joiner, psk, after);
  commitSecret.fill(0);
  const tag = await confirmationTag(suite, secrets.confirmation, after.confirmedTranscriptHash);
  const interim = await interimTranscriptHash(suite.public, after.confirmedTranscriptHash, tag);
  const message = await protectPublic(suite, content.confirmedWith(tag), context, membershipKey);
  const group = { ...change.after, interimTranscriptHash: interim };
  return { change, path, public: group, secrets, message, joiner, psk, tag };
}

async function makePath(draft: Draft, random: Random) {
  const { suite, policy, sender, leaf, template } = draft;
  const applied = await apply(draft.public, resolve(draft.entries, draft.sender, draft.pending), policy);
  if (!draft.withPath) return { path: null, sealed: null };
  const joins = sender.type === SenderType.NEW_MEMBER_COMMIT;
  const base = joins ? applied.tree.place(leaf, template) : applied.tree;
  const { context } = draft.public;
  const path = await newPath(suite, base, draft, context.groupId, random);
  const next = context.next(await path.tree.hash(), applied.extensions);
  const sealing = sealPath(suite, path, base, leaf, applied.added, next, random);
  return { path, sealed: await refuseAs(Rule.PUBLIC_KEY, sealing) };
}

/** What there is to say about a commit beyond its proposals. */
export interface Options {
  /** Proposals that were sent before, by reference. */
  readonly references?: readonly Uint8Array[];
  readonly psks?: Psks;
  /** A path may be left out for adds and keys alone. */
  readonly withPath?: boolean;
  /** Seals the commit. */
  readonly sealed?: boolean;
}

/** Commits proposals by value and by reference. Throws `MlsError`, and nothing has changed. */
export async function commit(
  group: Group,
  proposals: readonly Proposal[],
  random: Random,
  { references = [], psks = NO_PSKS, withPath = true, sealed = false }: Options = {},
): Promise<Committed> {
  const { suite, policy, leaf, signatureKey, pending } = group;
  const entries = [...references.map((hash) => new Reference(hash)), ...proposals.map((each) => new Inline(each))];
  const sender = member(leaf);
  const found = resolve(entries, sender, pending);
  checkMemberProposals(group.public, leaf, found);
  const draft: Draft = {
    suite,
    policy,
    public: group.public,
    sender,
    leaf,
    template: group.ownLeaf(),
    signatureKey,
    entries,
    pending,
    wireFormat: sealed ? WireFormat.PRIVATE_MESSAGE : WireFormat.PUBLIC_MESSAGE,
    withPath: withPath || needsPath(found),
  };
  const keys = checkPsks(suite.public, found).map((name) => group.findPsk(name, psks));
  const { init: initSecret, membership: membershipKey } = group.secrets;
  const made = await make(draft, { initSecret, psks: keys, membershipKey }, random);
  const known = new Map([...group.keys, ...(made.path?.private ?? [])]);
  const after = nextEpoch(group, {
    public: made.public,
    keys: stillValid(made.public.tree, leaf, known),
    secrets: made.secrets,
    confirmationTag: made.tag,
  });
  const welcome = await welcomeFor(after, made, random);
  spend(made);
  if (!sealed) return { group: after, message: made.message, welcome, before: group };
  const { messages, secrets } = group;
  const hidden = await sealPrivate(suite, made.message.authenticated, messages, secrets.senderData, random);
  return { group: after, message: hidden.message, welcome, before: group.with({ messages: hidden.tree }) };
}

/** Overwrites what a commit was made with and nobody needs any longer. */
export function spend({ path, joiner, psk }: Made): void {
  const fromPath = path === null ? [] : [...path.secrets.values(), ...path.private.values()];
  for (const spent of [joiner, psk, ...fromPath]) spent.fill(0);
}

/** Seals the new epoch to everybody whom the commit adds. */
async function welcomeFor(group: Group, made: Made, random: Random): Promise<Welcome | null> {
  const { change, path, joiner, psk } = made;
  const packages = change.proposals.flatMap(({ proposal }) => (proposal instanceof Add ? [proposal.keyPackage] : []));
  if (packages.length === 0) return null;
  const newcomers = packages.map((keyPackage, index) => {
    const leaf = change.added[index] ?? 0;
    const shared = [...(path?.secrets ?? [])].find(([node]) => isBelow(2 * leaf, node));
    return { keyPackage, pathSecret: shared?.[1] ?? null };
  });
  const info = await signInfo(group, [new Extension(ExtensionType.RATCHET_TREE, group.public.tree.encoded)]);
  const sealing = await welcomeSecret(group.suite, joiner, psk);
  return sealWelcome(group.suite, info, sealing, joiner, change.psks, newcomers, random);
}
