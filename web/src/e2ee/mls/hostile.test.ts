/** What somebody hostile could send: each is refused by its own rule, and the group stays what it was. */

import { beforeAll, describe, expect, test, vi } from "vitest";
import { u16, vector } from "../../core/mls/codec";
import { UpdatePathNode } from "../../core/mls/commit";
import { BASIC } from "../../core/mls/credential";
import { Rule } from "../../core/mls/errors";
import { Extension } from "../../core/mls/extensions";
import {
  type Content,
  ContentType,
  NEW_MEMBER,
  PrivateMessage,
  type PublicMessage,
  Sender,
  SenderType,
} from "../../core/mls/framing";
import { Capabilities, type LeafFields, LeafNode, Source } from "../../core/mls/leaf";
import { writeMessage } from "../../core/mls/message";
import {
  Add,
  ExternalInit,
  Inline,
  PreSharedKey,
  PreSharedKeyId,
  PskType,
  PskUsage,
  ReInit,
  Remove,
  Update,
} from "../../core/mls/proposals";
import { type Node, ParentNode, Tree } from "../../core/mls/tree";
import { concat } from "../../core/octets";
import { Charter } from "../../core/policy/charter";
import { CAPABILITIES, POLICY_TYPE, readPerson } from "../../core/policy/meeting";
import { newKeyPackage, newLeaf } from "./create";
import { newSignatureKey } from "./ed25519";
import { describe as described, Meeting, makeLink, person, random, unsafeInside, view } from "./fixture";
import { commitOf, frame, intrude, type PathEdit, pathOf, signInfoAgain, signLeaf } from "./forge";
import { type Group, signInfo } from "./group";
import { epochSecrets, exportSecret, joinerSecret } from "./keyschedule";
import { credentialOf, type Identity, MeetingGroup } from "./meeting";
import type { LinkSecrets } from "./policy";
import { APARTE } from "./suite";
import { newPath, sealPath } from "./treekem";

// Post-quantum keys cost milliseconds each, and machines that run tests are busy.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let meeting: Meeting;
let ada: MeetingGroup;
let bea: MeetingGroup;
/** Bea's group from inside: she is a member, and makes whatever she likes. */
let hers: Group;

beforeAll(async () => {
  meeting = new Meeting();
  for (const name of ["Ada", "Bea", "Cem", "Dan"]) await meeting.enter(name);
  [ada, bea] = [meeting.at("Ada"), meeting.at("Bea")];
  hers = unsafeInside(bea).inner;
});

/** Ada refuses a commit by `rule`, nothing about her group has changed, and it still follows honest commits. */
async function refuses(message: PublicMessage | PrivateMessage | Uint8Array, rule: Rule): Promise<void> {
  const octets = message instanceof Uint8Array ? message : writeMessage(message);
  const before = await view(ada);
  const attempt = ada.process(octets);
  await expect(attempt).rejects.toMatchObject({ name: "MlsError", rule, reason: rule.reason, message: rule.reason });
  expect(await view(ada)).toBe(before);
}

const offer = async (content: Content, rule: Rule) => refuses(await frame(hers, content), rule);
const psk = (id: Uint8Array, nonce: Uint8Array = random(48)) =>
  new PreSharedKey(new PreSharedKeyId({ type: PskType.EXTERNAL, id }, nonce));
const ghost = () => person(meeting.link, "Ghost");

async function ownLeaf(who: Identity, changes: Partial<LeafFields> = {}) {
  const key = await newSignatureKey(random);
  const { credential = await credentialOf(who, key.publicKey), capabilities = CAPABILITIES } = changes;
  return newLeaf(APARTE, credential, capabilities, key, random, changes.extensions);
}

test("what is forged soundly is refused for its confirmation tag alone, and honest commits are followed", async () => {
  await offer(await commitOf(hers), Rule.CONFIRMATION_TAG);
  await offer(await commitOf(hers, { proposals: [] }), Rule.CONFIRMATION_TAG);
  const honest = await bea.commit();
  expect(await view(await ada.process(honest.commit))).toBe(await view(honest.group));
});

