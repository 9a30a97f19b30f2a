/** What a meeting refuses beyond RFC 9420, rule by rule. */
import { expect, test } from "vitest";
import { ascii } from "../octets";
import { BASIC, Credential, X509 } from "./credential";
import { Rule } from "./errors";
import { Extension, ExtensionType } from "./extensions";
import {
  able,
  commitOf,
  described,
  external,
  FORM,
  frame,
  group,
  INIT,
  identityOf,
  infoOf,
  join,
  leafOf,
  NOTHING,
  offer,
  PRIMITIVES,
  PSK_ID,
  packageOf,
  psk,
  publicKeyOf,
  type Rules,
  refusalOf,
  resumption,
  SERVER,
  SUITE,
  treeOf,
  ZEROS,
} from "./fixture";
import { NEW_MEMBER, WireFormat } from "./framing";
import { hear, judge } from "./judge";
import { ENDLESS, Source } from "./leaf";
import { MAX_LEAVES } from "./policy";
import { Add, GroupContextExtensions, PskUsage, ReInit, Remove, Update } from "./proposals";
import { checkGroupInfo } from "./public";
import { Suite } from "./suites";
import { ParentNode, Tree } from "./tree";

const P = (1n << 255n) - 19n;
/** Every point of small order and every second spelling, with either sign, as octets. */
const UNSAFE_KEYS = [
  ...[0n, 1n, P - 1n],
  ...Array.from({ length: 19 }, (_, above) => P + BigInt(above)),
  BigInt("0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826"),
  BigInt("0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7"),
].flatMap((y) =>
  [y, y | (1n << 255n)].map((point) =>
    Uint8Array.from({ length: 32 }, (_, place) => Number((point >> BigInt(8 * place)) & 0xffn)),
  ),
);

const RULES: Rules = {
  ONLY_SUITE: [
    async () => {
      const other = new Suite({ ...FORM, id: 1 }, PRIMITIVES);
      return checkGroupInfo(other, await infoOf({ context: { suite: 1 } }), SERVER, treeOf());
    },
  ],
  GROUP_ID: [() => described(SERVER, { context: { groupId: new Uint8Array(31) } })],
  NO_CONTEXT_EXTENSIONS: [() => described(SERVER, { context: { extensions: [new Extension(77, NOTHING)] } })],
  INFO_EXTENSIONS: [
    () => described(SERVER, { extensions: [] }),
    () => described(SERVER, { extensions: [new Extension(ExtensionType.RATCHET_TREE, group.tree.encoded)] }),
    async () => described(SERVER, { extensions: [...(await infoOf()).extensions, new Extension(77, NOTHING)] }),
  ],
  LEAVES: [
    () =>
      described(SERVER, {
        nodes: (nodes) => [...nodes, ...new Array(2 * MAX_LEAVES - nodes.length).fill(null), leafOf(9)],
      }),
    async () => {
      const leaf = leafOf(9);
      const nodes = Array.from({ length: 2 * MAX_LEAVES - 1 }, (_, node) => (node % 2 === 0 ? leaf : null));
      const message = await frame(await commitOf({ proposals: [INIT, external()] }), { sender: NEW_MEMBER });
      return judge({ ...group, tree: new Tree(SUITE, nodes) }, message, SERVER);
    },
  ],
  NO_UNMERGED: [
    () =>
      described(SERVER, {
        nodes: (nodes) =>
          nodes.map((node) =>
            node instanceof ParentNode ? new ParentNode(node.encryptionKey, node.parentHash, [0]) : node,
          ),
      }),
  ],
  SOURCES: [[0, Source.UPDATE, null] as const, [1, Source.KEY_PACKAGE, ENDLESS] as const].map(
    ([index, source, lifetime]) =>
      () =>
        described(SERVER, {
          nodes: (nodes) => nodes.map((node, at) => (at === 2 * index ? leafOf(index, { source, lifetime }) : node)),
        }),
  ),
  ONLY_PUBLIC_COMMITS: [
    () => offer(SERVER, { format: WireFormat.PRIVATE_MESSAGE }),
    async () => hear(group, await frame(new Remove(2)), SERVER),
  ],
  NO_AUTHENTICATED_DATA: [() => offer(SERVER, { data: ZEROS })],
  BY_VALUE: [() => offer(SERVER, { references: [ZEROS] })],
  MEMBER_PROPOSALS: [
    async () => new Add(await packageOf()),
    () => new Update(leafOf(3)),
    () => external(),
    () => new ReInit(ZEROS, 1, SUITE.id, []),
    () => INIT,
    () => new GroupContextExtensions([]),
  ].flatMap((make) => [
    async () => offer(SERVER, { proposals: [await make()] }),
    async () => offer(SERVER, { proposals: [new Remove(2), await make()] }),
  ]),
  JOIN_EXACTLY: [
    [],
    [external()],
    [INIT, INIT, external()],
    [INIT, external(), new Remove(2)],
    [INIT, external(), new GroupContextExtensions([])],
    [INIT, external(), new ReInit(ZEROS, 1, SUITE.id, [])],
  ].map((proposals) => () => join(SERVER, {}, proposals)),
  LINK_PSK: [
    [],
    [external(), external(PSK_ID, new Uint8Array(48).fill(1))],
    [external(ascii("aparte/2 link"))],
    [external(PSK_ID, new Uint8Array(47))],
    [psk(resumption(PskUsage.APPLICATION))],
  ].map((psks) => () => join(SERVER, {}, [INIT, ...psks])),
  ALWAYS_A_PATH: [() => offer(SERVER, { path: null })],
  CAPABILITIES: [
    able({ versions: [1, 2] }),
    able({ suites: [SUITE.id, 1] }),
    able({ extensions: [77] }),
    able({ proposals: [77] }),
    able({ credentials: [BASIC, X509] }),
  ].flatMap((leaf) => [() => join(SERVER, { leaf }), () => offer(SERVER, { edit: { leaf } })]),
  NO_LEAF_EXTENSIONS: [() => join(SERVER, { leaf: { extensions: [new Extension(1, ZEROS)] } })],
  IDENTITY: [
    new Credential(BASIC, new Uint8Array(173)),
    new Credential(BASIC, identityOf(9).subarray(0, 172)),
    new Credential(X509, NOTHING),
  ].map((credential) => () => join(SERVER, { leaf: { credential } })),
  IDENTITY_STAYS: [
    () => offer(SERVER, { edit: { leaf: { credential: new Credential(BASIC, identityOf(9)) } } }),
    () => offer(SERVER, { edit: { leaf: { signatureKey: publicKeyOf(9) }, signer: 9 } }),
  ],
  SIGNATURE_KEY: [...UNSAFE_KEYS.map((signatureKey) => () => SERVER.checkLeaf(leafOf(1, { signatureKey }), 1))],
  SEAT_UNIQUE: [() => join(SERVER, { leaf: { credential: new Credential(BASIC, identityOf(3)) } })],
};

for (const [name, attempts] of Object.entries(RULES)) {
  const rule = Rule[name as keyof typeof Rule];
  test(`${rule.id} ${name}`, async () => {
    for (const [place, attempt] of attempts.entries()) {
      expect(await refusalOf(attempt), `attempt ${place}`).toBe(rule);
    }
  });
}
