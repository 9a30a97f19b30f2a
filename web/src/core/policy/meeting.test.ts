/** What a meeting refuses beyond RFC 9420, rule by rule. */
import { ed25519 } from "@noble/curves/ed25519.js";
import { expect, test } from "vitest";
import { BASIC, Credential, X509 } from "../mls/credential";
import { Rule } from "../mls/errors";
import { Extension, ExtensionType } from "../mls/extensions";
import {
  type Attempt,
  able,
  CHARTER,
  charterOf,
  commitOf,
  described,
  external,
  FORM,
  type Frame,
  frame,
  group,
  groupUnder,
  INIT,
  identityOf,
  infoOf,
  join,
  leafOf,
  MEETING,
  NOTHING,
  NOW,
  offer,
  type PathEdit,
  type PersonEdit,
  POLICY,
  PRIMITIVES,
  PSK_ID,
  packageOf,
  personOf,
  policyOf,
  psk,
  publicKeyOf,
  type Rules,
  refusalOf,
  resumption,
  rulesOf,
  SERVER,
  SUITE,
  seedOf,
  subjectOf,
  treeOf,
  ZEROS,
} from "../mls/fixture";
import { NEW_MEMBER, WireFormat } from "../mls/framing";
import { hear, judge } from "../mls/judge";
import { ENDLESS, Source } from "../mls/leaf";
import { Add, GroupContextExtensions, type Proposal, PskUsage, ReInit, Remove, Update } from "../mls/proposals";
import { checkGroupInfo } from "../mls/public";
import { Suite } from "../mls/suites";
import { ParentNode, Tree } from "../mls/tree";
import { ascii, concat } from "../octets";
import { Admission, type AdmissionFields, LIFETIME_MS } from "./admission";
import { Door, Opens } from "./charter";
import { MAX_LEAVES, MeetingPolicy, POLICY_TYPE, policyExtensions } from "./meeting";
import { Person, type PersonFields } from "./person";
import { Entry, Policy, type PolicyFields } from "./policy";
import { ALL, Rights } from "./rights";

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

const ACCOUNT = new Uint8Array(16).fill(0xac);
const IDENTITY = identityOf(9);
const PERSON = Person.read(IDENTITY);
const ACCOUNTED = Person.read(identityOf(9, { account: ACCOUNT }));
/** Who organises where person 1 does not. */
const OTHERS = [subjectOf(2)];

const named = (edit: PersonEdit): PathEdit => ({ leaf: { credential: new Credential(BASIC, identityOf(9, edit)) } });
const said = (fields: PersonFields): PathEdit => ({
  leaf: { credential: new Credential(BASIC, new Person(fields).encoded) },
});
const changing = (policy: Policy) => new GroupContextExtensions(policyExtensions(policy));

/** An admission of person 9, by person 1 unless told. */
function admissionOf(changes: Partial<AdmissionFields> = {}, signer = 1): Uint8Array {
  const about = { meeting: MEETING, seat: PERSON.seat, subject: PERSON.subject, leafKey: publicKeyOf(9) };
  const fields = { ...about, until: BigInt(NOW), admitter: 1, signature: NOTHING, ...changes };
  const signature = changes.signature ?? ed25519.sign(new Admission(fields).content, seedOf(signer));
  return new Admission({ ...fields, signature }).encoded;
}

/** Person 9 comes into the group under another policy. */
const coming =
  (changes: Partial<PolicyFields>, how: Frame = {}, who?: PersonEdit) =>
  () =>
    join(SERVER, who === undefined ? {} : named(who), undefined, { group: groupUnder(policyOf(changes)), ...how });

/** Person 1, who organises nothing, commits under another policy. */
const acting =
  (changes: Partial<PolicyFields>, ...what: readonly (Proposal | MeetingPolicy)[]): Attempt =>
  () => {
    const proposals = what.filter((one): one is Proposal => !(one instanceof MeetingPolicy));
    const rules = what.find((one) => one instanceof MeetingPolicy) ?? SERVER;
    const base = proposals.reduce((tree, one) => (one instanceof Remove ? tree.remove(one.removed) : tree), group.tree);
    return offer(rules, { proposals, base, group: groupUnder(policyOf({ organisers: OTHERS, ...changes })) });
  };

