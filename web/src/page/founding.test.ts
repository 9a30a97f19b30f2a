/** What the server gets of a meeting that is made here, and what it never gets. */
import { beforeEach, describe, expect, it, vi } from "vitest";
import { hex } from "../core/octets";
import { Charter, Door, Opens } from "../core/policy/charter";
import { Rights } from "../core/policy/rights";
import { b64Decode, b64Encode } from "../core/wire/b64";
import { checkCharter } from "../e2ee/charter";
import { deriveLinkKeys, hashDoor } from "../e2ee/keys";
import { SeedKey } from "../e2ee/mls/ed25519";
import type { Plan } from "../ui/plans/model";
import { Plans } from "./plans";
import { startMeeting } from "./start";

type Body = Readonly<Record<string, unknown>>;

const houseKey = new SeedKey(new Uint8Array(32).fill(5)).publicKey;
const organiser = new Uint8Array(16).fill(9);
const asked: { method: string; path: string; body: Body }[] = [];
let answers: Record<string, () => Response>;

beforeEach(() => {
  asked.length = 0;
  answers = {
    "GET /api/house": () => Response.json({ house_key: b64Encode(houseKey) }),
    "POST /api/meetings": () => Response.json({}, { status: 201 }),
  };
  vi.stubGlobal("location", { origin: "https://meet.example" });
  vi.stubGlobal("fetch", async (path: string, { method = "GET", body }: RequestInit) => {
    asked.push({ method, path, body: body === undefined ? {} : JSON.parse(String(body)) });
    const answer = answers[`${method} ${path}`];
    if (answer === undefined) throw new TypeError("no network");
    return answer();
  });
});

/** The charter of what was asked; its tag holds under the link. */
async function charterOf(body: Body, meeting: Uint8Array, secret: Uint8Array): Promise<Charter> {
  const charter = Charter.read(b64Decode(String(body.charter)) ?? new Uint8Array(0));
  const { charterKey, door } = await deriveLinkKeys(secret, meeting);
  await checkCharter(charterKey, meeting, charter);
  expect(body.door_hash).toBe(b64Encode(await hashDoor(door)));
  return charter;
}

describe("an instant meeting", () => {
  it("is its maker's, open to whoever has the link, and names the house", async () => {
    const { link } = await startMeeting(async () => organiser);
    if (link === null) throw new Error("no meeting was made");
    const body: Body = asked.find(({ path }) => path === "/api/meetings")?.body ?? {};
    expect(Object.keys(body).sort()).toEqual(["charter", "door_hash", "meeting"]);
    expect(body.meeting).toBe(b64Encode(link.meeting));
    const { level, door, opens, everybody, organisers, ...charter } = await charterOf(body, link.meeting, link.secret);
    expect([level, door, opens, everybody]).toEqual([1, Door.OPEN, Opens.ANYBODY, Rights.SOUND | Rights.CAMERA]);
    expect([organisers.map(hex), hex(charter.houseKey)]).toEqual([[hex(organiser)], hex(houseKey)]);
    expect(JSON.stringify(asked)).not.toContain(b64Encode(link.secret));
  });

  it.each([
    ["GET /api/house", () => Response.json({ house_key: "AAAA" }), "failed", 0],
    ["GET /api/house", () => Response.json({ reason: "internal" }, { status: 500 }), "failed", 0],
    ["POST /api/meetings", () => Response.json({ reason: "too-many" }, { status: 429 }), "limited", 1],
    ["POST /api/meetings", () => Response.json({ reason: "exists" }, { status: 409 }), "failed", 1],
  ])("is not made when %s says no", async (request, answer, failure, posted) => {
    answers[request] = answer;
    expect(await startMeeting(async () => organiser)).toEqual({ link: null, failure });
    expect(asked.filter(({ path }) => path === "/api/meetings").length).toBe(posted);
  });

  it("is not made by a browser that cannot draw a key", async () => {
    const fails = () => Promise.reject(new Error("no keys here"));
    expect(await startMeeting(fails)).toEqual({ link: null, failure: "failed" });
    expect(asked).toEqual([]);
  });
});

describe("the link of a planned meeting", () => {
  const meeting = "0f".repeat(16);
  const organisers = ["b1".repeat(16), "a1".repeat(16)];
  const level = { number: 3, door: "all-knock", opens: Opens.ORGANISERS, everybody: Rights.SOUND };
  const plan = { meeting, organisers, level } as unknown as Plan;

  function keeper(): Storage {
    const kept = new Map<string, string>();
    const storage = { getItem: (key: string) => kept.get(key) ?? null, setItem: kept.set.bind(kept) };
    return storage as unknown as Storage;
  }

  it("comes with a charter that says what the plan's level says", async () => {
    answers[`PATCH /api/plans/${meeting}`] = () => Response.json({});
    answers["GET /api/plans"] = () => Response.json({ plans: [] });
    const plans = new Plans(keeper());
    expect(await plans.makeLink(plan)).toBe("done");
    const link = plans.linkOf(meeting);
    if (link === null) throw new Error("the link was not kept");
    const body = asked.find(({ method }) => method === "PATCH")?.body.keys as Body;
    const charter = await charterOf(body, link.meeting, link.secret);
    expect(charter).toMatchObject({ ...{ level: 3, opens: Opens.ORGANISERS, everybody: Rights.SOUND } });
    expect([charter.door, hex(charter.houseKey)]).toEqual([Door.ALL_KNOCK, hex(houseKey)]);
    expect(charter.organisers.map(hex)).toEqual(["a1".repeat(16), "b1".repeat(16)]);
    expect(JSON.stringify(asked)).not.toContain(b64Encode(link.secret));
  });

  it("is not made, and not kept, while the house key cannot be had", async () => {
    delete answers["GET /api/house"];
    const plans = new Plans(keeper());
    expect(await plans.makeLink(plan)).toBe("failed");
    expect([plans.linkOf(meeting), asked.length]).toEqual([null, 1]);
  });
});