describe("[P6] a member may only renew and remove", () => {
  test("no other proposal, alone or beside a removal", async () => {
    const keyPackage = await newKeyPackage(APARTE, await ownLeaf(ghost()), random);
    const forbidden = [
      new Add(keyPackage.keyPackage),
      new Update(hers.ownLeaf()),
      psk(meeting.link.keys.pskId),
      new ExternalInit(random(1120)),
    ];
    for (const proposal of forbidden) {
      await offer(await commitOf(hers, { proposals: [proposal] }), Rule.MEMBER_PROPOSALS);
      await offer(await commitOf(hers, { proposals: [new Remove(2), proposal] }), Rule.MEMBER_PROPOSALS);
    }
  });

  test("[P15] no ReInit to another suite", async () => {
    const proposals = [new ReInit(hers.groupId, 1, 1, [])];
    await offer(await commitOf(hers, { proposals }), Rule.MEMBER_PROPOSALS);
  });

  test("no proposal of an unknown type", async () => {
    const remove = new Remove(2).encoded;
    const commit = writeMessage(await frame(hers, await commitOf(hers, { proposals: [new Remove(2)] })));
    const at = commit.findIndex((_, index) => remove.every((octet, place) => commit[index + place] === octet));
    const unknown = commit.slice();
    unknown.set(u16(0xf00d), at);
    await refuses(unknown, Rule.PROPOSAL_TYPE);
  });

  test("nobody twice, nobody who is not there, not herself, and always with a path", async () => {
    const removing = (...leaves: number[]) => ({ proposals: leaves.map((leaf) => new Remove(leaf)) });
    await offer(await commitOf(hers, removing(2, 2)), Rule.LEAF_TWICE);
    await offer(await commitOf(hers, removing(9)), Rule.REMOVED_LEAF);
    await offer(await commitOf(hers, removing(1)), Rule.OWN_REMOVAL);
    await offer(await commitOf(hers, { path: null }), Rule.ALWAYS_A_PATH);
    await offer(await commitOf(hers, { references: [random(48)] }), Rule.BY_VALUE);
    await refuses(await frame(hers, await commitOf(hers), { data: random(5) }), Rule.AUTHENTICATED_DATA);
  });

  test("nothing but commits, in clear, by members and newcomers", async () => {
    await offer(new Remove(2), Rule.SENDER_CONTENT);
    const sealed = new PrivateMessage(hers.groupId, hers.epoch, ContentType.COMMIT, random(0), random(30), random(90));
    await refuses(sealed, Rule.ONLY_PUBLIC_COMMITS);
    await refuses(meeting.current.info, Rule.ONLY_PUBLIC_COMMITS);
    for (const type of [SenderType.EXTERNAL, SenderType.NEW_MEMBER_PROPOSAL] as const) {
      await refuses(await frame(hers, await commitOf(hers), { sender: new Sender(type) }), Rule.SENDER_CONTENT);
    }
  });
});

describe("[P18 B24] who a leaf is never changes", () => {
  const edited = async (edit: PathEdit, rule: Rule) =>
    offer(await commitOf(hers, { path: await pathOf(hers, edit) }), rule);

  test("neither its identity nor its signature key", async () => {
    const { node } = await ownLeaf(person(meeting.link, "Somebody else"));
    await edited({ leaf: { credential: node.credential } }, Rule.IDENTITY_STAYS);
    const theirs = hers.public.tree.leaf(0)?.credential;
    await edited({ leaf: { credential: theirs ?? node.credential } }, Rule.IDENTITY_STAYS);
    const key = await newSignatureKey(random);
    await edited({ leaf: { signatureKey: key.publicKey }, key }, Rule.IDENTITY_STAYS);
  });

  test("[P15] nor what it can do", async () => {
    const wider = new Capabilities([1], [0xf0a1, 1], [POLICY_TYPE], [], [BASIC]);
    await edited({ leaf: { capabilities: wider } }, Rule.CAPABILITIES);
    await edited({ leaf: { extensions: [new Extension(0xf001, random(3))] } }, Rule.NO_LEAF_EXTENSIONS);
    await edited({ leaf: { source: Source.UPDATE, parentHash: random(0) } }, Rule.LEAF_SOURCE);
  });

  test("and nobody commits in another's name", async () => {
    const as = (leaf: number) => ({ sender: new Sender(SenderType.MEMBER, leaf) });
    await refuses(await frame(hers, await commitOf(hers), as(2)), Rule.CONTENT_SIGNATURE);
    await refuses(await frame(hers, await commitOf(hers), as(40)), Rule.SENDER);
    await refuses(await frame(hers, await commitOf(hers), as(0)), Rule.OWN_MESSAGE);
    const { membership } = hers.secrets;
    const outside = hers.with({ secrets: { ...hers.secrets, membership: membership.map((octet) => octet ^ 1) } });
    await refuses(await frame(outside, await commitOf(hers)), Rule.MEMBERSHIP_TAG);
  });
});

