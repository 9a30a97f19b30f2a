/** Every numbered rule of RFC 9420 that needs no secret bites: each line breaks one rule and keeps all before it. */
import { expect, test } from "vitest";
import { concat } from "../octets";
import { decode, u16, vector, vectors } from "./codec";
import { UpdatePathNode } from "./commit";
import { GroupContext } from "./context";
import { BASIC, Credential, X509 } from "./credential";
import { Rule } from "./errors";
import { Extension, ExtensionType, RequiredCapabilities, readExtensions } from "./extensions";
import {
  able,
  commitOf,
  described,
  external,
  frame,
  group,
  INIT,
  infoOf,
  join,
  leafOf,
  MAX,
  NOTHING,
  ONE,
  offer,
  PSK_ID,
  packageOf,
  psk,
  publicKeyOf,
  type Rules,
  refusalOf,
  requiring,
  resumption,
  SERVER,
  SUITE,
  UNSAFE_OPEN,
  updated,
  withParent,
  ZEROS,
} from "./fixture";
import { member, NEW_MEMBER, Sender, SenderType } from "./framing";
import { hear, judge } from "./judge";
import { KeyPackage } from "./keypackage";
import { ENDLESS, Source } from "./leaf";
import { readMessage, writeMessage } from "./message";
import { Add, ExternalInit, GroupContextExtensions, PskUsage, ReInit, Remove, readProposal, Update } from "./proposals";
import { checkGroupInfo, externalPub } from "./public";
import { ParentNode, Tree } from "./tree";

test("what is forged soundly passes, so that each refusal has the one cause that it names", async () => {
  for (const policy of [UNSAFE_OPEN, SERVER]) {
    await described(policy);
    await offer(policy);
    await offer(policy, { proposals: [new Remove(0), new Remove(3)], base: group.tree.remove(0).remove(3) });
    await join(policy);
  }
  await updated({});
});

