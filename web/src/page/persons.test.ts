/** Whose person key is used when, how long it is kept, and what the house is asked. */
import { beforeEach, describe, expect, it, vi } from "vitest";
import { b64Encode } from "../core/wire/b64";
import { Persons } from "./persons";
import type { KeptPerson, PersonStore } from "./personstore";

const HOUR = 3_600_000;
const ada = { id: "0a".repeat(16), name: "Ada Lovelace", label: "Cabinet" };
const blaise = { id: "0b".repeat(16), name: "Blaise Pascal", label: "" };
const meeting = new Uint8Array(16).fill(7);

/** A store whose content outlives the page. */
function store(): PersonStore & { readonly kept: Map<string, KeptPerson> } {
  const kept = new Map<string, KeptPerson>();
  return {
    kept,
    keep: async (id, fresh) => {
      if (!kept.has(id)) kept.set(id, fresh);
      return kept.get(id) ?? fresh;
    },
    update: async (id, person) => {
      if (kept.has(id)) kept.set(id, person);
    },
    get: async (id) => kept.get(id) ?? null,
    erase: async (which) => {
      for (const [id, person] of kept) if (which(id, person)) kept.delete(id);
    },
  };
}

/** A browser without a database. */
function broken(): PersonStore {
  const fails = (): Promise<never> => Promise.reject(new DOMException("no database", "InvalidStateError"));
  return { keep: fails, update: fails, get: fails, erase: fails };
}

interface Asked {
  path: string;
  body: unknown;
}

let now = 1_800_000_000_000;
const asked: Asked[] = [];
let house: (body: { person_key: string }) => Response;

/** What a house answers for an account until a time; nobody here checks its signature. */
function certified(account: { id: string; name: string; label: string }, until: number): () => Response {
  const octets = new Uint8Array(120);
  octets.set(Uint8Array.from(account.id.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)));
  new DataView(octets.buffer).setBigUint64(16, BigInt(until));
  const { name, label } = account;
  return () => Response.json({ certificate: b64Encode(octets), name, label });
}

beforeEach(() => {
  now = 1_800_000_000_000;
  asked.length = 0;
  house = certified(ada, now + 8 * HOUR);
  vi.stubGlobal("fetch", async (path: string, init: RequestInit) => {
    const body = JSON.parse(String(init.body));
    asked.push({ path, body });
    return house(body);
  });
});

function browser(kept: PersonStore = store()): Persons {
  return new Persons(kept, () => now);
}

describe("an account's person key", () => {
  it("is made at the first meeting, certified once, and the same after a reload", async () => {
    const kept = store();
    const first = await browser(kept).account(ada);
    if (typeof first === "string") throw new Error(first);
    expect([first.name, first.label, first.certificate?.length]).toEqual(["Ada Lovelace", "Cabinet", 120]);
    expect(asked).toEqual([{ path: "/api/session/person", body: { person_key: b64Encode(first.publicKey) } }]);
    expect(await browser(kept).account(ada)).toMatchObject({ publicKey: first.publicKey, name: "Ada Lovelace" });
    expect(asked.length).toBe(1);
  });

  it("cannot be read by scripts", async () => {
    const kept = store();
    await browser(kept).account(ada);
    const [person] = kept.kept.values();
    expect(person?.privateKey).toMatchObject({ type: "private", extractable: false, usages: ["sign"] });
  });

  it("is certified anew when the certificate is over, and when the account has another name", async () => {
    const persons = browser();
    const first = await persons.account(ada);
    now += 8 * HOUR;
    house = certified(ada, now + HOUR);
    const second = await persons.account(ada);
    expect(asked.length).toBe(2);
    expect(second).toMatchObject({ publicKey: (first as { publicKey: unknown }).publicKey });
    const renamed = { ...ada, name: "Augusta Ada King" };
    house = certified(renamed, now + HOUR);
    expect(await persons.account(renamed)).toMatchObject({ name: "Augusta Ada King" });
    expect(asked.length).toBe(3);
  });

  it("goes when the account signs out, and another account has another one", async () => {
    const kept = store();
    const persons = browser(kept);
    const first = await persons.account(ada);
    house = certified(blaise, now + HOUR);
    const other = await persons.account(blaise);
    expect((other as KeptPerson).publicKey).not.toEqual((first as KeptPerson).publicKey);
    await persons.forget(blaise.id);
    expect([...kept.kept.keys()]).toEqual([`account.${blaise.id}`]);
    await persons.forget(null);
    expect(kept.kept.size).toBe(0);
    house = certified(ada, now + HOUR);
    expect(((await persons.account(ada)) as KeptPerson).publicKey).not.toEqual((first as KeptPerson).publicKey);
  });

  it("stays erased when its owner signs out while the house is being asked", async () => {
    const kept = store();
    const persons = browser(kept);
    const answer = certified(ada, now + HOUR);
    house = () => {
      kept.kept.clear();
      return answer();
    };
    await persons.account(ada);
    expect(kept.kept.size).toBe(0);
  });

  it("is of no use without a certificate of that account", async () => {
    house = () => Response.json({ reason: "not-logged-in" }, { status: 401 });
    expect(await browser().account(ada)).toBe("signed-out");
    house = certified(blaise, now + HOUR);
    expect(await browser().account(ada)).toBe("failed");
    for (const certificate of ["", "AAAA", null]) {
      house = () => Response.json({ certificate, name: "Ada", label: "" });
      expect(await browser().account(ada)).toBe("failed");
    }
    house = () => {
      throw new TypeError("no network");
    };
    expect(await browser().account(ada)).toBe("failed");
  });
});

