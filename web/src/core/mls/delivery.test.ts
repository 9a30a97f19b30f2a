/** A meeting of the client's own, followed from outside. */
import { beforeAll, expect, test, vi } from "vitest";
import { verify } from "../../e2ee/mls/ed25519";
import { describe, Meeting, makeLink, person } from "../../e2ee/mls/fixture";
import { type Described, MeetingGroup, type Proposed } from "../../e2ee/mls/meeting";
import { APARTE } from "../../e2ee/mls/suite";
import { hex } from "../octets";
import { MeetingPolicy } from "../policy/meeting";
import { vector } from "./codec";
import { GroupInfo } from "./context";
import { checkAnnouncement, follow, followFrom, readGroupInfo } from "./delivery";
import { MlsError, type Rule, Rule as rules } from "./errors";
import { Extension, ExtensionType } from "./extensions";
import { writeMessage } from "./message";
import type { PublicGroup } from "./public";

// Post-quantum keys cost milliseconds each, and machines that run tests are busy.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const MAX = 1 << 18;

let meeting: Meeting;
let policy: MeetingPolicy;

beforeAll(async () => {
  meeting = new Meeting();
  policy = new MeetingPolicy(meeting.link.charter, Date.now, () => false, 0, verify);
  for (const name of ["Ada", "Bea", "Cem", "Dan"]) await meeting.enter(name);
});

const start = ({ info, tree }: Described): Promise<PublicGroup> => followFrom(APARTE.public, info, tree, policy, MAX);

async function refused(attempt: Promise<unknown>, rule: Rule): Promise<void> {
  const error = await attempt.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(MlsError);
  expect(error).toMatchObject({ rule, reason: rule.reason, message: rule.reason });
}

test("joins, renewals and removals lead to the epochs that their makers announce", async () => {
  let group = await start(meeting.current);
  const step = async ({ commit, info, group: made }: Proposed) => {
    const change = await follow(group, commit, policy, MAX);
    await checkAnnouncement(change, info, MAX);
    group = change.after;
    const described = await start(describe(made, info));
    expect(hex(described.context.encoded)).toBe(hex(group.context.encoded));
    expect(hex(described.interimTranscriptHash)).toBe(hex(group.interimTranscriptHash));
    return change;
  };

  const joined = await MeetingGroup.join(meeting.current, person(meeting.link, "Eve"));
  expect(await step(joined)).toMatchObject({ committer: 4, joins: true, removed: [] });
  const renewed = await joined.group.commit();
  expect(await step(renewed)).toMatchObject({ committer: 4, joins: false, removed: [] });
  const removed = await renewed.group.commit([1, 2]);
  expect(await step(removed)).toMatchObject({ committer: 4, joins: false, removed: [1, 2] });
  const back = await MeetingGroup.join(describe(removed.group, removed.info), person(meeting.link, "Bea"));
  expect(await step(back)).toMatchObject({ committer: 1, joins: true });
  const alone = await back.group.commit([0, 3, 4]);
  expect(await step(alone)).toMatchObject({ committer: 1, removed: [0, 3, 4] });
  expect([...group.tree.leaves()].map(([index]) => index)).toEqual([1]);
});

test("a commit belongs to one epoch of one group", async () => {
  const group = await start(meeting.current);
  const { commit, group: next } = await meeting.at("Ada").commit();
  const { after } = await follow(group, commit, policy, MAX);
  await refused(follow(after, commit, policy, MAX), rules.EPOCH_OVER);
  await refused(follow(group, (await next.commit()).commit, policy, MAX), rules.EPOCH_AHEAD);
  const other = await MeetingGroup.create(person(meeting.link, "Fay"));
  await refused(follow(await start(other), commit, policy, MAX), rules.GROUP);
});

test("who has another link does not join", async () => {
  const { charter, keys } = meeting.link;
  const stranger = person({ charter, keys: { ...keys, pskId: new Uint8Array(30) } }, "Mal");
  await refused(MeetingGroup.join(meeting.current, stranger), rules.LINK_PSK);
  await refused(MeetingGroup.join(meeting.current, person(makeLink(), "Mal")), rules.CONTEXT_POLICY);
  const elsewhere = new Meeting();
  await elsewhere.enter("Mal");
  await refused(start(elsewhere.current), rules.CONTEXT_POLICY);
});

test("every octet of a commit, of a GroupInfo and of its tree counts", async () => {
  const { commit } = await meeting.at("Ada").commit();
  const group = await start(meeting.current);
  const flip = (octets: Uint8Array, at: number) => octets.map((octet, index) => (index === at ? octet ^ 1 : octet));
  // A commit ends with its confirmation tag and membership tag, 48 octets each: both are for members to check.
  const end = commit.length - 2 * (1 + 48);
  for (let at = 0; at < end; at += 97) {
    await expect(follow(group, flip(commit, at), policy, MAX), `octet ${at}`).rejects.toBeInstanceOf(MlsError);
  }
  const { info, tree } = meeting.current;
  for (let at = 0; at < info.length; at += 97) {
    await expect(start({ info: flip(info, at), tree }), `octet ${at}`).rejects.toBeInstanceOf(MlsError);
  }
  for (let at = 0; at < tree.length; at += 97) {
    await expect(start({ info, tree: flip(tree, at) }), `octet ${at} of the tree`).rejects.toBeInstanceOf(MlsError);
  }
  for (const [cut, read] of [
    [commit.subarray(0, -1), (octets: Uint8Array) => follow(group, octets, policy, MAX)],
    [info.subarray(0, -1), (octets: Uint8Array) => start({ info: octets, tree })],
  ] as const) {
    await refused(read(cut), rules.ENCODING);
    await refused(read(new Uint8Array(MAX + 1)), rules.SIZE);
  }
  await refused(follow(group, info, policy, MAX), rules.WIRE_FORMAT);
  await refused(start({ info: commit, tree }), rules.WIRE_FORMAT);
});

test("an announcement that is not of this commit is refused", async () => {
  const { commit, info } = await meeting.at("Ada").commit();
  const change = await follow(await start(meeting.current), commit, policy, MAX);
  await checkAnnouncement(change, info, MAX);
  await refused(checkAnnouncement(change, meeting.current.info, MAX), rules.INFO_TREE);
  const { context, extensions, confirmationTag, signer, signature } = readGroupInfo(info, MAX);
  const changed = (wrong: Partial<GroupInfo>) => {
    const all = { extensions, confirmationTag, signer, signature, ...wrong };
    const made = new GroupInfo(context, all.extensions, all.confirmationTag, all.signer, all.signature);
    return checkAnnouncement(change, writeMessage(made), MAX);
  };
  const [external] = extensions as [Extension];
  const tree = new Extension(ExtensionType.RATCHET_TREE, change.after.tree.encoded);
  await refused(changed({ confirmationTag: new Uint8Array(48) }), rules.INFO_TREE);
  await refused(changed({ extensions: [external, tree] }), rules.INFO_EXTENSIONS);
  await refused(changed({ extensions: [tree] }), rules.INFO_EXTENSIONS);
  await refused(
    changed({ extensions: [new Extension(external.type, vector(new Uint8Array(1_216)))] }),
    rules.PUBLIC_KEY,
  );
  await refused(changed({ signer: 1 }), rules.INFO_SIGNATURE);
  await refused(changed({ signature: new Uint8Array(64) }), rules.INFO_SIGNATURE);
});