async function refused(rule: Rule, attempt: Attempt): Promise<void> {
  expect(await refusalOf(attempt)).toBe(rule);
}

const RULES: Rules = {
  ONLY_SUITE: [
    async () => {
      const other = new Suite({ ...FORM, id: 1 }, PRIMITIVES);
      return checkGroupInfo(other, await infoOf({ context: { suite: 1 } }), SERVER, treeOf());
    },
  ],
  GROUP_ID: [() => described(SERVER, { context: { groupId: new Uint8Array(31) } })],
  CONTEXT_POLICY: [
    [],
    [new Extension(77, POLICY.encoded)],
    [...policyExtensions(POLICY), new Extension(77, NOTHING)],
    [new Extension(POLICY_TYPE, POLICY.encoded.subarray(1))],
    policyExtensions(policyOf({ charter: charterOf({ level: 2 }) })),
  ].flatMap((extensions, at) => [
    () => described(SERVER, { context: { extensions } }),
    // Another charter in a change is one that nobody may make.
    ...(at < 4 ? [() => offer(SERVER, { proposals: [new GroupContextExtensions(extensions)] })] : []),
  ]),
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
  AUTHENTICATED_DATA: [
    () => offer(SERVER, { data: ZEROS }),
    () => offer(SERVER, { data: admissionOf() }),
    () => join(SERVER, {}, undefined, { data: ZEROS }),
    () => join(SERVER, {}, undefined, { data: admissionOf().fill(2, 0, 1) }),
    () => join(SERVER, {}, undefined, { data: admissionOf().subarray(1) }),
  ],
  BY_VALUE: [() => offer(SERVER, { references: [ZEROS] })],
  MEMBER_PROPOSALS: [
    async () => new Add(await packageOf()),
    () => new Update(leafOf(3)),
    () => external(),
    () => new ReInit(ZEROS, 1, SUITE.id, []),
    () => INIT,
  ]
    .flatMap((make) => [
      async () => offer(SERVER, { proposals: [await make()] }),
      async () => offer(SERVER, { proposals: [new Remove(2), await make()] }),
      async () => offer(SERVER, { proposals: [changing(POLICY), await make()] }),
    ])
    .concat([() => offer(SERVER, { proposals: [changing(POLICY), changing(POLICY)] })]),
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
    new Credential(BASIC, new Uint8Array(IDENTITY.length)),
    new Credential(BASIC, IDENTITY.subarray(0, -1)),
    new Credential(BASIC, concat(Uint8Array.of(1), IDENTITY.subarray(1))),
    new Credential(X509, NOTHING),
  ]
    .map(
      (credential): Attempt =>
        () =>
          join(SERVER, { leaf: { credential } }),
    )
    .concat([() => SERVER.checkKnock(IDENTITY.subarray(1), publicKeyOf(9))]),
  IDENTITY_STAYS: [
    () => offer(SERVER, { edit: { leaf: { credential: new Credential(BASIC, identityOf(9)) } } }),
    () => offer(SERVER, { edit: { leaf: { signatureKey: publicKeyOf(9) }, signer: 9 } }),
  ],
  SIGNATURE_KEY: UNSAFE_KEYS.flatMap((signatureKey) => [
    () => SERVER.checkLeaf(leafOf(1, { signatureKey }), 1),
    () => SERVER.checkKnock(IDENTITY, signatureKey),
  ]),
  SEAT_UNIQUE: [() => join(SERVER, named({ seat: new Uint8Array(16).fill(3) }))],

  PERSON: [
    () => join(SERVER, named({ endorser: 9 })),
    () => join(SERVER, named({ leafKey: publicKeyOf(8) })),
    () => join(SERVER, named({ meeting: new Uint8Array(16) })),
    () => join(SERVER, said({ ...PERSON, seat: new Uint8Array(16).fill(8) })),
    () => join(SERVER, said({ ...PERSON, key: publicKeyOf(personOf(8)) })),
    () => join(SERVER, named({ account: ACCOUNT, house: 201 })),
    () => join(SERVER, said({ ...PERSON, certificate: Person.read(identityOf(8, { account: ACCOUNT })).certificate })),
    () => {
      const alone = charterOf({ houseKey: NOTHING });
      const context = { group: groupUnder(Policy.first(alone)) };
      return join(rulesOf(alone), named({ account: ACCOUNT }), undefined, context);
    },
    () => SERVER.checkKnock(identityOf(9, { endorser: 9 }), publicKeyOf(9)),
    () => SERVER.checkKnock(IDENTITY, publicKeyOf(8)),
  ],
  OPENING: [
    () => rulesOf(charterOf({ opens: Opens.ORGANISERS })).checkMaker(PERSON),
    () => rulesOf(charterOf({ opens: Opens.ORGANISERS })).checkMaker(ACCOUNTED),
    () => rulesOf(charterOf({ opens: Opens.ACCOUNTS })).checkMaker(PERSON),
  ],
  COMING_IN: [
    coming({ entries: [new Entry(subjectOf(9), Rights.SOUND, true)] }),
    coming({ entries: [new Entry(subjectOf(9), Rights.SOUND, true)] }, { data: admissionOf() }),
    coming({ door: Door.LOCKED }),
    coming({ door: Door.LOCKED }, { data: admissionOf() }),
    coming({ frozen: true }),
    coming({ door: Door.GUESTS_KNOCK }),
    coming({ door: Door.ALL_KNOCK }),
    coming({ door: Door.ALL_KNOCK }, {}, { account: ACCOUNT }),
  ],
  ADMISSION: [
    { meeting: new Uint8Array(16) },
    { seat: new Uint8Array(16).fill(8) },
    { subject: subjectOf(8) },
    { leafKey: publicKeyOf(8) },
    { until: BigInt(NOW - 1) },
    { until: BigInt(NOW + LIFETIME_MS + 1) },
    { admitter: 77 },
    // Leaf 3 is there, and has no right to admit; leaf 1 has it, and has not signed.
    { admitter: 3 },
    { signature: new Uint8Array(64) },
  ]
    .flatMap((fields) => [
      coming({ door: Door.ALL_KNOCK }, { data: admissionOf(fields) }),
      // Who need not be admitted brings none that does not hold.
      coming({}, { data: admissionOf(fields) }),
    ])
    .concat([coming({ door: Door.ALL_KNOCK, organisers: [subjectOf(2)] }, { data: admissionOf() })]),
  POLICY_CHANGE: [
    acting({}, changing(policyOf({ organisers: OTHERS, door: Door.LOCKED }))),
    acting({}, changing(policyOf({ organisers: OTHERS, frozen: true }))),
    acting({}, changing(policyOf({ organisers: OTHERS, everybody: ALL }))),
    acting({}, changing(policyOf({ organisers: [subjectOf(1)] }))),
    acting({}, changing(policyOf({ organisers: OTHERS, entries: [new Entry(subjectOf(1), ALL, false)] }))),
    // Nobody gives what they do not have.
    acting({ everybody: Rights.GRANT }, changing(policyOf({ organisers: OTHERS, everybody: Rights.SOUND }))),
    () => offer(SERVER, { proposals: [changing(policyOf({ charter: charterOf({ level: 2 }) }))] }),
    acting(
      { everybody: Rights.REMOVE },
      new Remove(3),
      changing(policyOf({ organisers: [subjectOf(1)], everybody: Rights.REMOVE })),
    ),
  ],
  REMOVAL: [
    acting({}, new Remove(0)),
    acting({}, new Remove(3), new Remove(0)),
    acting({ everybody: Rights.REMOVE }, new Remove(2)),
    acting({ entries: [new Entry(subjectOf(1), Rights.REMOVE, true)] }, new Remove(0)),
    // Whoever makes themselves an organiser removes nobody by the same commit.
    acting(
      { everybody: Rights.ORGANISE },
      changing(policyOf({ organisers: [subjectOf(1)], everybody: Rights.ORGANISE })),
      new Remove(0),
    ),
  ],
  CERTIFICATE_TIME: [
    () => join(SERVER, named({ account: ACCOUNT, until: NOW - 1 })),
    () => SERVER.checkMaker(Person.read(identityOf(9, { account: ACCOUNT, until: NOW - 1 }))),
    () => SERVER.checkKnock(identityOf(9, { account: ACCOUNT, until: NOW - 1 }), publicKeyOf(9)),
  ],
  KEY_RETURNS: [
    () => {
      const rules = rulesOf();
      rules.left([publicKeyOf(9)]);
      return join(rules);
    },
  ],
};