describe("a path cannot plant keys", () => {
  const withNodes = async (nodes: NonNullable<PathEdit["nodes"]>, rule: Rule) =>
    offer(await commitOf(hers, { path: await pathOf(hers, { nodes }) }), rule);
  const withKey = (key: Uint8Array) => (nodes: readonly UpdatePathNode[]) =>
    nodes.map(
      ({ encryptedPathSecret }, place) => new UpdatePathNode(place === 0 ? key : random(1216), encryptedPathSecret),
    );

  test("that stand in the tree already, or that nobody can encapsulate to", async () => {
    const known = hers.public.tree.leaf(3)?.encryptionKey ?? random(0);
    const honest = await pathOf(hers);
    const [first, ...others] = honest.nodes;
    const used = new UpdatePathNode(known, first?.encryptedPathSecret ?? []);
    await withNodes(() => [used, ...others], Rule.ENCRYPTION_KEY_UNIQUE);
    for (const spoil of [
      (key: Uint8Array) => key.fill(0, 1184),
      (key: Uint8Array) => key.fill(255, 0, 3),
      (key: Uint8Array) => key.slice(1),
    ]) {
      const key = spoil(first?.encryptionKey.slice() ?? random(0));
      await withNodes(withKey(key), Rule.PUBLIC_KEY);
    }
  });

  test("nor be too short, nor be sealed to fewer or more", async () => {
    await withNodes((nodes) => nodes.slice(1), Rule.PATH_LENGTH);
    for (const copies of [0, 2]) {
      const sealed = (node: UpdatePathNode) => new Array(copies).fill(node.encryptedPathSecret).flat();
      await withNodes(
        (nodes) => nodes.map((node) => new UpdatePathNode(node.encryptionKey, sealed(node))),
        Rule.PATH_CIPHERTEXTS,
      );
    }
  });
});

