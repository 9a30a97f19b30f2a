/** Commits and GroupInfos that somebody hostile could make. Each is refused with its own reason, and the group stays what it was. */

import type { Commit } from "ts-mls/commit.js";
import { createContentCommitSignature } from "ts-mls/framedContent.js";
import type { GroupInfo } from "ts-mls/groupInfo.js";
import { signGroupInfo } from "ts-mls/groupInfo.js";
import type { KeyPackage } from "ts-mls/keyPackage.js";
import { initializeEpoch, mlsExporter } from "ts-mls/keySchedule.js";
import type { LeafNode } from "ts-mls/leafNode.js";
import { protectProposalPublic, protectPublicMessage } from "ts-mls/messageProtectionPublic.js";
import type { Proposal } from "ts-mls/proposal.js";
import { addLeafNode, encodeRatchetTree, type RatchetTree } from "ts-mls/ratchetTree.js";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { type Base, makeCommit } from "./commit";
import * as ed25519 from "./ed25519";
import { Meeting, makeLink, person, random, unsafeInside, view } from "./fixture";
import { Group, type Identity } from "./group";
import { checkInfo } from "./info";
import { makeJoin } from "./join";
import { makeLeaf } from "./leaf";
import { readMessage, writeMessage } from "./message";
import { allow } from "./policy";
import { makeSuite, type Suite } from "./suite";
import { leafAt, MAX_LEAVES } from "./tree";

// Post-quantum keys cost milliseconds each, and machines that run tests are busy.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let meeting: Meeting;
let ada: Group;
let bea: Group;

beforeAll(async () => {
  meeting = new Meeting();
  for (const name of ["Ada", "Bea", "Cem", "Dan"]) await meeting.enter(name);
  ada = meeting.at("Ada");
  bea = meeting.at("Bea");
});

/** Ada refuses `commit` for `reason`, nothing about her group has changed, and it still follows honest commits. */
async function expectRefusal(commit: Uint8Array, reason: string): Promise<void> {
  const before = await view(ada);
  await expect(ada.process(commit)).rejects.toMatchObject({ name: "GroupError", reason, message: reason });
  expect(await view(ada)).toBe(before);
  const honest = await bea.commit();
  expect(await view(await ada.process(honest.commit))).toBe(await view(honest.group));
}

/** A commit by Bea, authentic in every way, with whatever proposals and tree she likes. */
async function fromBea(proposals: Proposal[], change: Partial<Base> = {}, suite?: Suite): Promise<Uint8Array> {
  const { state, suite: own } = unsafeInside(bea);
  const { commit } = await makeCommit(suite ?? own, {
    context: state.context,
    confirmationTag: state.confirmationTag,
    tree: state.tree,
    leaf: state.leaf,
    signatureKey: state.signatureKey,
    sender: { senderType: "member", leafIndex: state.leaf },
    proposals,
    initSecret: state.secrets.init,
    pskSecret: new Uint8Array(48),
    membershipKey: state.secrets.membership,
    ...change,
  });
  return commit;
}

/** Bea's honest commit, edited and signed anew by her, membership tag included. */
async function resigned(edit: (commit: Commit) => Commit, groupId?: Uint8Array, data = new Uint8Array(0)) {
  const { state, suite } = unsafeInside(bea);
  const message = readMessage((await bea.commit()).commit);
  if (message.wireformat !== "mls_public_message") throw new Error("not a public message");
  const { content, auth } = message.publicMessage;
  if (content.contentType !== "commit" || auth.contentType !== "commit") throw new Error("not a commit");
  const context = { ...state.context, groupId: groupId ?? state.context.groupId };
  const { framedContent, signature } = await createContentCommitSignature(
    context,
    "mls_public_message",
    edit(content.commit),
    content.sender,
    data,
    state.signatureKey,
    suite.signature,
  );
  const authenticated = {
    wireformat: "mls_public_message",
    content: framedContent,
    auth: { ...auth, signature },
  } as const;
  const publicMessage = await protectPublicMessage(state.secrets.membership, context, authenticated, suite);
  return writeMessage({ version: "mls10", wireformat: "mls_public_message", publicMessage });
}

function withOwnLeaf(change: Partial<LeafNode>): RatchetTree {
  const { state } = unsafeInside(bea);
  const leaf = leafAt(state.tree, state.leaf);
  if (leaf === undefined) throw new Error("no leaf");
  return state.tree.with(2 * state.leaf, { nodeType: "leaf", leaf: { ...leaf, ...change } as LeafNode });
}

