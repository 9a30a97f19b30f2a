/** The official vectors of RFC 9420 that need secrets, in all seven of its suites. */
import { expect, vi } from "vitest";
import { decode } from "../../core/mls/codec";
import { Commit, HpkeCiphertext, UpdatePath } from "../../core/mls/commit";
import { confirmedTranscriptHash, GroupContext } from "../../core/mls/context";
import { Rule } from "../../core/mls/errors";
import {
  AuthenticatedContent,
  ContentType,
  FramedContent,
  member,
  PrivateMessage,
  PublicMessage,
  WireFormat,
} from "../../core/mls/framing";
import { KeyPackage } from "../../core/mls/keypackage";
import { readMessage } from "../../core/mls/message";
import { PreSharedKeyId, PskType, readProposal } from "../../core/mls/proposals";
import { signed } from "../../core/mls/suites";
import { Tree } from "../../core/mls/tree";
import { isBelow } from "../../core/mls/treemath";
import { Welcome } from "../../core/mls/welcome";
import { hex } from "../../core/octets";
import * as vectors from "../../vectors.node";
import { random } from "./fixture";
import * as keyschedule from "./keyschedule";
import {
  checkMembership,
  confirmationTag,
  openPrivate,
  protectPublic,
  sealPrivate,
  senderDataKey,
  signContent,
} from "./protect";
import { secretTree } from "./secrettree";
import type { SecretSuite } from "./suite";
import { suiteWith, UnsafeKey } from "./suites.node";
import { deriveUpwards, newPath, nodeKeyPair, openPath, sealPath } from "./treekem";
import { GroupSecrets, openGroupInfo, openGroupSecrets } from "./welcome";

vi.setConfig({ testTimeout: 120_000 });

const MAX = 1 << 24;
const NOTHING = new Uint8Array(0);
const { octets } = vectors;

type Texts<Names extends string> = Record<Names, string>;
interface InSuite {
  cipher_suite: number;
}

function official<Case extends InSuite>(name: string, check: (suite: SecretSuite, x: Case) => Promise<void>): void {
  vectors.official<Case[]>(`[P2] ${name}`, `mls/${name}.json`, async (cases) => {
    expect(cases.length).toBeGreaterThan(0);
    for (const x of cases) await check(suiteWith(x.cipher_suite), x);
  });
}

interface Basics extends InSuite {
  expand_with_label: Texts<"secret" | "label" | "context" | "out"> & { length: number };
  derive_secret: Texts<"secret" | "label" | "out">;
  derive_tree_secret: Texts<"secret" | "label" | "out"> & { generation: number; length: number };
  sign_with_label: Texts<"priv" | "pub" | "content" | "label" | "signature">;
  encrypt_with_label: Texts<"priv" | "pub" | "label" | "context" | "plaintext" | "kem_output" | "ciphertext">;
}

official<Basics>("crypto-basics", async (suite, x) => {
  const { expand_with_label: e, derive_secret: d, derive_tree_secret: t } = x;
  expect(hex(await suite.expandWithLabel(octets(e.secret), e.label, octets(e.context), e.length))).toBe(e.out);
  expect(hex(await suite.deriveSecret(octets(d.secret), d.label))).toBe(d.out);
  expect(hex(await suite.deriveTreeSecret(octets(t.secret), t.label, t.generation, t.length))).toBe(t.out);
  const { priv, pub, content, label, signature } = x.sign_with_label;
  const made = await suite.signWithLabel(new UnsafeKey(suite, octets(priv)), label, octets(content));
  for (const each of [octets(signature), made]) {
    await suite.public.verifyWithLabel(octets(pub), label, octets(content), each, Rule.CONTENT_SIGNATURE);
  }
  const s = x.encrypt_with_label;
  const open = (sealed: HpkeCiphertext) =>
    suite.decryptWithLabel(octets(s.priv), s.label, octets(s.context), sealed).then(hex);
  expect(await open(new HpkeCiphertext(octets(s.kem_output), octets(s.ciphertext)))).toBe(s.plaintext);
  const plaintext = octets(s.plaintext);
  const again = await suite.encryptWithLabel(octets(s.pub), s.label, octets(s.context), plaintext, random);
  expect(await open(again)).toBe(s.plaintext);
});