describe("[P5 A42 B24] nobody gets in without the link", () => {
  const outsider = async (proposals: readonly Inline[], leaf = ownLeaf(ghost())) =>
    intrude(hers, proposals, await leaf);
  const init = () => new Inline(new ExternalInit(random(1120)));
  const link = (nonce?: Uint8Array) => new Inline(psk(meeting.link.keys.pskId, nonce));

  test("the server, which has every GroupInfo and no link, is refused", async () => {
    const { charter, keys } = meeting.link;
    const server = makeLink({ ...charter });
    await expect(MeetingGroup.join(meeting.current, person(server, "Server"))).rejects.toThrow("identity");
    // Even when it copies an identity that it saw, it lacks the pre-shared key.
    const unsealed = { charter, keys: { ...keys, psk: server.keys.psk } };
    const { commit } = await MeetingGroup.join(meeting.current, person(unsealed, "Server"));
    await refuses(commit, Rule.CONFIRMATION_TAG);
    await refuses(await outsider([init(), link()], ownLeaf(person(server, "Server"))), Rule.IDENTITY);
    const elsewhere = person({ keys, charter: new Charter({ ...charter, meeting: random(16) }) }, "Elsewhere");
    await refuses(await outsider([init(), link()], ownLeaf(elsewhere)), Rule.PERSON);
  });

  test("an external commit without the pre-shared key, with another one, or with two is refused", async () => {
    const past = {
      type: PskType.RESUMPTION,
      usage: PskUsage.APPLICATION,
      groupId: ada.groupId,
      epoch: ada.epoch,
    } as const;
    const resumption = new Inline(new PreSharedKey(new PreSharedKeyId(past, random(48))));
    await refuses(await outsider([init()]), Rule.LINK_PSK);
    await refuses(await outsider([init(), new Inline(psk(random(30)))]), Rule.LINK_PSK);
    await refuses(await outsider([init(), link(), link()]), Rule.LINK_PSK);
    await refuses(await outsider([init(), resumption]), Rule.LINK_PSK);
    const short = await commitOf(hers, {
      proposals: [new ExternalInit(random(1120)), psk(meeting.link.keys.pskId, random(12))],
    });
    await refuses(await frame(hers, short, { sender: NEW_MEMBER }), Rule.LINK_PSK);
    await refuses(await outsider([init(), link()]), Rule.CONFIRMATION_TAG);
  });

  test("[P6] an external commit that removes, adds or initialises twice is refused", async () => {
    const offered = async (proposals: Inline["proposal"][], rule: Rule) =>
      refuses(await frame(hers, await commitOf(hers, { proposals }), { sender: NEW_MEMBER }), rule);
    const [start, key] = [new ExternalInit(random(1120)), psk(meeting.link.keys.pskId)];
    await offered([start, key, new Remove(3)], Rule.JOIN_EXACTLY);
    await offered([start, start, key], Rule.JOIN_EXACTLY);
    await offered([key], Rule.JOIN_EXACTLY);
    await offered([new ExternalInit(random(1119)), key], Rule.JOIN_INIT);
    const { keyPackage } = await newKeyPackage(APARTE, await ownLeaf(ghost()), random);
    await offered([start, key, new Add(keyPackage)], Rule.JOIN_EXACTLY);
  });

  test("a second leaf with the same seat is refused, on both sides", async () => {
    const { credential } = hers.ownLeaf();
    const twin = { ...ghost(), seat: readPerson(hers.ownLeaf()).seat };
    await expect(MeetingGroup.join(meeting.current, twin)).rejects.toMatchObject({ rule: Rule.SEAT_UNIQUE });
    await refuses(await outsider([init(), link()], ownLeaf(twin)), Rule.SEAT_UNIQUE);
    // The very identity that the other leaf has was endorsed for that leaf alone.
    await refuses(await outsider([init(), link()], ownLeaf(ghost(), { credential })), Rule.PERSON);
  });

  test("[P18] a leaf on a signature key that is already in the tree is refused", async () => {
    const { signatureKey, public: known } = hers;
    const place = known.tree.freeLeaf();
    const own = await ownLeaf(ghost(), { credential: await credentialOf(ghost(), signatureKey.publicKey) });
    const template = new LeafNode({ ...own.node, signatureKey: signatureKey.publicKey });
    const base = known.tree.place(place, template);
    const made = await newPath(APARTE, base, { leaf: place, template, signatureKey }, hers.groupId, random);
    const context = known.context.next(await made.tree.hash(), known.context.extensions);
    const path = await sealPath(APARTE, made, base, place, [], context, random);
    const proposals = [new ExternalInit(random(1120)), psk(meeting.link.keys.pskId)];
    const commit = await commitOf(hers, { proposals, path });
    await refuses(await frame(hers, commit, { sender: NEW_MEMBER }), Rule.SIGNATURE_KEY_UNIQUE);
  });

  test("a server that copies people's identities into a group of its own can lure somebody, and learns no key", async () => {
    // The identity is a copy of what the server saw; the group's secrets are all the server's own; the link is not.
    const { group, info, tree } = await MeetingGroup.create(ghost());
    const lured = await MeetingGroup.join({ info, tree }, person(meeting.link, "Lured"));
    const { policy } = unsafeInside(group) as unknown as { policy: { keys: LinkSecrets } };
    policy.keys = { ...policy.keys, psk: random(48) };
    await expect(group.process(lured.commit)).rejects.toThrow("not-authentic");
  });
});