test("what the policy allows passes", async () => {
  const account = { account: ACCOUNT };
  const admitted = { data: admissionOf() };
  await coming({ door: Door.GUESTS_KNOCK }, {}, account)();
  await coming({ door: Door.GUESTS_KNOCK }, admitted)();
  await coming({ door: Door.ALL_KNOCK }, admitted)();
  await coming({}, admitted)();
  for (const until of [NOW, NOW + LIFETIME_MS]) {
    await coming({ door: Door.ALL_KNOCK }, { data: admissionOf({ until: BigInt(until) }) })();
  }
  // Somebody else than an organiser, who may admit.
  const deputy = new Entry(subjectOf(3), Rights.ADMIT, false);
  const by = { data: admissionOf({ admitter: 3 }, 3) };
  await coming({ door: Door.ALL_KNOCK, entries: [deputy] }, by)();
  // Organisers come through a closed door.
  await coming({ door: Door.LOCKED, frozen: true, organisers: [subjectOf(9)] })();
  const door = policyOf({ organisers: OTHERS, everybody: Rights.DOOR, door: Door.LOCKED });
  await acting({ everybody: Rights.DOOR }, changing(door))();
  await acting({ everybody: Rights.REMOVE }, new Remove(0))();
  await offer(SERVER, { proposals: [new Remove(0), changing(policyOf({ frozen: true }))], base: group.tree.remove(0) });
  // Who is gone may be removed by anybody, an organiser too.
  const gone = [new Uint8Array(16).fill(2)];
  await acting({}, new Remove(2), rulesOf(CHARTER, gone))();
  for (const opens of Object.values(Opens))
    rulesOf(charterOf({ opens, organisers: [subjectOf(9)] })).checkMaker(PERSON);
  rulesOf(charterOf({ opens: Opens.ACCOUNTS })).checkMaker(ACCOUNTED);
  expect((await SERVER.checkKnock(IDENTITY, publicKeyOf(9))).subject).toEqual(subjectOf(9));
});

