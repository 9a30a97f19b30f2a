/** The numbered rules (spec/checks.md) that take secrets to check: each is broken alone, and exactly it refuses. */
import { beforeAll, expect, test, vi } from "vitest";
import { u32, vector } from "../../core/mls/codec";
import { HpkeCiphertext, UpdatePath, UpdatePathNode } from "../../core/mls/commit";
import { type MlsError, Rule } from "../../core/mls/errors";
import { Extension, ExtensionType } from "../../core/mls/extensions";
import { ContentType, NEW_MEMBER, PrivateMessage, PublicMessage, WireFormat } from "../../core/mls/framing";
import { LeafNode } from "../../core/mls/leaf";
import {
  Add,
  ExternalInit,
  Inline,
  PreSharedKey,
  PreSharedKeyId,
  PskType,
  PskUsage,
  Remove,
} from "../../core/mls/proposals";
import { Welcome } from "../../core/mls/welcome";
import { ascii, concat, hex } from "../../core/octets";
import { openApplication, sealApplication } from "./application";
import { type Committed, commit, type Draft, make } from "./commit";
import { newKeyPackage, newLeaf, type OwnKeyPackage } from "./create";
import { Crowd, PSKS, SUITE } from "./crowd.node";
import { random } from "./fixture";
import { commitOf, frame, pathOf, refusalOf, signLeaf, UNSAFE_OPEN } from "./forge";
import { type Group, signInfo } from "./group";
import { join, joinExternal } from "./join";
import { pskSecret, welcomeSecret } from "./keyschedule";
import { process } from "./process";
import { hearPrivate, hearPublic, propose, proposeUpdate } from "./propose";
import { checkMembership, readPlaintext, senderDataKey } from "./protect";
import { MAX_AHEAD, MAX_GENERATION, Ratchet } from "./secrettree";
import { openGroupSecrets, sealWelcome } from "./welcome";

vi.setConfig({ testTimeout: 60_000 });

let crowd: Crowd;
let one: Group;
let other: Group;

/** Five members of a used group: external commits, so that no parent is blank but those of empty halves. */
beforeAll(async () => {
  crowd = await Crowd.of(9);
  for (let count = 0; count < 4; count++) await crowd.external();
  [one, other] = [crowd.members[1], crowd.members[3]] as [Group, Group];
});

async function refused(rule: Rule, ...attempts: readonly (() => Promise<unknown>)[]): Promise<void> {
  for (const [place, attempt] of attempts.entries()) {
    const refusal = await refusalOf((async () => attempt())());
    expect([place, refusal?.id, refusal?.reason]).toEqual([place, rule.id, rule.reason]);
  }
}

const give = (message: PublicMessage | PrivateMessage, receiver = other) => process(receiver, message, PSKS);
const flip = (octets: Uint8Array, at = 0) => octets.map((octet, index) => (index === at ? octet ^ 1 : octet));
const talk = async () => (await sealApplication(one, ascii("hello"), random)).message;
const key = (name: string, nonce = new Uint8Array(32)) =>
  new PreSharedKey(new PreSharedKeyId({ type: PskType.EXTERNAL, id: ascii(name) }, nonce));

function changed(message: PrivateMessage, changes: Partial<PrivateMessage>): PrivateMessage {
  const { groupId, epoch, contentType, authenticatedData, encryptedSenderData, ciphertext } = {
    ...message,
    ...changes,
  };
  return new PrivateMessage(groupId, epoch, contentType, authenticatedData, encryptedSenderData, ciphertext);
}

// --- framing ---------------------------------------------------------------------------------------------------------

test("F01 to F03: another group, an epoch that is over, one to come", async () => {
  const message = await talk();
  await refused(
    Rule.GROUP,
    async () => give(await frame(one, await commitOf(one), { groupId: ascii("other") })),
    async () => openApplication(other, changed(message, { groupId: ascii("other") })),
    async () => hearPrivate(other, changed(message, { groupId: ascii("other"), contentType: ContentType.PROPOSAL })),
  );
  await refused(Rule.EPOCH_OVER, async () => give(await frame(one, await commitOf(one), { epoch: one.epoch - 1n })));
  await refused(Rule.EPOCH_AHEAD, async () => give(await frame(one, await commitOf(one), { epoch: one.epoch + 1n })));
});