async function keyPackage(identity: Identity): Promise<KeyPackage> {
  const suite = makeSuite(random);
  const { node } = await makeLeaf(suite, identity);
  const octets = new Uint8Array(64);
  return {
    version: "mls10",
    cipherSuite: suite.name,
    initKey: octets,
    leafNode: node,
    extensions: [],
    signature: octets,
  };
}

describe("[P6] a member may only renew and remove", () => {
  test("an Add is refused", async () => {
    const add: Proposal = { proposalType: "add", add: { keyPackage: await keyPackage(person(meeting.link, "Ghost")) } };
    await expectRefusal(await fromBea([add]), "forbidden");
  });

  test.each<[string, Proposal]>([
    [
      "GroupContextExtensions",
      { proposalType: "group_context_extensions", groupContextExtensions: { extensions: [] } },
    ],
    [
      "a pre-shared key",
      { proposalType: "psk", psk: { preSharedKeyId: { psktype: "external", pskId: random(8), pskNonce: random(48) } } },
    ],
    ["an ExternalInit", { proposalType: "external_init", externalInit: { kemOutput: random(1120) } }],
    ["a proposal of an unknown type", { proposalType: 0xf00d, proposalData: random(4) }],
    ["removing herself", { proposalType: "remove", remove: { removed: 1 } }],
    ["removing nobody's leaf", { proposalType: "remove", remove: { removed: 9 } }],
  ])("%s is refused", async (_, proposal) => {
    await expectRefusal(await fromBea([proposal]), "forbidden");
  });

  test("[P15] a ReInit to another suite is refused", async () => {
    const { groupId } = unsafeInside(bea).state.context;
    const cipherSuite = "MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519";
    const reinit: Proposal = {
      proposalType: "reinit",
      reinit: { groupId, version: "mls10", cipherSuite, extensions: [] },
    };
    await expectRefusal(await fromBea([reinit]), "forbidden");
  });

  test("an Update, a reference to a proposal, a doubled Remove and a missing path are refused", async () => {
    const { proposalType } = { proposalType: "remove" } as const;
    const remove = { proposalOrRefType: "proposal", proposal: { proposalType, remove: { removed: 2 } } } as const;
    const leaf = leafAt(unsafeInside(bea).state.tree, 1);
    if (leaf === undefined) throw new Error("no leaf");
    const update = { proposalType: "update", update: { leafNode: { ...leaf, leafNodeSource: "update" } } } as Proposal;
    const reference = { proposalOrRefType: "reference", reference: random(48) } as const;
    const proposal = { proposalOrRefType: "proposal", proposal: update } as const;
    await expectRefusal(await resigned((commit) => ({ ...commit, proposals: [proposal] })), "forbidden");
    await expectRefusal(await resigned((commit) => ({ ...commit, proposals: [reference] })), "forbidden");
    await expectRefusal(await resigned((commit) => ({ ...commit, proposals: [remove, remove] })), "forbidden");
    await expectRefusal(await resigned((commit) => ({ ...commit, path: undefined })), "forbidden");
  });

  test("authenticated data beside the commit is refused", async () => {
    await expectRefusal(await resigned((commit) => commit, undefined, random(5)), "forbidden");
  });

  test("a commit by an external sender or by somebody who only proposes is refused", async () => {
    await expectRefusal(await fromBea([], { sender: { senderType: "external", senderIndex: 0 } }), "forbidden");
    await expectRefusal(await fromBea([], { sender: { senderType: "new_member_proposal" } }), "forbidden");
  });

  test("a proposal on its own and a private message are refused", async () => {
    const { state, suite } = unsafeInside(bea);
    const { publicMessage } = await protectProposalPublic(
      state.signatureKey,
      state.secrets.membership,
      state.context,
      new Uint8Array(0),
      { proposalType: "remove", remove: { removed: 2 } },
      state.leaf,
      suite,
    );
    await expectRefusal(
      writeMessage({ version: "mls10", wireformat: "mls_public_message", publicMessage }),
      "forbidden",
    );
    const { groupId, epoch } = state.context;
    const rest = {
      contentType: "commit",
      authenticatedData: random(0),
      encryptedSenderData: random(30),
      ciphertext: random(90),
    } as const;
    const privateMessage = { groupId, epoch, ...rest };
    await expectRefusal(
      writeMessage({ version: "mls10", wireformat: "mls_private_message", privateMessage }),
      "forbidden",
    );
  });
});

