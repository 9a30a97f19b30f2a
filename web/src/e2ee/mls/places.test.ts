/** Rules that are kept in more than one place: each place, and each part of a condition, is broken alone. */
import { beforeAll, expect, test, vi } from "vitest";
import { vector } from "../../core/mls/codec";
import { UpdatePath } from "../../core/mls/commit";
import { GroupContext, GroupInfo } from "../../core/mls/context";
import { checkAnnouncement, follow, followFrom, readGroupInfo } from "../../core/mls/delivery";
import { MlsError, Rule } from "../../core/mls/errors";
import { Extension, ExtensionType } from "../../core/mls/extensions";
import { ContentType, PrivateMessage } from "../../core/mls/framing";
import { type Change, judge } from "../../core/mls/judge";
import { LeafNode } from "../../core/mls/leaf";
import { writeMessage } from "../../core/mls/message";
import { Add, Remove } from "../../core/mls/proposals";
import { Suite } from "../../core/mls/suites";
import { Tree } from "../../core/mls/tree";
import { ascii } from "../../core/octets";
import { Opens } from "../../core/policy/charter";
import { MAX_TREE } from "../../core/wire/limits";
import { openApplication, sealApplication } from "./application";
import { commit } from "./commit";
import { create, newKeyPackage } from "./create";
import { Crowd, SUITE } from "./crowd.node";
import { Meeting, makeLink, person, random, unsafeInside } from "./fixture";
import { commitOf, frame, refusalOf, UNSAFE_OPEN } from "./forge";
import { type Group, signInfo } from "./group";
import { join, joinExternal } from "./join";
import { pskSecret, welcomeSecret } from "./keyschedule";
import { MeetingGroup } from "./meeting";
import { LinkPolicy } from "./policy";
import { process } from "./process";
import { hearPrivate } from "./propose";
import { SecretTree } from "./secrettree";
import { APARTE, SecretSuite } from "./suite";
import { deriveUpwards, type JudgedPath, openPath } from "./treekem";
import { openGroupSecrets, sealWelcome } from "./welcome";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const ZEROS = new Uint8Array(32);
const MAX = 1 << 18;

let crowd: Crowd;
let one: Group;
let other: Group;
let meeting: Meeting;

/** Five members of a used group, of which leaves 5 to 7 are blank; and two of a meeting. */
beforeAll(async () => {
  crowd = await Crowd.of(9);
  for (let count = 0; count < 4; count++) await crowd.external();
  [one, other] = [crowd.members[1], crowd.members[3]] as [Group, Group];
  meeting = new Meeting();
  for (const name of ["Ada", "Bea"]) await meeting.enter(name);
});

async function refused(rule: Rule, ...attempts: readonly (() => unknown)[]): Promise<void> {
  for (const [place, attempt] of attempts.entries()) {
    const refusal = await refusalOf((async () => attempt())());
    expect([place, refusal?.id, refusal?.reason]).toEqual([place, rule.id, rule.reason]);
  }
}

const inside = (name: string): Group => unsafeInside(meeting.at(name)).inner;
const policyOf = ({ keys, charter }: Meeting["link"]) => new LinkPolicy(keys, charter, () => false);

/** A suite that takes anything for a key, so that the KEM itself has to say no. */
function careless(): SecretSuite {
  const { id, hashSize, kemOutputSize } = SUITE.public;
  const primitives = { hash: (data: Uint8Array) => SUITE.public.hash(data), verify: async () => true };
  return new SecretSuite(new Suite({ id, hashSize, kemOutputSize, isPublicKey: () => true }, primitives), SUITE.hpke);
}

// --- order and place -------------------------------------------------------------------------------------------------

test("F01 to F02: what is sealed is for this epoch, and so is our own commit", async () => {
  const sealed = (await commit(one, [], random, { sealed: true })).message as PrivateMessage;
  const at = (groupId: Uint8Array, epoch: bigint) =>
    new PrivateMessage(
      groupId,
      epoch,
      sealed.contentType,
      sealed.authenticatedData,
      sealed.encryptedSenderData,
      sealed.ciphertext,
    );
  await refused(Rule.GROUP, () => process(other, at(ascii("other"), one.epoch)));
  await refused(
    Rule.EPOCH_OVER,
    () => process(other, at(one.groupId, one.epoch - 1n)),
    async () => process(one, await frame(one, await commitOf(one), { epoch: one.epoch - 1n })),
  );
});