interface Schedule extends InSuite, Texts<"group_id" | "initial_init_secret"> {
  epochs: (Texts<
    | "tree_hash"
    | "confirmed_transcript_hash"
    | "commit_secret"
    | "psk_secret"
    | "group_context"
    | "joiner_secret"
    | "welcome_secret"
    | "init_secret"
    | "sender_data_secret"
    | "encryption_secret"
    | "exporter_secret"
    | "epoch_authenticator"
    | "external_secret"
    | "confirmation_key"
    | "membership_key"
    | "resumption_psk"
    | "external_pub"
  > & { exporter: Texts<"label" | "context" | "secret"> & { length: number } })[];
}

function contextOf(
  suite: SecretSuite,
  epoch: bigint,
  x: Texts<"group_id" | "tree_hash" | "confirmed_transcript_hash">,
) {
  const [tree, confirmed] = [octets(x.tree_hash), octets(x.confirmed_transcript_hash)];
  return new GroupContext(1, suite.public.id, octets(x.group_id), epoch, tree, confirmed, []);
}

official<Schedule>("key-schedule", async (suite, { group_id, initial_init_secret, epochs }) => {
  let init = octets(initial_init_secret);
  for (const [number, x] of epochs.entries()) {
    const context = contextOf(suite, BigInt(number), { group_id, ...x });
    expect(hex(context.encoded)).toBe(x.group_context);
    const joiner = await keyschedule.joinerSecret(suite, init, octets(x.commit_secret), context);
    expect(hex(joiner)).toBe(x.joiner_secret);
    const psk = octets(x.psk_secret);
    expect(hex(await keyschedule.welcomeSecret(suite, joiner, psk))).toBe(x.welcome_secret);
    const secrets = await keyschedule.epochSecrets(suite, joiner, psk, context);
    const names = Object.fromEntries(Object.entries(secrets).map(([name, secret]) => [name, hex(secret)]));
    expect(names).toEqual({
      init: x.init_secret,
      senderData: x.sender_data_secret,
      encryption: x.encryption_secret,
      exporter: x.exporter_secret,
      authenticator: x.epoch_authenticator,
      external: x.external_secret,
      confirmation: x.confirmation_key,
      membership: x.membership_key,
      resumption: x.resumption_psk,
    });
    expect(hex((await keyschedule.externalKeyPair(suite, secrets)).public)).toBe(x.external_pub);
    const { label, context: about, length, secret } = x.exporter;
    expect(hex(await keyschedule.exportSecret(suite, secrets.exporter, label, octets(about), length))).toBe(secret);
    init = secrets.init;
  }
});

interface PskCase extends InSuite {
  psks: Texts<"psk_id" | "psk" | "psk_nonce">[];
  psk_secret: string;
}

official<PskCase>("psk_secret", async (suite, { psks, psk_secret }) => {
  const known = psks.map(({ psk_id, psk, psk_nonce }) => ({
    name: new PreSharedKeyId({ type: PskType.EXTERNAL, id: octets(psk_id) }, octets(psk_nonce)),
    key: octets(psk),
  }));
  expect(hex(await keyschedule.pskSecret(suite, known))).toBe(psk_secret);
});

type Transcript = InSuite & Texts<"authenticated_content" | "interim_transcript_hash_before" | "confirmation_key">;

official<Transcript>("transcript-hashes", async (suite, x) => {
  const content = decode(octets(x.authenticated_content), AuthenticatedContent.read);
  const before = octets(x.interim_transcript_hash_before);
  const confirmed = await confirmedTranscriptHash(suite.public, before, content.transcriptInput);
  expect(hex(await confirmationTag(suite, octets(x.confirmation_key), confirmed))).toBe(hex(content.confirmationTag));
});

type Kind = "handshake" | "application";

interface SecretTreeCase extends InSuite {
  encryption_secret: string;
  sender_data: Texts<"sender_data_secret" | "ciphertext" | "key" | "nonce">;
  leaves: ({ generation: number } & Texts<`${Kind}_key` | `${Kind}_nonce`>)[][];
}