describe("[P18 B24] who a leaf is never changes", () => {
  test("another identity in the update path is refused", async () => {
    const { state, suite } = unsafeInside(bea);
    const { node } = await makeLeaf(suite, person(meeting.link, "Somebody else"));
    await expectRefusal(await fromBea([], { tree: withOwnLeaf({ credential: node.credential }) }), "identity");
    const first = leafAt(state.tree, 0);
    if (first === undefined) throw new Error("no leaf");
    await expectRefusal(await fromBea([], { tree: withOwnLeaf({ credential: first.credential }) }), "identity");
  });

  test("another signature key in the update path is refused", async () => {
    const signatureKey = random(32);
    const tree = withOwnLeaf({ signaturePublicKey: ed25519.publicKeyOf(signatureKey) });
    await expectRefusal(await fromBea([], { tree, signatureKey }), "identity");
  });

  test("a member cannot commit in another's name", async () => {
    const sender = { senderType: "member", leafIndex: 2 } as const;
    await expectRefusal(await fromBea([], { sender }), "identity");
    await expectRefusal(await fromBea([], { sender: { senderType: "member", leafIndex: 40 } }), "not-authentic");
  });

  test("[P15] other capabilities in the update path are refused", async () => {
    const leaf = leafAt(unsafeInside(bea).state.tree, 1);
    if (leaf === undefined) throw new Error("no leaf");
    const wider = {
      ...leaf.capabilities,
      ciphersuites: [...leaf.capabilities.ciphersuites, "1"],
    } as LeafNode["capabilities"];
    await expectRefusal(await fromBea([], { tree: withOwnLeaf({ capabilities: wider }) }), "wrong-suite");
    const extensions = [{ extensionType: 0xf001, extensionData: random(3) }];
    await expectRefusal(await fromBea([], { tree: withOwnLeaf({ extensions }) }), "forbidden");
  });
});

describe("a path cannot plant keys", () => {
  const suiteWithKeys = (change: (publicKey: Uint8Array) => Uint8Array): Suite => {
    const suite = makeSuite(random);
    const deriveKeyPair: Suite["hpke"]["deriveKeyPair"] = async (ikm) => {
      const pair = await suite.hpke.deriveKeyPair(ikm.map((octet) => octet ^ 1));
      const publicKey = await suite.hpke.importPublicKey(change(await suite.hpke.exportPublicKey(pair.publicKey)));
      return { publicKey, privateKey: pair.privateKey };
    };
    return { ...suite, hpke: { ...suite.hpke, deriveKeyPair } };
  };

  test("public keys that do not come from the path secrets are refused", async () => {
    await expectRefusal(
      await fromBea(
        [],
        {},
        suiteWithKeys((key) => key),
      ),
      "not-authentic",
    );
  });

  test("keys already in the tree, and keys that nobody can encapsulate to, are refused", async () => {
    const reuse = await resigned((commit) => {
      const leaf = leafAt(unsafeInside(bea).state.tree, 3);
      const nodes = commit.path?.nodes.map((node) => ({
        ...node,
        hpkePublicKey: leaf?.hpkePublicKey ?? node.hpkePublicKey,
      }));
      return { ...commit, path: commit.path && { ...commit.path, nodes: nodes ?? [] } };
    });
    await expectRefusal(reuse, "malformed");
    for (const bad of [
      (key: Uint8Array) => key.fill(0, 1184),
      (key: Uint8Array) => key.fill(255, 0, 3),
      (key: Uint8Array) => key.slice(1),
    ]) {
      const broken = await resigned((commit) => {
        const nodes = commit.path?.nodes.map((node) => ({ ...node, hpkePublicKey: bad(node.hpkePublicKey.slice()) }));
        return { ...commit, path: commit.path && { ...commit.path, nodes: nodes ?? [] } };
      });
      await expectRefusal(broken, "malformed");
    }
  });

  test("a path that is too short or seals nothing for us is refused", async () => {
    await expectRefusal(
      await resigned((commit) => ({ ...commit, path: commit.path && { ...commit.path, nodes: [] } })),
      "not-authentic",
    );
    const empty = await resigned((commit) => {
      const nodes = commit.path?.nodes.map((node) => ({ ...node, encryptedPathSecret: [] })) ?? [];
      return { ...commit, path: commit.path && { ...commit.path, nodes } };
    });
    await expectRefusal(empty, "not-authentic");
  });
});