/** Says something else of who sent a message: every member can, and nobody else. */
async function withSenderData(message: PrivateMessage, data: Uint8Array): Promise<PrivateMessage> {
  const { key: secret, nonce } = await senderDataKey(one.suite, one.secrets.senderData, message.ciphertext);
  return changed(message, { encryptedSenderData: await one.suite.aead.seal(secret, nonce, message.place, data) });
}

test("F04, M02: sender data names nobody, or is not sender data", async () => {
  const message = await talk();
  await refused(Rule.SENDER, async () =>
    openApplication(other, await withSenderData(message, concat(u32(8), u32(0), u32(0)))),
  );
  await refused(Rule.ENCODING, async () => openApplication(other, await withSenderData(message, new Uint8Array(13))));
});

test("F06: only proposals are heard", async () => {
  const message = await talk();
  await refused(
    Rule.SENDER_CONTENT,
    () => hearPrivate(other, message),
    () => hearPrivate(other, changed(message, { contentType: ContentType.COMMIT })),
  );
});

test("F07: a private message that somebody else signed", async () => {
  const { message } = await sealApplication(one.with({ signatureKey: other.signatureKey }), ascii("hello"), random);
  await refused(Rule.CONTENT_SIGNATURE, () => openApplication(crowd.members[2] as Group, message));
});

test("F08: application data in clear", async () => {
  const message = await frame(one, ascii("hello"));
  const { suite, public: known, secrets } = other;
  await refused(Rule.APPLICATION_IN_CLEAR, () => checkMembership(suite, message, known.context, secrets.membership));
});

test("F09: a membership tag that no member made", async () => {
  const message = await frame(one, await commitOf(one));
  const wrong = new PublicMessage(message.authenticated, flip(message.membershipTag));
  const proposal = await frame(one, new Remove(0));
  await refused(
    Rule.MEMBERSHIP_TAG,
    () => give(wrong),
    () => give(new PublicMessage(message.authenticated, new Uint8Array(0))),
    () => hearPublic(other, new PublicMessage(proposal.authenticated, flip(proposal.membershipTag, 31))),
  );
});

test("F10: a private message with anything changed", async () => {
  const message = await talk();
  await refused(
    Rule.CIPHERTEXT,
    () => openApplication(other, changed(message, { ciphertext: flip(message.ciphertext, 40) })),
    () => openApplication(other, changed(message, { ciphertext: new Uint8Array(3) })),
    () => openApplication(other, changed(message, { encryptedSenderData: flip(message.encryptedSenderData) })),
    () => openApplication(other, changed(message, { authenticatedData: ascii("more") })),
    () => give(changed(message, { contentType: ContentType.COMMIT })),
  );
});

test("F11: padding that is not zeros", async () => {
  const message = await talk();
  const plaintext = concat(vector(ascii("hello")), vector(ascii("signature")));
  expect(readPlaintext(message, 0, concat(plaintext, new Uint8Array(3))).framed.content).toEqual(ascii("hello"));
  await refused(Rule.PADDING, async () => readPlaintext(message, 0, concat(plaintext, Uint8Array.of(0, 1, 0))));
});

test("F12: a message key is used once", async () => {
  const first = await sealApplication(one, ascii("first"), random);
  const second = await sealApplication(first.group, ascii("second"), random);
  const { group } = await openApplication(other, second.message);
  await refused(Rule.GENERATION_USED, () => openApplication(group, second.message));
  const { group: both, received } = await openApplication(group, first.message);
  expect(received.data).toEqual(ascii("first"));
  await refused(
    Rule.GENERATION_USED,
    () => openApplication(both, first.message),
    () => openApplication(both, second.message),
  );
});

test("F13: a message too far ahead, and a ratchet at its end", async () => {
  const { ratchet, tree } = await one.messages.ratchet(one.leaf, ContentType.APPLICATION);
  const at = async (generation: number) => {
    const far = tree.withRatchet(one.leaf, ContentType.APPLICATION, new Ratchet(ratchet.secret, generation));
    return (await sealApplication(one.with({ messages: far }), ascii("hello"), random)).message;
  };
  await refused(
    Rule.GENERATION_AHEAD,
    async () => openApplication(other, await at(MAX_AHEAD + 1)),
    () => at(MAX_GENERATION),
    () => new Ratchet(ratchet.secret, MAX_GENERATION).take(one.suite, MAX_GENERATION),
  );
  // As far as may be: the keys in between are kept, the oldest of them not for ever.
  const taken = await new Ratchet(ratchet.secret).take(one.suite, MAX_AHEAD);
  const more = await taken.ratchet.take(one.suite, MAX_AHEAD + 6);
  expect([taken.ratchet.skipped.size, more.ratchet.skipped.size, more.ratchet.skipped.has(4)]).toEqual([
    1000,
    1000,
    false,
  ]);
});