describe("a guest's person key", () => {
  it("is each meeting's own, survives a reload, and asks nobody anything", async () => {
    const kept = store();
    const first = await browser(kept).guest(meeting, "Zoé");
    expect(first).toMatchObject({ name: "Zoé", label: "", certificate: null });
    const again = await browser(kept).guest(meeting, "Zoë");
    expect([again.publicKey, again.name]).toEqual([first.publicKey, "Zoë"]);
    const elsewhere = await browser(kept).guest(new Uint8Array(16), "Zoé");
    expect(elsewhere.publicKey).not.toEqual(first.publicKey);
    expect(asked).toEqual([]);
    expect([...kept.kept.values()].map(({ name }) => name)).toEqual(["", ""]);
  });

  it("has the subject that the organiser of a new meeting is named by", async () => {
    const persons = browser();
    const subject = await persons.guestSubject(meeting);
    const { publicKey } = await persons.guest(meeting, "Zoé");
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", publicKey));
    expect(subject).toEqual(digest.slice(0, 16));
  });

  it("is forgotten a day after its last use", async () => {
    const kept = store();
    const first = await browser(kept).guest(meeting, "Zoé");
    now += 23 * HOUR;
    expect((await browser(kept).guest(meeting, "Zoé")).publicKey).toEqual(first.publicKey);
    now += 24 * HOUR;
    await browser(kept).tidy();
    expect(kept.kept.size).toBe(1);
    now += 1;
    await browser(kept).tidy();
    expect(kept.kept.size).toBe(0);
  });

  it("stays when an account signs out", async () => {
    const kept = store();
    await browser(kept).guest(meeting, "Zoé");
    await browser(kept).forget(null);
    expect(kept.kept.size).toBe(1);
  });
});

describe("a browser that keeps nothing", () => {
  it("has its keys for as long as the page is open", async () => {
    const persons = browser(broken());
    const guest = await persons.guest(meeting, "Zoé");
    expect((await persons.guest(meeting, "Zoé")).publicKey).toEqual(guest.publicKey);
    const account = await persons.account(ada);
    expect(await persons.account(ada)).toMatchObject({ publicKey: (account as KeptPerson).publicKey });
    expect(asked.length).toBe(1);
    await persons.forget(null);
    expect(((await persons.account(ada)) as KeptPerson).publicKey).not.toEqual((account as KeptPerson).publicKey);
    expect((await browser(broken()).guest(meeting, "Zoé")).publicKey).not.toEqual(guest.publicKey);
  });
});