describe("[P5 A42 B24] nobody gets in without the link", () => {
  /** An external commit with whatever proposals and leaf one likes, made from the current GroupInfo. */
  async function outsider(
    identity: Identity,
    proposals: (init: Proposal) => Proposal[],
    own?: { signatureKey: Uint8Array; node: LeafNode },
  ): Promise<Uint8Array> {
    const suite = makeSuite(random);
    const { info, tree } = await checkInfo(suite, meeting.info, identity);
    const leaf = own ?? (await makeLeaf(suite, identity));
    const [withLeaf, node] = addLeafNode(tree, leaf.node);
    const made = await makeCommit(suite, {
      context: info.groupContext,
      confirmationTag: info.confirmationTag,
      tree: withLeaf,
      leaf: node / 2,
      signatureKey: leaf.signatureKey,
      sender: { senderType: "new_member_commit" },
      proposals: proposals({ proposalType: "external_init", externalInit: { kemOutput: random(1120) } }),
      initSecret: random(48),
      pskSecret: new Uint8Array(48),
      membershipKey: new Uint8Array(0),
    });
    return made.commit;
  }
  const ghost = () => person(meeting.link, "Ghost");
  const psk = (change: object = {}): Proposal => ({
    proposalType: "psk",
    psk: { preSharedKeyId: { psktype: "external", pskId: meeting.link.pskId, pskNonce: random(48), ...change } },
  });

  test("the server, which has every GroupInfo and no link, is refused", async () => {
    const server = { ...makeLink(), meeting: meeting.link.meeting, pskId: meeting.link.pskId };
    await expect(Group.join(meeting.info, person(server, "Server"))).rejects.toThrow("identity");
    // Even when it copies a leaf's identity that it saw, it lacks the pre-shared key.
    const { node } = await makeLeaf(makeSuite(random), ghost());
    const unsealed = { ...meeting.link, psk: server.psk };
    await expectRefusal((await Group.join(meeting.info, person(unsealed, "Server"))).commit, "not-authentic");
    const forged = { ...node, credential: { credentialType: "basic", identity: random(173) } } as LeafNode;
    const commit = await outsider(ghost(), (init) => [init, psk()], { signatureKey: random(32), node: forged });
    await expectRefusal(commit, "identity");
  });

  test("an external commit without the pre-shared key, with another one, or with two is refused", async () => {
    await expectRefusal(await outsider(ghost(), (init) => [init]), "bad-psk");
    await expectRefusal(await outsider(ghost(), (init) => [init, psk({ pskId: random(30) })]), "bad-psk");
    await expectRefusal(await outsider(ghost(), (init) => [init, psk(), psk()]), "bad-psk");
    await expectRefusal(await outsider(ghost(), (init) => [init, psk({ pskNonce: random(12) })]), "bad-psk");
    const resumption = { psktype: "resumption", usage: "application", pskGroupId: ada.groupId, pskEpoch: ada.epoch };
    await expectRefusal(await outsider(ghost(), (init) => [init, psk(resumption)]), "bad-psk");
    await expectRefusal(await outsider(ghost(), (init) => [init, psk()]), "not-authentic");
  });

  test("[P6] an external commit that removes, adds or initialises twice is refused", async () => {
    const remove: Proposal = { proposalType: "remove", remove: { removed: 3 } };
    await expectRefusal(await outsider(ghost(), (init) => [init, psk(), remove]), "forbidden");
    await expectRefusal(await outsider(ghost(), (init) => [init, init, psk()]), "forbidden");
    await expectRefusal(await outsider(ghost(), () => [psk()]), "forbidden");
    const short: Proposal = { proposalType: "external_init", externalInit: { kemOutput: random(1119) } };
    await expectRefusal(await outsider(ghost(), () => [short, psk()]), "malformed");
    const add: Proposal = { proposalType: "add", add: { keyPackage: await keyPackage(ghost()) } };
    await expectRefusal(await outsider(ghost(), (init) => [init, psk(), add]), "forbidden");
  });

  test("a second leaf with the same seat is refused, on both sides", async () => {
    const twin = { ...ghost(), seat: (bea as unknown as { identity: Identity }).identity.seat };
    await expect(Group.join(meeting.info, twin)).rejects.toThrow("duplicate-seat");
    const suite = makeSuite(random);
    const { commit } = await makeJoin(suite, await checkInfo(suite, meeting.info, twin), twin);
    await expectRefusal(commit, "duplicate-seat");
  });

  test("nobody joins a meeting that is full of leaves", async () => {
    const { commit } = await Group.join(meeting.info, ghost());
    const { state } = unsafeInside(ada);
    const tree = Array.from({ length: 2 * MAX_LEAVES - 1 }, (_, index) =>
      index % 2 === 0 ? state.tree[0] : undefined,
    );
    await expect(allow(readMessage(commit), { ...state, tree }, [], ghost())).rejects.toThrow("too-large");
  });

  test("[P18] a leaf on a signature key that is already in the tree is refused", async () => {
    const { signatureKey, tree } = unsafeInside(bea).state;
    const { node } = await makeLeaf(makeSuite(random), ghost());
    const stolen = { ...node, signaturePublicKey: leafAt(tree, 1)?.signaturePublicKey ?? random(32) };
    await expectRefusal(await outsider(ghost(), (init) => [init, psk()], { signatureKey, node: stolen }), "identity");
  });

  test("a server that copies people's identities into a group of its own can lure somebody, and learns no key", async () => {
    // The identity is a copy of what the server saw; the group's secrets are all the server's own; the link is not.
    const { group, info } = await Group.create(ghost());
    const lured = await Group.join(info, person(meeting.link, "Lured"));
    const server = group as unknown as { identity: Identity };
    server.identity = { ...server.identity, psk: random(48) };
    await expect(group.process(lured.commit)).rejects.toThrow("not-authentic");
  });
});