test("F14: our own message", async () => {
  const message = await talk();
  await refused(
    Rule.OWN_MESSAGE,
    async () => give(await frame(one, await commitOf(one)), one),
    () => openApplication(one, message),
  );
});

// --- Welcome ---------------------------------------------------------------------------------------------------------

interface Added extends Committed {
  readonly own: OwnKeyPackage;
  readonly welcome: Welcome;
}

async function added(): Promise<Added> {
  const own = await crowd.package();
  const made = await commit(one, [new Add(own.keyPackage)], random);
  if (made.welcome === null) throw new Error("no Welcome");
  return { ...made, own, welcome: made.welcome };
}

interface Again {
  info?: Awaited<ReturnType<typeof signInfo>>;
  path?: Uint8Array | null;
  psks?: readonly PreSharedKeyId[];
}

/** A Welcome sealed anew, with something else in it. */
async function welcomeAgain({ own, welcome, group }: Added, { info, path, psks = [] }: Again): Promise<Welcome> {
  const secrets = await openGroupSecrets(SUITE, welcome, own.keyPackage, own.initKey);
  const sealing = await welcomeSecret(SUITE, secrets.joinerSecret, await pskSecret(SUITE, []));
  const pathSecret = path === undefined ? (secrets.pathSecret?.secret ?? null) : path;
  const newcomer = { keyPackage: own.keyPackage, pathSecret };
  const tree = new Extension(ExtensionType.RATCHET_TREE, group.public.tree.encoded);
  const about = info ?? (await signInfo(group, [tree]));
  return sealWelcome(SUITE, about, sealing, secrets.joinerSecret, psks, [newcomer], random);
}

const enter = (welcome: Welcome, own: OwnKeyPackage) => join(SUITE, UNSAFE_OPEN, welcome, own);

test("a Welcome that is sealed again as it was is entered", async () => {
  const made = await added();
  const group = await enter(await welcomeAgain(made, {}), made.own);
  expect(hex(group.epochAuthenticator)).toBe(hex(made.group.epochAuthenticator));
});

test("G01: a Welcome of another suite", async () => {
  const { welcome, own } = await added();
  await refused(Rule.INFO_SUITE, () => enter(new Welcome(3, welcome.secrets, welcome.encryptedGroupInfo), own));
});

test("G05: a Welcome's confirmation tag", async () => {
  const made = await added();
  const tree = new Extension(ExtensionType.RATCHET_TREE, made.group.public.tree.encoded);
  const info = await signInfo(made.group.with({ confirmationTag: new Uint8Array(32) }), [tree]);
  await refused(Rule.INFO_CONFIRMATION, async () => enter(await welcomeAgain(made, { info }), made.own));
});

test("G06: a Welcome for somebody else, and a tree without our leaf", async () => {
  const made = await added();
  const without = new Extension(ExtensionType.RATCHET_TREE, one.public.tree.encoded);
  const info = await signInfo(one, [without]);
  await refused(
    Rule.WELCOME_FOR_US,
    async () => enter(made.welcome, await crowd.package()),
    async () => enter(await welcomeAgain(made, { info }), made.own),
  );
});

test("G07: a Welcome that does not open", async () => {
  const { welcome, own } = await added();
  const broken = new Welcome(welcome.suite, welcome.secrets, flip(welcome.encryptedGroupInfo));
  await refused(
    Rule.WELCOME_OPENS,
    () => enter(broken, own),
    () => enter(welcome, { ...own, initKey: new Uint8Array(32).fill(3) }),
  );
});

test("G08: a Welcome's path secret that gives other keys, or is no secret", async () => {
  const made = await added();
  for (const path of [new Uint8Array(32), new Uint8Array(31)]) {
    await refused(Rule.WELCOME_PATH, async () => enter(await welcomeAgain(made, { path }), made.own));
  }
});