test("F04: keys of a sender that there are none of", async () => {
  const none = new SecretTree(SUITE, 8, new Map(), new Map());
  await refused(Rule.SENDER, () => none.ratchet(1, ContentType.APPLICATION));
});

test("F06: a sealed commit is no talk, and talk no proposal", async () => {
  const sealed = (await commit(one, [], random, { sealed: true })).message as PrivateMessage;
  const talk = (await sealApplication(one, ascii("hello"), random)).message;
  await refused(
    Rule.SENDER_CONTENT,
    () => openApplication(other, sealed),
    () => hearPrivate(other, talk),
  );
});

test("C10: another takes our leaf, or nobody is at it", async () => {
  const removes = [other.leaf];
  const made = await joinExternal(SUITE, UNSAFE_OPEN, await one.info(), await crowd.leaf(), random, { removes });
  expect(made.group.leaf).toBe(other.leaf);
  const honest = await commit(one, [], random);
  await refused(
    Rule.WE_ARE_REMOVED,
    () => process(other, made.message),
    () => other.with({ leaf: 6 }).ownLeaf(),
    () => process(other.with({ leaf: 6, keys: new Map() }), honest.message),
  );
});

test("P05: our own commit removes nobody who is not there", async () => {
  await refused(Rule.REMOVED_LEAF, () => commit(one, [new Remove(99)], random));
});

// --- keys and paths --------------------------------------------------------------------------------------------------

test("L07: the KEM has the last word on a key", async () => {
  const external = new Extension(ExtensionType.EXTERNAL_PUB, vector(ZEROS));
  const tree = new Extension(ExtensionType.RATCHET_TREE, one.public.tree.encoded);
  const info = await signInfo(one, [external, tree]);
  const nodes = [...one.public.tree.nodes];
  nodes[0] = new LeafNode({ ...(one.public.tree.leaf(0) as LeafNode), encryptionKey: ZEROS });
  const suite = careless();
  const bad = one.with({ suite, public: { ...one.public, suite: suite.public, tree: new Tree(suite.public, nodes) } });
  await refused(
    Rule.PUBLIC_KEY,
    async () => joinExternal(suite, UNSAFE_OPEN, info, await crowd.leaf(), random),
    () => commit(bad, [], random),
  );
});

/** What `one` has committed, as `other` opens it. */
async function judged(): Promise<JudgedPath> {
  const { message } = await commit(one, [], random);
  if (message instanceof PrivateMessage) throw new Error("a public commit");
  const change: Change = await judge(other.public, message.authenticated, UNSAFE_OPEN);
  const { path, base, committer, added, pathContext: context } = change;
  if (path === null) throw new Error("a commit with a path");
  return { path, base, tree: change.after.tree, committer, added, context };
}

test("C05: a path that is not for us", async () => {
  const path = await judged();
  await refused(
    Rule.PATH_OPENS,
    () => openPath(SUITE, path, path.committer, one.keys),
    () => openPath(SUITE, { ...path, path: new UpdatePath(path.path.leaf, []) }, other.leaf, other.keys),
    () => openPath(SUITE, path, other.leaf, new Map()),
  );
});

test("C06: a secret for a path that was never set", async () => {
  const tree = one.public.tree.update(one.leaf, one.ownLeaf());
  const [first] = tree.filteredPath(one.leaf);
  await refused(Rule.PATH_KEYS, () => deriveUpwards(SUITE, tree, one.leaf, first?.node ?? 0, random(32), new Map()));
});

// --- Welcome ---------------------------------------------------------------------------------------------------------

test("G07: the GroupInfo of a Welcome was sealed with another key", async () => {
  const own = await crowd.package();
  const { welcome } = await commit(one, [new Add(own.keyPackage)], random);
  if (welcome === null) throw new Error("no Welcome");
  const { joinerSecret } = await openGroupSecrets(SUITE, welcome, own.keyPackage, own.initKey);
  const newcomer = { keyPackage: own.keyPackage, pathSecret: null };
  const again = await sealWelcome(SUITE, await one.info(), random(32), joinerSecret, [], [newcomer], random);
  await refused(Rule.WELCOME_OPENS, () => join(SUITE, UNSAFE_OPEN, again, own));
});