const RULES: Rules = {
  SIZE: [() => readMessage(new Uint8Array(11), 10)],
  ENCODING: [
    ...["", "00", "0001", "00010001", "00010009", "000100050001000140016161"].map(
      (text) => () => readMessage(Uint8Array.from(Buffer.from(text, "hex")), MAX),
    ),
    ...["403f", "80003fff", "c0", "40", "0561626364"].map(
      (text) => () => decode(Uint8Array.from(Buffer.from(text, "hex")), (reader) => reader.vector()),
    ),
    async () => readMessage(concat(writeMessage(await infoOf()), Uint8Array.of(0)), MAX),
  ],
  VERSION: [() => readMessage(Uint8Array.of(0, 2, 0, 1), MAX)],
  PROPOSAL_TYPE: [() => decode(u16(8), readProposal)],
  CREDENTIAL_TYPE: [() => decode(concat(u16(3), vector(NOTHING)), Credential.read)],
  EXTENSION_TWICE: [() => decode(vectors([new Extension(9, ZEROS), new Extension(9, NOTHING)]), readExtensions)],

  GROUP: [() => offer(UNSAFE_OPEN, { groupId: ZEROS })],
  EPOCH_OVER: [() => offer(UNSAFE_OPEN, { epoch: 3n })],
  EPOCH_AHEAD: [() => offer(UNSAFE_OPEN, { epoch: 5n })],
  SENDER: [() => offer(UNSAFE_OPEN, { sender: member(99) }), () => offer(UNSAFE_OPEN, { sender: member(5) })],
  EXTERNAL_SENDER: [
    async () => hear(group, await frame(new Remove(0), { sender: new Sender(SenderType.EXTERNAL, 0) }), UNSAFE_OPEN),
  ],
  SENDER_CONTENT: [
    () => offer(UNSAFE_OPEN, { sender: new Sender(SenderType.EXTERNAL, 0) }),
    async () => hear(group, await frame(INIT), UNSAFE_OPEN),
    async () => hear(group, await frame(new Update(leafOf(1)), { sender: NEW_MEMBER }), UNSAFE_OPEN),
    async () => hear(group, await frame(ZEROS), UNSAFE_OPEN),
    async () => judge(group, await frame(new Remove(0)), UNSAFE_OPEN),
    async () =>
      hear(group, await frame(new Remove(0), { sender: new Sender(SenderType.NEW_MEMBER_PROPOSAL) }), UNSAFE_OPEN),
  ],
  CONTENT_SIGNATURE: [
    () => offer(UNSAFE_OPEN, { signer: 2 }),
    async () => hear(group, await frame(new Remove(0), { signer: 2 }), UNSAFE_OPEN),
  ],

  LEAF_SIGNATURE: [() => offer(UNSAFE_OPEN, { edit: { signer: 2 } })],
  LEAF_SOURCE: [
    () => offer(UNSAFE_OPEN, { edit: { leaf: { source: Source.UPDATE } } }),
    () => updated({ source: Source.COMMIT }),
    async () => offer(UNSAFE_OPEN, { proposals: [new Add(await packageOf({ leaf: leafOf(9) }))] }),
  ],
  LEAF_CREDENTIAL: [() => offer(UNSAFE_OPEN, { edit: { leaf: able({ credentials: [] }) } })],
  LEAF_EXTENSION: [() => offer(UNSAFE_OPEN, { edit: { leaf: { extensions: [new Extension(77, NOTHING)] } } })],
  LEAF_REQUIRED: [
    new RequiredCapabilities([77]),
    new RequiredCapabilities([], [77]),
    new RequiredCapabilities([], [], [X509]),
  ].map((required) => () => offer(UNSAFE_OPEN, { proposals: [requiring(required)] })),
  CREDENTIALS_SHARED: [
    () =>
      offer(UNSAFE_OPEN, {
        edit: { leaf: { ...able({ credentials: [BASIC, X509] }), credential: new Credential(X509, NOTHING) } },
      }),
  ],
  PUBLIC_KEY: [
    () => offer(UNSAFE_OPEN, { edit: { leaf: { encryptionKey: ZEROS } } }),
    () =>
      offer(UNSAFE_OPEN, {
        edit: { nodes: ([first, ...rest]) => [new UpdatePathNode(ZEROS, first?.encryptedPathSecret ?? []), ...rest] },
      }),
    async () => offer(UNSAFE_OPEN, { proposals: [new Add(await packageOf({ initKey: ZEROS }))] }),
    async () =>
      externalPub(await infoOf({ extensions: [new Extension(ExtensionType.EXTERNAL_PUB, vector(ZEROS))] }), SUITE),
  ],
  ENCRYPTION_KEY_UNIQUE: [
    () => offer(UNSAFE_OPEN, { edit: { leaf: { encryptionKey: group.tree.leaf(3)?.encryptionKey ?? ZEROS } } }),
    () =>
      offer(UNSAFE_OPEN, {
        edit: { nodes: ([first, ...rest]) => (first === undefined ? rest : [first, first, ...rest]) },
      }),
  ],
  SIGNATURE_KEY_UNIQUE: [() => join(UNSAFE_OPEN, { leaf: { signatureKey: publicKeyOf(2) }, signer: 2 })],

  PACKAGE_SUITE: [async () => offer(UNSAFE_OPEN, { proposals: [new Add(await packageOf({ suite: 3 }))] })],
  PACKAGE_SIGNATURE: [
    async () => {
      const { version, suite, initKey, leaf } = await packageOf();
      return offer(UNSAFE_OPEN, {
        proposals: [new Add(new KeyPackage(version, suite, initKey, leaf, [], new Uint8Array(64)))],
      });
    },
  ],
  PACKAGE_KEYS: [
    async () => {
      const leaf = leafOf(9, { source: Source.KEY_PACKAGE, lifetime: ENDLESS });
      return offer(UNSAFE_OPEN, { proposals: [new Add(await packageOf({ leaf, initKey: leaf.encryptionKey }))] });
    },
  ],

  TREE_SHAPE: [
    () => Tree.decode(SUITE, vector(NOTHING)),
    () => Tree.decode(SUITE, vector(concat(Uint8Array.of(1, 1), leafOf(1).encoded, Uint8Array.of(0)))),
    () => Tree.decode(SUITE, vector(concat(Uint8Array.of(1, 2), new ParentNode(ZEROS, NOTHING).encoded))),
    () => Tree.decode(SUITE, vector(concat(...[1, 2, 3].flatMap((n) => [Uint8Array.of(1, 1), leafOf(n).encoded])))),
  ],
  UNMERGED: [
    ...[[4], [1, 0], [0, 0], [2 ** 32 - 1]].map((unmerged) => () => withParent(1, { unmerged })),
    () => withParent(7, { unmerged: [7] }),
    () => withParent(7, { unmerged: [0] }),
  ],
  PARENT_HASH: [() => withParent(1, { parentHash: new Uint8Array(48) })],
  TREE_HASH: [() => described(UNSAFE_OPEN, { context: { treeHash: ZEROS } })],

  INFO_SUITE: [
    () => described(UNSAFE_OPEN, { context: { suite: 3 } }),
    () => described(UNSAFE_OPEN, { context: { version: 2 } }),
  ],
  INFO_SIGNATURE: [
    () => described(UNSAFE_OPEN, { signer: 99 }),
    () => described(UNSAFE_OPEN, { signer: 2 }),
    () => described(UNSAFE_OPEN, { signature: new Uint8Array(64) }),
  ],
  INFO_TREE: [async () => checkGroupInfo(SUITE, await infoOf(), UNSAFE_OPEN)],
  INFO_EXTERNAL_PUB: [async () => externalPub(await infoOf({ extensions: [] }), SUITE)],

  REFERENCE: [() => offer(UNSAFE_OPEN, { references: [ZEROS] })],
  OWN_UPDATE: [() => offer(UNSAFE_OPEN, { proposals: [new Update(leafOf(1))] })],
  LEAF_TWICE: [() => offer(UNSAFE_OPEN, { proposals: [new Remove(0), new Remove(0)] })],
  OWN_REMOVAL: [() => offer(UNSAFE_OPEN, { proposals: [new Remove(ONE)] })],
  REMOVED_LEAF: [
    ...[6, 99, 2 ** 32 - 1].map((leaf) => () => offer(UNSAFE_OPEN, { proposals: [new Remove(leaf)] })),
    () => join(UNSAFE_OPEN, {}, [INIT, new Remove(6)]),
  ],
  PSK_NONCE: [() => offer(UNSAFE_OPEN, { proposals: [external(PSK_ID, new Uint8Array(47))] })],
  PSK_TWICE: [() => offer(UNSAFE_OPEN, { proposals: [external(), external()] })],
  PSK_USAGE: [PskUsage.REINIT, PskUsage.BRANCH].map(
    (usage) => () => offer(UNSAFE_OPEN, { proposals: [psk(resumption(usage))] }),
  ),
  ONE_EXTENSIONS: [
    () => offer(UNSAFE_OPEN, { proposals: [new GroupContextExtensions([]), new GroupContextExtensions([])] }),
  ],
  EXTENSIONS_SHARED: [
    () => offer(UNSAFE_OPEN, { proposals: [new GroupContextExtensions([new Extension(77, NOTHING)])] }),
  ],
  REINIT: [() => offer(UNSAFE_OPEN, { proposals: [new ReInit(ZEROS, 1, 1, [])] })],
  EXTERNAL_INIT: [() => offer(UNSAFE_OPEN, { proposals: [INIT] })],
  UPDATE_SENDER: [() => updated({}, new Sender(SenderType.EXTERNAL, 3))],
  UPDATE_KEY: [() => updated({ encryptionKey: group.tree.leaf(3)?.encryptionKey ?? ZEROS })],

  PATH_REQUIRED: [
    ...[[], [new Remove(0)], [new GroupContextExtensions([])]].map(
      (proposals) => () => offer(UNSAFE_OPEN, { proposals, path: null }),
    ),
    () => offer(UNSAFE_OPEN, { sender: NEW_MEMBER, proposals: [INIT], path: null }),
  ],
  PATH_LENGTH: [() => offer(UNSAFE_OPEN, { edit: { nodes: (nodes) => nodes.slice(1) } })],
  PATH_CIPHERTEXTS: [
    () =>
      offer(UNSAFE_OPEN, {
        edit: { nodes: (nodes) => nodes.map(({ encryptionKey }) => new UpdatePathNode(encryptionKey, [])) },
      }),
  ],
  PATH_PARENT_HASH: [() => offer(UNSAFE_OPEN, { edit: { leaf: { parentHash: new Uint8Array(48) } } })],
  JOIN_INIT: [[external()], [INIT, INIT], [new ExternalInit(new Uint8Array(31))]].map(
    (proposals) => () => join(UNSAFE_OPEN, {}, proposals),
  ),
  JOIN_PROPOSALS: [
    ...[[new Remove(0), new Remove(2)], [new GroupContextExtensions([])], [new ReInit(ZEROS, 1, 1, [])]].map(
      (proposals) => () => join(UNSAFE_OPEN, {}, [INIT, ...proposals]),
    ),
    () => offer(UNSAFE_OPEN, { sender: NEW_MEMBER, proposals: [INIT], references: [ZEROS] }),
  ],
  EPOCHS_END: [
    async () => {
      const { version, suite, groupId, treeHash, confirmedTranscriptHash } = group.context;
      const epoch = 2n ** 64n - 1n;
      const context = new GroupContext(version, suite, groupId, epoch, treeHash, confirmedTranscriptHash, []);
      return judge({ ...group, context }, await frame(await commitOf({}), { epoch }), UNSAFE_OPEN);
    },
  ],
};

for (const [name, attempts] of Object.entries(RULES)) {
  const rule = Rule[name as keyof typeof Rule];
  test(`${rule.id} ${name}`, async () => {
    for (const [place, attempt] of attempts.entries()) {
      expect(await refusalOf(attempt), `attempt ${place}`).toBe(rule);
    }
  });
}
