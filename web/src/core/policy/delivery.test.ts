/** Who may begin a group, and how: each line breaks one rule and keeps all the others. */
import { expect, test } from "vitest";
import type { GroupContext } from "../mls/context";
import { BASIC, Credential } from "../mls/credential";
import { Rule } from "../mls/errors";
import {
  charterOf,
  GROUP_ID,
  identityOf,
  infoOf,
  leafOf,
  MAX,
  NOTHING,
  NOW,
  type PersonEdit,
  POLICY,
  policyOf,
  type Rules,
  refusalOf,
  rulesOf,
  SUITE,
  signLeaf,
  subjectOf,
  ZEROS,
} from "../mls/fixture";
import { ENDLESS, type LeafNode, Source } from "../mls/leaf";
import { writeMessage } from "../mls/message";
import { type Node, Tree } from "../mls/tree";
import { type Charter, Opens } from "./charter";
import { checkOwnSeat, followNew, type Owner, personOf } from "./delivery";
import { policyExtensions } from "./meeting";
import { Policy } from "./policy";

const ACCOUNT = new Uint8Array(16).fill(0xac);
const seat = (octet: number) => new Uint8Array(16).fill(octet);

interface Begun {
  who?: PersonEdit;
  context?: Partial<GroupContext>;
  charter?: Charter;
  others?: readonly (Node | null)[];
  id?: Uint8Array;
  owner?: Owner;
}

/** The group that person 1 has just made under seat 1, as the server begins to follow it. */
async function begin({ who = {}, context = {}, charter = POLICY.charter, others = [], ...more }: Begun = {}) {
  const credential = new Credential(BASIC, identityOf(1, who));
  const made = leafOf(1, { source: Source.KEY_PACKAGE, lifetime: ENDLESS, credential });
  const tree = new Tree(SUITE, [await signLeaf(made, 1, 0), ...others]);
  const fresh = { epoch: 0n, treeHash: await tree.hash(), confirmedTranscriptHash: NOTHING };
  const extensions = policyExtensions(Policy.first(charter));
  const info = writeMessage(await infoOf({ signer: 0, context: { ...fresh, extensions, ...context } }));
  const { id = GROUP_ID, owner = { seat: seat(1), account: who.account ?? null } } = more;
  return followNew(SUITE, info, tree.encoded, id, owner, rulesOf(charter), MAX);
}

const second = async (): Promise<LeafNode> => signLeaf(leafOf(2), 2, 1);

const RULES: Rules = {
  NEW_GROUP: [
    () => begin({ context: { epoch: 1n } }),
    () => begin({ context: { confirmedTranscriptHash: ZEROS } }),
    () => begin({ id: ZEROS }),
    async () => begin({ others: [null, await second()] }),
    () => begin({ context: { extensions: policyExtensions(policyOf({ frozen: true })) } }),
    () => begin({ context: { extensions: policyExtensions(policyOf({ organisers: [subjectOf(2)] })) } }),
  ],
  OWN_SEAT: [
    () => begin({ owner: { seat: seat(2), account: null } }),
    // An account's link is no guest's, a guest's no account's, and one account's not another's.
    () => begin({ owner: { seat: seat(1), account: ACCOUNT } }),
    () => begin({ who: { account: ACCOUNT }, owner: { seat: seat(1), account: null } }),
    () => begin({ who: { account: ACCOUNT }, owner: { seat: seat(1), account: seat(1) } }),
    async () => checkOwnSeat(await begin(), 0, { seat: seat(3), account: null }),
  ],
  SENDER: [async () => personOf(await begin(), 1)],
  OPENING: [
    () => begin({ charter: charterOf({ opens: Opens.ORGANISERS, organisers: [subjectOf(2)] }) }),
    () => begin({ charter: charterOf({ opens: Opens.ACCOUNTS, organisers: [subjectOf(2)] }) }),
  ],
  PERSON: [() => begin({ who: { endorser: 9 } })],
  CERTIFICATE_TIME: [() => begin({ who: { account: ACCOUNT, until: NOW - 1 } })],
};

test("a group that was made as it should be is followed", async () => {
  expect(personOf(await begin(), 0).subject).toEqual(subjectOf(1));
  const charter = charterOf({ opens: Opens.ACCOUNTS, organisers: [subjectOf(2)] });
  expect(personOf(await begin({ charter, who: { account: ACCOUNT } }), 0).subject).toEqual(ACCOUNT);
});

for (const [name, attempts] of Object.entries(RULES)) {
  const rule = Rule[name as keyof typeof Rule];
  test(`${rule.id} ${name}`, async () => {
    for (const [place, attempt] of attempts.entries()) {
      expect(await refusalOf(attempt), `attempt ${place}`).toBe(rule);
    }
  });
}