test("G08: a Welcome into a group of nobody else, with a secret for nothing", async () => {
  const leaf = await crowd.leaf();
  const alone = await create(SUITE, UNSAFE_OPEN, ascii("alone"), leaf, random);
  const own = await newKeyPackage(SUITE, leaf, random);
  const sealing = await welcomeSecret(SUITE, ZEROS, await pskSecret(SUITE, []));
  const newcomer = { keyPackage: own.keyPackage, pathSecret: random(32) };
  const welcome = await sealWelcome(SUITE, await alone.info(), sealing, ZEROS, [], [newcomer], random);
  await refused(Rule.WELCOME_PATH, () => join(SUITE, UNSAFE_OPEN, welcome, own));
});

// --- a meeting -------------------------------------------------------------------------------------------------------

test("M01: a tree that is too large", async () => {
  const tree = new Uint8Array(MAX_TREE + 1);
  await refused(Rule.SIZE, () => MeetingGroup.join({ ...meeting.current, tree }, person(meeting.link, "Cem")));
});

test("A08: nothing but commits is processed", async () => {
  await refused(Rule.ONLY_PUBLIC_COMMITS, () => meeting.at("Ada").process(meeting.current.info));
});

test("A16: a member looks at the form of a leaf too", async () => {
  const leaf = new LeafNode({ ...inside("Ada").ownLeaf(), extensions: [new Extension(77, ZEROS)] });
  await refused(Rule.NO_LEAF_EXTENSIONS, () => policyOf(meeting.link).checkLeaf(leaf, 0));
});

test("A17: whom a leaf belongs to", async () => {
  const leaf = inside("Ada").ownLeaf();
  const picky = {
    ...UNSAFE_OPEN,
    checkLeaf: () => {
      throw new MlsError(Rule.IDENTITY);
    },
  };
  await refused(
    Rule.IDENTITY,
    () => MeetingGroup.create(person(meeting.link, "\n")),
    () => policyOf({ charter: meeting.link.charter, keys: makeLink().keys }).checkLeaf(leaf, 0),
    () => policyOf(meeting.link).holder(leaf),
    async () => create(SUITE, picky, ascii("group"), await crowd.leaf(), random),
  );
});

// --- what the server tells newcomers ---------------------------------------------------------------------------------

/** A commit of Ada's as the server has judged it, and the group as she has it. */
async function announced(): Promise<{ change: Change; group: Group; info: GroupInfo }> {
  const { link, current } = meeting;
  const server = await followFrom(APARTE.public, current.info, current.tree, policyOf(link), MAX);
  const made = await meeting.at("Ada").commit();
  const change = await follow(server, made.commit, policyOf(link), MAX);
  await checkAnnouncement(change, made.info, MAX);
  return { change, group: unsafeInside(made.group).inner, info: readGroupInfo(made.info, MAX) };
}

const announce = (change: Change, info: GroupInfo) => checkAnnouncement(change, writeMessage(info), MAX);

test("G03: an announcement is of its epoch", async () => {
  const { change, group, info } = await announced();
  const { version, suite, groupId, epoch, treeHash, confirmedTranscriptHash } = info.context;
  const context = new GroupContext(version, suite, groupId, epoch + 1n, treeHash, confirmedTranscriptHash, []);
  await refused(
    Rule.INFO_TREE,
    async () => announce(change, await signInfo(group.with({ public: { ...group.public, context } }), info.extensions)),
    async () => announce(change, await signInfo(group.with({ confirmationTag: new Uint8Array(48) }), info.extensions)),
  );
});

test("G02: an announcement is its committer's", async () => {
  const { change, group, info } = await announced();
  const { leaf, signatureKey } = inside("Bea");
  const { context, extensions, confirmationTag, signer } = info;
  await refused(
    Rule.INFO_SIGNATURE,
    async () => announce(change, await signInfo(group.with({ leaf, signatureKey }), extensions)),
    () => announce(change, new GroupInfo(context, extensions, confirmationTag, signer, new Uint8Array(64))),
  );
});

test("A04: an announcement has the one extension", async () => {
  const { change, group } = await announced();
  await refused(Rule.INFO_EXTENSIONS, async () => announce(change, await signInfo(group, [])));
});

test("L07: an announcement has a key that newcomers can use", async () => {
  const { change, group } = await announced();
  const bad = new Extension(ExtensionType.EXTERNAL_PUB, vector(new Uint8Array(1_216)));
  await refused(Rule.PUBLIC_KEY, async () => announce(change, await signInfo(group, [bad])));
});

test("A24, A29: one's own client makes no group that one may not make", async () => {
  const making = MeetingGroup.create(person(makeLink({ opens: Opens.ORGANISERS }), "Gus"));
  await expect(making).rejects.toMatchObject({ rule: Rule.OPENING });
});