test("P08: a Welcome of a branch or after a ReInit", async () => {
  const made = await added();
  for (const usage of [PskUsage.REINIT, PskUsage.BRANCH]) {
    const past = { type: PskType.RESUMPTION, usage, groupId: ascii("before"), epoch: 0n } as const;
    const psks = [new PreSharedKeyId(past, new Uint8Array(32))];
    await refused(Rule.PSK_USAGE, async () => enter(await welcomeAgain(made, { psks }), made.own));
  }
});

// --- proposals and commits -------------------------------------------------------------------------------------------

test("P01, P02: a reference that nobody heard, and one's own update", async () => {
  const { group, message } = await proposeUpdate(one, random);
  const heard = await hearPublic(other, message);
  const references = [...group.pending.keys()].map((text) => new Uint8Array(Buffer.from(text, "hex")));
  await refused(
    Rule.REFERENCE,
    async () => give(await frame(one, await commitOf(one, { references: [random(32)] }))),
    () => commit(one, [], random, { references: [random(32)] }),
  );
  await refused(
    Rule.OWN_UPDATE,
    async () => give(await frame(group, await commitOf(group, { references })), heard),
    () => commit(group, [], random, { references }),
  );
});

test("P09: a pre-shared key that we do not have", async () => {
  const made = await commit(one, [key("one")], random, { psks: PSKS });
  const resumption = (groupId: Uint8Array, epoch: bigint) => {
    const past = { type: PskType.RESUMPTION, usage: PskUsage.APPLICATION, groupId, epoch } as const;
    return new PreSharedKey(new PreSharedKeyId(past, new Uint8Array(32)));
  };
  await refused(
    Rule.PSK_KNOWN,
    () => process(other, made.message),
    () => commit(one, [key("nobody has it")], random, { psks: PSKS }),
    () => commit(one, [resumption(one.groupId, one.epoch + 5n)], random),
    () => commit(one, [resumption(ascii("another"), one.epoch)], random),
  );
  const present = await commit(one, [resumption(one.groupId, one.epoch)], random);
  const followed = await process(other, present.message);
  expect(hex(followed.epochAuthenticator)).toBe(hex(present.group.epochAuthenticator));
});

test("C05: a path secret that does not open for us", async () => {
  const broken = (place: number) => (nodes: readonly UpdatePathNode[]) =>
    nodes.map(({ encryptionKey, encryptedPathSecret }, at) => {
      const sealed = encryptedPathSecret.map((each) => new HpkeCiphertext(each.kemOutput, flip(each.ciphertext)));
      return new UpdatePathNode(encryptionKey, at === place ? sealed : encryptedPathSecret);
    });
  // Leaves 1 and 3 meet in the second node of leaf 1's path; what is sealed to others we cannot judge.
  const offered = async (place: number) =>
    give(await frame(one, await commitOf(one, { path: await pathOf(one, { nodes: broken(place) }) })));
  await refused(Rule.PATH_OPENS, () => offered(1));
  await refused(Rule.CONFIRMATION_TAG, () => offered(0));
});

test("C05: an init secret that is not encapsulated to us", async () => {
  const { message } = await joinExternal(SUITE, UNSAFE_OPEN, await one.info(), await crowd.leaf(), random);
  const { external } = other.secrets;
  const outOfStep = other.with({ secrets: { ...other.secrets, external: flip(external) } });
  await refused(Rule.CONFIRMATION_TAG, () => give(message, outOfStep));
  // Zeros are a point of small order: no exchange with it gives a secret.
  const { node, signatureKey } = await crowd.leaf();
  const draft: Draft = {
    suite: SUITE,
    policy: UNSAFE_OPEN,
    public: one.public,
    sender: NEW_MEMBER,
    leaf: one.public.tree.freeLeaf(),
    template: node,
    signatureKey,
    entries: [new Inline(new ExternalInit(new Uint8Array(32)))],
    pending: new Map(),
    wireFormat: WireFormat.PUBLIC_MESSAGE,
    withPath: true,
  };
  const made = await make(draft, { initSecret: random(32), psks: [], membershipKey: random(32) }, random);
  await refused(Rule.PATH_OPENS, () => give(made.message));
});