test("a certificate that ends while its owner is inside is not asked for again", async () => {
  const [credential, index] = [new Credential(BASIC, identityOf(3, { account: ACCOUNT, until: 0 })), 3];
  await SERVER.checkLeaf(leafOf(3, { credential }), index);
  await refused(Rule.CERTIFICATE_TIME, () => SERVER.checkKnock(credential.identity, publicKeyOf(3)));
});

test("who somebody is is verified once, and again for another leaf key", async () => {
  let count = 0;
  const counting: MeetingPolicy = new MeetingPolicy(
    CHARTER,
    () => NOW,
    () => false,
    0,
    (...signed) => {
      count += 1;
      return PRIMITIVES.verify(...signed);
    },
  );
  for (const times of [1, 1, 1]) {
    await counting.checkLeaf(leafOf(3), 3);
    expect(count).toBe(times);
  }
  await refused(Rule.PERSON, () => counting.checkLeaf(leafOf(3, { signatureKey: publicKeyOf(4) }), 3));
  await refused(Rule.PERSON, () => counting.checkLeaf(leafOf(3, { signatureKey: publicKeyOf(4) }), 3));
  expect(count).toBe(3);
});

for (const [name, attempts] of Object.entries(RULES)) {
  const rule = Rule[name as keyof typeof Rule];
  test(`${rule.id} ${name}`, async () => {
    for (const [place, attempt] of attempts.entries()) {
      expect(await refusalOf(attempt), `attempt ${place}`).toBe(rule);
    }
  });
}