official<SecretTreeCase>("secret-tree", async (suite, { sender_data: data, leaves, encryption_secret }) => {
  const { key, nonce } = await senderDataKey(suite, octets(data.sender_data_secret), octets(data.ciphertext));
  expect([hex(key), hex(nonce)]).toEqual([data.key, data.nonce]);
  let tree = secretTree(suite, leaves.length, octets(encryption_secret));
  for (const [leaf, generations] of leaves.entries()) {
    for (const [kind, type] of [["handshake", ContentType.COMMIT] as const, ["application", 1] as const]) {
      for (const x of generations) {
        const taken = await tree.take(leaf, type, x.generation);
        expect([hex(taken.key.key), hex(taken.key.nonce)]).toEqual([x[`${kind}_key`], x[`${kind}_nonce`]]);
        tree = taken.tree;
        await expect(tree.take(leaf, type, x.generation)).rejects.toMatchObject({ rule: Rule.GENERATION_USED });
      }
    }
  }
});

interface Protection
  extends InSuite,
    Texts<
      | "group_id"
      | "tree_hash"
      | "confirmed_transcript_hash"
      | "signature_priv"
      | "signature_pub"
      | "encryption_secret"
      | "sender_data_secret"
      | "membership_key"
      | "proposal"
      | "proposal_priv"
      | "proposal_pub"
      | "commit"
      | "commit_priv"
      | "commit_pub"
      | "application"
      | "application_priv"
    > {
  epoch: number;
}

official<Protection>("message-protection", async (suite, x) => {
  const context = contextOf(suite, BigInt(x.epoch), x);
  const [membership, senderData] = [octets(x.membership_key), octets(x.sender_data_secret)];
  const key = new UnsafeKey(suite, octets(x.signature_priv));
  for (const [name, content] of [
    ["proposal", decode(octets(x.proposal), readProposal)],
    ["commit", decode(octets(x.commit), Commit.read)],
    ["application", octets(x.application)],
  ] as const) {
    const raw = x[name];
    const inside = ({ framed }: AuthenticatedContent) =>
      hex(framed.content instanceof Uint8Array ? framed.content : framed.content.encoded);
    const tree = secretTree(suite, 2, octets(x.encryption_secret));
    const sealed = readMessage(octets(x[`${name}_priv`]), MAX);
    if (!(sealed instanceof PrivateMessage)) throw new Error("not sealed");
    const { content: opened } = await openPrivate(suite, sealed, tree, senderData);
    expect(inside(opened)).toBe(raw);
    await opened.verify(suite.public, context, octets(x.signature_pub));

    const framed = new FramedContent(context.groupId, context.epoch, member(1), NOTHING, content);
    const own = await signContent(suite, WireFormat.PRIVATE_MESSAGE, framed, context, key);
    const confirmed = own.confirmedWith(opened.confirmationTag);
    const { message } = await sealPrivate(suite, confirmed, tree, senderData, random, 7);
    const again = await openPrivate(suite, message, tree, senderData);
    expect(hex(again.content.encoded)).toBe(hex(confirmed.encoded));

    if (name === "application") continue;
    const clear = readMessage(octets(x[`${name}_pub`]), MAX);
    if (!(clear instanceof PublicMessage)) throw new Error("not in clear");
    const checked = await checkMembership(suite, clear, context, membership);
    expect(inside(checked)).toBe(raw);
    await checked.verify(suite.public, context, octets(x.signature_pub));
    expect(hex((await protectPublic(suite, checked, context, membership)).encoded)).toBe(hex(clear.encoded));
  }
});

type WelcomeCase = InSuite & Texts<"key_package" | "welcome" | "init_priv" | "signer_pub">;

official<WelcomeCase>("welcome", async (suite, x) => {
  const [keyPackage, welcome] = [readMessage(octets(x.key_package), MAX), readMessage(octets(x.welcome), MAX)];
  if (!(keyPackage instanceof KeyPackage && welcome instanceof Welcome)) throw new Error("not what it is called");
  const secrets = await openGroupSecrets(suite, welcome, keyPackage, octets(x.init_priv));
  expect(secrets.psks).toEqual([]);
  const psk = await keyschedule.pskSecret(suite, []);
  const sealing = await keyschedule.welcomeSecret(suite, secrets.joinerSecret, psk);
  const info = await openGroupInfo(suite, welcome, sealing);
  const signer = octets(x.signer_pub);
  await suite.public.verifyWithLabel(signer, "GroupInfoTBS", info.body, info.signature, Rule.INFO_SIGNATURE);
  expect(signed("GroupInfoTBS", info.body).length).toBeGreaterThan(info.body.length);
  const epoch = await keyschedule.epochSecrets(suite, secrets.joinerSecret, psk, info.context);
  const tag = await confirmationTag(suite, epoch.confirmation, info.context.confirmedTranscriptHash);
  expect(hex(tag)).toBe(hex(info.confirmationTag));
});