/** Bea's current GroupInfo, edited and signed anew by her. */
async function info(edit: (original: GroupInfo) => GroupInfo): Promise<Uint8Array> {
  const { state, suite } = unsafeInside(bea);
  const message = readMessage((await bea.commit()).info);
  if (message.wireformat !== "mls_group_info") throw new Error("not a GroupInfo");
  const groupInfo = await signGroupInfo(edit(message.groupInfo), state.signatureKey, suite.signature);
  return writeMessage({ version: "mls10", wireformat: "mls_group_info", groupInfo });
}

describe("a newcomer believes no GroupInfo that it can see to be wrong", () => {
  const refuses = async (octets: Uint8Array, reason: string) =>
    expect(Group.join(octets, person(meeting.link, "New"))).rejects.toMatchObject({ name: "GroupError", reason });
  const context = (change: Partial<GroupInfo["groupContext"]>) =>
    info((original) => ({ ...original, groupContext: { ...original.groupContext, ...change } }));
  const tree = (edit: (nodes: RatchetTree) => RatchetTree) =>
    info((original) => {
      const { tree: nodes } = unsafeInside(bea).state;
      const extensionData = encodeRatchetTree(edit(nodes));
      return {
        ...original,
        extensions: original.extensions.map((each) =>
          each.extensionType === "ratchet_tree" ? { ...each, extensionData } : each,
        ),
      };
    });

  test("[P15] another suite, another version, extensions", async () => {
    await refuses(await context({ cipherSuite: "MLS_256_XWING_AES256GCM_SHA512_Ed25519" }), "wrong-suite");
    const version = meeting.info.slice();
    version[1] = 2;
    await refuses(version, "wrong-suite");
    await refuses(await context({ extensions: [{ extensionType: 0xf001, extensionData: random(3) }] }), "forbidden");
    await refuses(await info((original) => ({ ...original, extensions: [] })), "forbidden");
    await refuses(
      await info((original) => ({ ...original, extensions: [...original.extensions, ...original.extensions] })),
      "forbidden",
    );
  });

  test("a signed group id, external key, leaf key or credential of the wrong form", async () => {
    await refuses(await context({ groupId: random(16) }), "malformed");
    const external = (extensionData: Uint8Array) =>
      info((original) => ({
        ...original,
        extensions: original.extensions.with(0, { extensionType: "external_pub", extensionData }),
      }));
    await refuses(await external(random(32)), "malformed");
    await refuses(await external(new Uint8Array(1216)), "malformed");
    const leaf = (change: Partial<LeafNode>) => {
      const node = leafAt(unsafeInside(bea).state.tree, 1);
      return tree((nodes) => nodes.with(2, { nodeType: "leaf", leaf: { ...node, ...change } as LeafNode }));
    };
    await refuses(await leaf({ hpkePublicKey: random(32) }), "malformed");
    await refuses(await leaf({ signaturePublicKey: random(33) }), "malformed");
    await refuses(await leaf({ credential: { credentialType: "x509", certificates: [random(20)] } }), "identity");
  });

  test("an external key that is not signed, an absent signer, another tree hash", async () => {
    const message = readMessage(meeting.info);
    if (message.wireformat !== "mls_group_info") throw new Error("not a GroupInfo");
    const [external, carried] = message.groupInfo.extensions;
    if (external === undefined || carried === undefined) throw new Error("extensions missing");
    const pair = await makeSuite(random).hpke.generateKeyPair();
    const planted = { ...external, extensionData: pair.publicKey as unknown as Uint8Array };
    const groupInfo = { ...message.groupInfo, extensions: [planted, carried] };
    await refuses(writeMessage({ ...message, groupInfo }), "not-authentic");
    await refuses(await info((original) => ({ ...original, signer: 77 })), "not-authentic");
    await refuses(await info((original) => ({ ...original, signer: 0 })), "not-authentic");
    await refuses(await context({ treeHash: random(48) }), "not-authentic");
  });

  test("a tree with a ghost, two leaves of one seat, unmerged leaves or bad keys", async () => {
    const { node: stranger } = await makeLeaf(
      makeSuite(random),
      person({ ...makeLink(), meeting: meeting.link.meeting }, "Ghost"),
    );
    await refuses(
      await tree(
        (nodes) => addLeafNode(nodes, { ...stranger, leafNodeSource: "commit", parentHash: random(48) } as LeafNode)[0],
      ),
      "identity",
    );
    await refuses(await tree((nodes) => addLeafNode(nodes, stranger)[0]), "forbidden");
    await refuses(await tree((nodes) => nodes.with(4, nodes[2])), "duplicate-seat");
    await refuses(await tree((nodes) => nodes.with(2, nodes[4]).with(4, nodes[2])), "not-authentic");
    await refuses(await tree((nodes) => nodes.with(1, nodes[0]).with(0, nodes[1])), "malformed");
    const root = unsafeInside(bea).state.tree[3];
    if (root?.nodeType !== "parent") throw new Error("no root");
    await refuses(
      await tree((nodes) => nodes.with(3, { ...root, parent: { ...root.parent, unmergedLeaves: [1] } })),
      "forbidden",
    );
    await refuses(
      await tree((nodes) => nodes.with(3, { ...root, parent: { ...root.parent, hpkePublicKey: random(32) } })),
      "malformed",
    );
  });

  test("a tree too large to be a meeting", async () => {
    const last = unsafeInside(bea).state.tree[0];
    await refuses(await tree(() => [...new Array(4000).fill(undefined), last]), "too-large");
  });

  test("a commit in the place of a GroupInfo", async () => refuses((await bea.commit()).commit, "forbidden"));
});

describe("order and place", () => {
  test("a replayed commit, one from the past, one from the future and one of another group", async () => {
    const first = await bea.commit();
    const next = await ada.process(first.commit);
    await expect(next.process(first.commit)).rejects.toThrow("stale-epoch");
    await expectRefusal((await first.group.commit()).commit, "future-epoch");
    await expectRefusal(await resigned((commit) => commit, random(32)), "wrong-group");
  });

  test("who was removed cannot compute what the only one left behind uses", async () => {
    const pair = new Meeting();
    for (const name of ["Ada", "Bea"]) await pair.enter(name);
    const removed = unsafeInside(pair.at("Bea"));
    await pair.commit("Ada", "Bea");
    const { state, suite } = unsafeInside(pair.at("Ada"));
    const guess = await initializeEpoch(
      removed.state.secrets.init,
      new Uint8Array(48),
      state.context,
      new Uint8Array(48),
      suite.kdf,
    );
    const guessed = await mlsExporter(
      guess.keySchedule.exporterSecret,
      "SFrame 1.0 Base Key",
      new Uint8Array(0),
      32,
      suite,
    );
    expect(String(guessed)).not.toBe(String(await pair.at("Ada").sframeBaseKey()));
  });
});
