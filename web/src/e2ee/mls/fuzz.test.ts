/** [P19] Whatever octets arrive, the only failure is an MlsError, soon, and nothing changes. */
import fc from "fast-check";
import { beforeAll, expect, test, vi } from "vitest";
import { decode, type Encodable, type Reader, Value } from "../../core/mls/codec";
import { Commit, UpdatePath } from "../../core/mls/commit";
import { GroupContext, GroupInfo } from "../../core/mls/context";
import { Credential } from "../../core/mls/credential";
import { MlsError, Rule } from "../../core/mls/errors";
import { Extension, ExternalSender, RequiredCapabilities } from "../../core/mls/extensions";
import { AuthenticatedContent, PrivateMessage, PublicMessage, Sender } from "../../core/mls/framing";
import { KeyPackage } from "../../core/mls/keypackage";
import { Capabilities, LeafNode } from "../../core/mls/leaf";
import { readMessage, writeMessage } from "../../core/mls/message";
import { PreSharedKeyId, readProposal, readProposalOrRef } from "../../core/mls/proposals";
import { ParentNode } from "../../core/mls/tree";
import { Welcome } from "../../core/mls/welcome";
import { hex } from "../../core/octets";
import { MAX_COMMIT, MAX_INFO, MAX_TREE } from "../../core/wire/limits";
import { openApplication, sealApplication } from "./application";
import { commit as makeCommit } from "./commit";
import { Crowd } from "./crowd.node";
import { Meeting, person, view } from "./fixture";
import type { Group } from "./group";
import { MeetingGroup } from "./meeting";
import { process as follow } from "./process";
import { GroupSecrets } from "./welcome";

// Post-quantum keys cost milliseconds each, and machines that run tests are busy.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let meeting: Meeting;
let ada: MeetingGroup;
let commit: Uint8Array;
let joining: Uint8Array;

beforeAll(async () => {
  meeting = new Meeting();
  for (const name of ["Ada", "Bea", "Cem"]) await meeting.enter(name);
  ada = meeting.at("Ada");
  commit = (await meeting.at("Bea").commit([2])).commit;
  joining = (await MeetingGroup.join(meeting.current, person(meeting.link, "New"))).commit;
});

/** Milliseconds of processor time that this process has used: a busy machine does not change it. */
function used(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** What the refusal cost, in milliseconds. */
async function refusal(run: () => Promise<unknown>): Promise<number> {
  const start = used();
  const outcome = await run().then(
    () => "accepted",
    (error: unknown) => error,
  );
  expect(outcome).toBeInstanceOf(MlsError);
  return used() - start;
}

/** One case in a hundred may meet a collection of garbage. */
function expectQuick(times: number[]): void {
  times.sort((a, b) => a - b);
  expect(times[Math.floor(times.length * 0.99)]).toBeLessThan(50);
}

const edits = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 4 });

function damage(original: Uint8Array): fc.Arbitrary<Uint8Array> {
  const flipped = edits.map((list) => {
    const octets = original.slice();
    for (const [at, difference] of list) octets[at % octets.length] = (octets[at % octets.length] ?? 0) ^ difference;
    return octets;
  });
  const cut = fc.nat(original.length - 1).map((length) => original.slice(0, length));
  const spliced = fc
    .tuple(fc.nat(original.length), fc.uint8Array({ minLength: 1, maxLength: 40 }))
    .map(([at, extra]) => Uint8Array.from([...original.slice(0, at), ...extra, ...original.slice(at)]));
  const random = fc.uint8Array({ maxLength: 600 }).map((octets) => Uint8Array.from([0, 1, 0, 1, ...octets]));
  return fc.oneof(flipped, cut, spliced, random).filter((octets) => String(octets) !== String(original));
}

test("[P5] [P19] damaged commits", async () => {
  const before = await view(ada);
  const times: number[] = [];
  for (const original of [commit, joining]) {
    await fc.assert(
      fc.asyncProperty(damage(original), async (octets) => {
        times.push(await refusal(() => ada.process(octets)));
      }),
      { numRuns: 250 },
    );
  }
  expectQuick(times);
  expect(await view(ada)).toBe(before);
});