describe("a newcomer believes no description that it can see to be wrong", () => {
  const join = (what: { info?: Uint8Array; tree?: Uint8Array }, rule: Rule) =>
    expect(MeetingGroup.join({ ...meeting.current, ...what }, person(meeting.link, "New"))).rejects.toMatchObject({
      rule,
    });

  test("[P15] another version or suite", async () => {
    const { info } = meeting.current;
    const at = (place: number, octets: Uint8Array) => concat(info.subarray(0, place), octets, info.subarray(place + 2));
    await join({ info: at(0, u16(2)) }, Rule.VERSION);
    await join({ info: at(4, u16(2)) }, Rule.INFO_SUITE);
    await join({ info: at(6, u16(1)) }, Rule.INFO_SUITE);
  });

  test("an extension that is not signed, missing, or too much", async () => {
    const info = await hers.info({ withTree: false });
    const planted = vector((await APARTE.keyPair(random(48))).public);
    const [external] = info.extensions;
    const again = async (data: Uint8Array) => writeMessage(await signInfo(hers, [new Extension(4, data)]));
    const unsigned = writeMessage(info).slice();
    unsigned.set(planted, unsigned.length - planted.length - 200);
    await expect(MeetingGroup.join({ ...meeting.current, info: unsigned }, ghost())).rejects.toThrow();
    await join({ info: await again(vector(random(32))) }, Rule.PUBLIC_KEY);
    await join({ info: await again(vector(new Uint8Array(1216))) }, Rule.PUBLIC_KEY);
    await join({ info: writeMessage(await signInfo(hers, [])) }, Rule.INFO_EXTENSIONS);
    const withTree = await hers.info();
    await join({ info: writeMessage(withTree) }, Rule.INFO_EXTENSIONS);
    if (external === undefined) throw new Error("no key");
    await join(
      { info: writeMessage(await signInfo(hers, [external, new Extension(77, random(3))])) },
      Rule.INFO_EXTENSIONS,
    );
  });

  test("an absent or another signer", async () => {
    const info = await hers.info({ withTree: false });
    for (const leaf of [77, 0])
      await join({ info: writeMessage(await signInfoAgain(hers, info, { leaf })) }, Rule.INFO_SIGNATURE);
  });

  test("another tree than the signed one: a ghost in it, two leaves of a seat, leaves that changed places", async () => {
    const nodes = hers.public.tree.nodes;
    const edited = (edit: (all: readonly (Node | null)[]) => readonly (Node | null)[]) => ({
      tree: new Tree(APARTE.public, edit(nodes)).encoded,
    });
    const swapped = (a: number, b: number) =>
      edited((all) => all.map((node, at) => (at === a ? all[b] : at === b ? all[a] : node) ?? null));
    await join(swapped(2, 4), Rule.TREE_HASH);
    await join(swapped(0, 1), Rule.TREE_SHAPE);
    await join(
      edited((all) => all.with(4, all[2] ?? null)),
      Rule.SEAT_UNIQUE,
    );
    const { node } = await ownLeaf(person(makeLink({ ...meeting.link.charter }), "Ghost"));
    const grown = await signLeaf(hers, node);
    await join(
      edited((all) => [...all, null, grown, null, null, null, null, null, null]),
      Rule.SOURCES,
    );
    await join(
      edited((all) => all.with(2, null)),
      Rule.TREE_HASH,
    );
    const root = hers.public.tree.parentNode(3);
    const unmerged = new ParentNode(root?.encryptionKey ?? random(0), root?.parentHash ?? random(0), [1]);
    await join(
      edited((all) => all.with(3, unmerged)),
      Rule.NO_UNMERGED,
    );
    await join({ tree: random(40) }, Rule.ENCODING);
    await join({ tree: described(ada, meeting.current.info).tree.subarray(0, -1) }, Rule.ENCODING);
  });

  test("a commit in the place of a GroupInfo", async () =>
    join({ info: (await bea.commit()).commit }, Rule.WIRE_FORMAT));
});

describe("order and place", () => {
  test("a replayed commit, one from the past, one from the future and one of another group", async () => {
    const first = await bea.commit();
    const next = await ada.process(first.commit);
    await expect(next.process(first.commit)).rejects.toMatchObject({ rule: Rule.EPOCH_OVER });
    await refuses((await first.group.commit()).commit, Rule.EPOCH_AHEAD);
    await refuses(await frame(hers, await commitOf(hers), { groupId: random(32) }), Rule.GROUP);
  });

  test("who was removed cannot compute what the only one left behind uses", async () => {
    const pair = new Meeting();
    for (const name of ["Ada", "Bea"]) await pair.enter(name);
    const { init } = unsafeInside(pair.at("Bea")).inner.secrets;
    const known = init.slice();
    await pair.commit("Ada", "Bea");
    const { context } = unsafeInside(pair.at("Ada")).inner.public;
    const zeros = new Uint8Array(48);
    const guess = await epochSecrets(APARTE, await joinerSecret(APARTE, known, zeros, context), zeros, context);
    const guessed = await exportSecret(APARTE, guess.exporter, "SFrame 1.0 Base Key", new Uint8Array(0), 32);
    expect(String(guessed)).not.toBe(String(await pair.at("Ada").sframeBaseKey()));
  });
});