test("C06: a key in the path that is not what its secret gives: its maker would keep the private half", async () => {
  const { tree, context } = one.public;
  const path = await pathOf(one);
  const [first, second, ...rest] = path.nodes;
  if (first === undefined || second === undefined) throw new Error("a path of three nodes");
  const planted = (await SUITE.keyPair(random(32))).public;
  const keys = [first.encryptionKey, planted, ...rest.map(({ encryptionKey }) => encryptionKey)];
  const { parents, parentHash } = await tree.pathNodes(one.leaf, keys);
  const leaf = await signLeaf(one, new LeafNode({ ...path.leaf, parentHash }));
  const next = context.next(await tree.merge(one.leaf, leaf, parents).hash(), []);
  const receiver = tree.nodes[5]?.encryptionKey ?? random(0);
  const sealed = await SUITE.encryptWithLabel(receiver, "UpdatePathNode", next.encoded, random(32), random);
  const nodes = [first, new UpdatePathNode(planted, [sealed]), ...rest];
  await refused(Rule.PATH_KEYS, async () =>
    give(await frame(one, await commitOf(one, { path: new UpdatePath(leaf, nodes) }))),
  );
});

test("C05: a path secret of another size", async () => {
  const { tree, context } = one.public;
  const path = await pathOf(one);
  const next = context.next(
    await tree
      .merge(
        one.leaf,
        path.leaf,
        (
          await tree.pathNodes(
            one.leaf,
            path.nodes.map((node) => node.encryptionKey),
          )
        ).parents,
      )
      .hash(),
    [],
  );
  const receiver = tree.nodes[5]?.encryptionKey ?? random(0);
  const sealed = await SUITE.encryptWithLabel(receiver, "UpdatePathNode", next.encoded, random(31), random);
  const nodes = path.nodes.map((node, at) => (at === 1 ? new UpdatePathNode(node.encryptionKey, [sealed]) : node));
  await refused(Rule.PATH_OPENS, async () =>
    give(await frame(one, await commitOf(one, { path: new UpdatePath(path.leaf, nodes) }))),
  );
});

test("C07: a confirmation tag of another epoch", async () => {
  await refused(Rule.CONFIRMATION_TAG, async () => give(await frame(one, await commitOf(one))));
});

test("C10: we are removed", async () => {
  const { message } = await commit(one, [new Remove(other.leaf)], random);
  await refused(Rule.WE_ARE_REMOVED, () => give(message));
});

test("L07: a key that nobody can encapsulate to", async () => {
  const key = await signInfo(one, [
    new Extension(ExtensionType.EXTERNAL_PUB, vector(new Uint8Array(32))),
    new Extension(ExtensionType.RATCHET_TREE, one.public.tree.encoded),
  ]);
  await refused(Rule.PUBLIC_KEY, async () => joinExternal(SUITE, UNSAFE_OPEN, key, await crowd.leaf(), random));
});

test("L09: a signature key that stands at another leaf", async () => {
  const { credential, capabilities } = one.ownLeaf();
  const twin = await newLeaf(SUITE, credential, capabilities, one.signatureKey, random);
  await refused(Rule.SIGNATURE_KEY_UNIQUE, async () =>
    joinExternal(SUITE, UNSAFE_OPEN, await one.info(), twin, random),
  );
});

test("a refusal changes nothing", async () => {
  const before = hex(other.epochAuthenticator);
  await refused(Rule.CONFIRMATION_TAG, async () => give(await frame(one, await commitOf(one))));
  const made = await commit(one, [], random);
  expect(hex((await give(made.message)).epochAuthenticator)).toBe(hex(made.group.epochAuthenticator));
  expect(hex(other.epochAuthenticator)).toBe(before);
});

test("proposals by somebody else are heard in clear, and count when they are committed", async () => {
  const { group, message } = await propose(one, new Remove(4));
  const heard = await hearPublic(other, message);
  const references = [...heard.pending.keys()].map((text) => new Uint8Array(Buffer.from(text, "hex")));
  const made = await commit(heard, [], random, { references });
  const followed = await process(group, made.message);
  expect(followed.public.tree.leaf(4)).toBeNull();
});

test("no refusal and no representation shows a secret", async () => {
  const error = await give(await frame(one, await commitOf(one))).catch((caught: MlsError) => caught);
  expect(String(error)).toBe("MlsError: not-authentic");
  const own = await newKeyPackage(SUITE, await crowd.leaf(), random);
  expect(JSON.stringify(own.leaf.signatureKey)).not.toContain("seed");
});