interface TreeKem extends InSuite, Texts<"group_id" | "ratchet_tree" | "confirmed_transcript_hash"> {
  epoch: number;
  leaves_private: (Texts<"encryption_priv" | "signature_priv"> & {
    index: number;
    path_secrets: { node: number; path_secret: string }[];
  })[];
  update_paths: (Texts<"update_path" | "commit_secret"> & { sender: number; path_secrets: (string | null)[] })[];
}

official<TreeKem>("treekem", async (suite, x) => {
  const tree = Tree.decode(suite.public, octets(x.ratchet_tree));
  const keys = new Map<number, Map<number, Uint8Array>>();
  for (const { index, encryption_priv, path_secrets } of x.leaves_private) {
    const own = new Map([[2 * index, octets(encryption_priv)]]);
    for (const { node, path_secret } of path_secrets) {
      const pair = await nodeKeyPair(suite, octets(path_secret));
      expect(hex(tree.parentNode(node)?.encryptionKey ?? NOTHING)).toBe(hex(pair.public));
      own.set(node, pair.private);
    }
    keys.set(index, own);
  }
  for (const [place, { sender: committer, update_path, commit_secret, path_secrets }] of x.update_paths.entries()) {
    const path = decode(octets(update_path), UpdatePath.read);
    const { parents } = await tree.pathNodes(
      committer,
      path.nodes.map(({ encryptionKey }) => encryptionKey),
    );
    const after = tree.merge(committer, path.leaf, parents);
    const contextAfter = async (reached: Tree) =>
      contextOf(suite, BigInt(x.epoch), { ...x, tree_hash: hex(await reached.hash()) });
    const judged = { base: tree, committer, added: [] };
    const theirs = { ...judged, path, tree: after, context: await contextAfter(after) };
    for (const [leaf, expected] of path_secrets.entries()) {
      if (expected === null) continue;
      const opened = await openPath(suite, theirs, leaf, keys.get(leaf) ?? new Map());
      expect(hex(opened.commitSecret)).toBe(commit_secret);
      const shared = after.filteredPath(committer).find(({ node }) => isBelow(2 * leaf, node));
      const derived = await deriveUpwards(suite, after, committer, shared?.node ?? -1, octets(expected), new Map());
      for (const [node, key] of derived.keys) expect(hex(opened.keys.get(node) ?? NOTHING)).toBe(hex(key));
    }
    if (place > 0) continue; // one path of our own is enough for each tree
    const [template, signing] = [tree.leaf(committer), x.leaves_private.find(({ index }) => index === committer)];
    if (template === null || signing === undefined) throw new Error("no such leaf");
    const maker = { leaf: committer, template, signatureKey: new UnsafeKey(suite, octets(signing.signature_priv)) };
    const made = await newPath(suite, tree, maker, octets(x.group_id), random);
    const context = await contextAfter(made.tree);
    const ours = { ...judged, tree: made.tree, context };
    const sealed = await sealPath(suite, made, tree, committer, [], context, random);
    for (const [leaf, own] of keys) {
      if (leaf === committer) continue;
      const opened = await openPath(suite, { ...ours, path: sealed }, leaf, own);
      expect(hex(opened.commitSecret)).toBe(hex(made.commitSecret));
    }
  }
});

vectors.official<{ group_secrets: string }[]>("[P2] messages: group secrets", "mls/messages.json", (cases) => {
  for (const { group_secrets } of cases) {
    expect(hex(decode(octets(group_secrets), GroupSecrets.read).encoded)).toBe(group_secrets);
  }
  expect(cases).toHaveLength(300);
});