test("[P19] every single flipped bit of the head of a commit", async () => {
  for (let bit = 0; bit < 8 * 100; bit++) {
    const octets = commit.slice();
    octets[bit >> 3] = (octets[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    await refusal(() => ada.process(octets));
  }
});

test("[P19] damaged GroupInfos and trees", async () => {
  const newcomer = person(meeting.link, "New");
  const { info, tree } = meeting.current;
  const times: number[] = [];
  const offered = [
    damage(info).map((octets) => ({ info: octets, tree })),
    damage(tree).map((octets) => ({ info, tree: octets })),
  ];
  await fc.assert(
    fc.asyncProperty(fc.oneof(...offered), async (described) => {
      times.push(await refusal(() => MeetingGroup.join(described, newcomer)));
    }),
    { numRuns: 200 },
  );
  expectQuick(times);
});

test("[P19] the largest messages, filled to be costly", async () => {
  const newcomer = person(meeting.link, "New");
  const { info, tree } = meeting.current;
  const filled = (head: Uint8Array, octet: number, size: number) => {
    const octets = new Uint8Array(size).fill(octet);
    octets.set(head);
    return octets;
  };
  for (const octet of [0x00, 0x01, 0x40, 0x80, 0xff]) {
    for (const head of [commit.slice(0, 60), joining.slice(0, 60), info.slice(0, 120), tree.slice(0, 60)]) {
      expect(await refusal(() => ada.process(filled(head, octet, MAX_COMMIT)))).toBeLessThan(1000);
      const large = filled(head, octet, MAX_INFO);
      expect(await refusal(() => MeetingGroup.join({ info: large, tree }, newcomer))).toBeLessThan(1000);
      const wide = filled(head, octet, MAX_TREE);
      expect(await refusal(() => MeetingGroup.join({ info, tree: wide }, newcomer))).toBeLessThan(3000);
    }
  }
  for (const described of [
    { info: new Uint8Array(MAX_INFO + 1), tree },
    { info, tree: new Uint8Array(MAX_TREE + 1) },
  ]) {
    expect(await refusal(() => MeetingGroup.join(described, newcomer))).toBeLessThan(50);
    await expect(MeetingGroup.join(described, newcomer)).rejects.toThrow("too-large");
  }
  const larger = new Uint8Array(MAX_COMMIT + 1);
  expect(await refusal(() => ada.process(larger))).toBeLessThan(50);
  await expect(ada.process(larger)).rejects.toThrow("too-large");
});

const DECODERS = {
  AuthenticatedContent,
  Capabilities,
  Commit,
  Credential,
  Extension,
  ExternalSender,
  GroupContext,
  GroupInfo,
  GroupSecrets,
  KeyPackage,
  LeafNode,
  ParentNode,
  PreSharedKeyId,
  PrivateMessage,
  PublicMessage,
  RequiredCapabilities,
  Sender,
  UpdatePath,
  Welcome,
  Proposal: { read: readProposal },
  ProposalOrRef: { read: readProposalOrRef },
} as const;

/** The same value without any octets that it remembers. */
function rebuilt<T>(value: T): T {
  if (Array.isArray(value)) return value.map(rebuilt) as T;
  if (!(value instanceof Value)) return value;
  const fields = Object.fromEntries(Object.entries(value).map(([name, field]) => [name, rebuilt(field)]));
  return Reflect.construct(value.constructor, value instanceof LeafNode ? [fields] : Object.values(fields)) as T;
}

/** Whether octets are read; what is read encodes to exactly them, and nothing but an MlsError is thrown. */
function isRead(octets: Uint8Array, read: (reader: Reader) => Encodable): boolean {
  let value: Encodable;
  try {
    value = decode(octets, read);
  } catch (error) {
    expect(error).toBeInstanceOf(MlsError);
    return false;
  }
  expect(hex(rebuilt(value).encoded)).toBe(hex(octets));
  return true;
}

test("[P19] noise at every decoder", () => {
  const noise = fc.tuple(fc.uint8Array({ maxLength: 120 }), fc.constantFrom(...Object.values(DECODERS)));
  fc.assert(
    fc.property(noise, ([octets, decoder]) => {
      isRead(octets, decoder.read);
    }),
    { numRuns: 2000 },
  );
});

test("[P19] damage at every decoder: what still reads, encodes to exactly what was read", async () => {
  const crowd = await Crowd.of(21);
  for (let count = 0; count < 6; count++) await crowd.external();
  await crowd.add();
  const [one, two] = crowd.members as [Group, Group];
  const { keyPackage } = await crowd.package();
  const made = await makeCommit(one, [], crowd.dice.octets);
  const { message: sealed } = await sealApplication(two, Uint8Array.of(1), crowd.dice.octets);
  const update = made.message as PublicMessage;
  const samples: [Encodable, (reader: Reader) => Encodable][] = [
    [await one.info(), GroupInfo.read],
    [keyPackage, KeyPackage.read],
    [keyPackage.leaf, LeafNode.read],
    [keyPackage.leaf.capabilities, Capabilities.read],
    [update, PublicMessage.read],
    [update.authenticated, AuthenticatedContent.read],
    [sealed, PrivateMessage.read],
    [made.group.public.context, GroupContext.read],
  ];
  for (const [sample, read] of samples) {
    let count = 0;
    expect(isRead(sample.encoded, read)).toBe(true);
    fc.assert(
      fc.property(damage(sample.encoded), (octets) => {
        count += isRead(octets, read) ? 1 : 0;
      }),
      { numRuns: 500 },
    );
    expect(count).toBeGreaterThan(0);
  }
});

test("[P19] damaged private messages", async () => {
  const crowd = await Crowd.of(23);
  for (let count = 0; count < 3; count++) await crowd.external();
  const [, one, other] = crowd.members as [Group, Group, Group];
  const { message: talk } = await sealApplication(one, Uint8Array.of(1, 2, 3), crowd.dice.octets);
  const { message: commit } = await makeCommit(one, [], crowd.dice.octets, { sealed: true });
  for (const message of [talk, commit]) {
    await fc.assert(
      fc.asyncProperty(damage(writeMessage(message)), async (octets) => {
        for (const attempt of [openApplication, follow]) {
          await refusal(async () => {
            const read = readMessage(octets, MAX_COMMIT);
            if (!(read instanceof PrivateMessage)) throw new MlsError(Rule.WIRE_FORMAT);
            return attempt(other, read);
          });
        }
      }),
      { numRuns: 150 },
    );
  }
});
