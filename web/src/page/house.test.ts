/** What the page asks the server about accounts, and what it makes of the answers. */
import { beforeEach, describe, expect, it, vi } from "vitest";
import { House } from "./house";

interface Asked {
  method: string;
  path: string;
  body: unknown;
}

const asked: Asked[] = [];
const answers: Response[] = [];

function answer(status: number, body: unknown, headers: Record<string, string> = {}): void {
  answers.push(new Response(JSON.stringify(body), { status, headers }));
}

function storage(): Storage {
  const kept = new Map<string, string>();
  return {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
    clear: () => kept.clear(),
    key: () => null,
    length: 0,
  };
}

const ada = { id: "a1", login: "ada@cabinet.example", name: "Ada", label: "", role: "administrator", ends: null };

beforeEach(() => {
  asked.length = 0;
  answers.length = 0;
  vi.stubGlobal("location", { origin: "https://meet.example" });
  vi.stubGlobal("fetch", async (path: string, init: RequestInit) => {
    asked.push({ method: init.method ?? "GET", path, body: init.body ? JSON.parse(String(init.body)) : null });
    const next = answers.shift();
    if (next === undefined) throw new TypeError("no network");
    return next;
  });
});

describe("signing in", () => {
  it("asks nothing about people who never signed in here", async () => {
    await new House(storage()).open();
    expect(asked).toEqual([]);
  });

  it("remembers that somebody signed in, and no more than that", async () => {
    const keeper = storage();
    const house = new House(keeper);
    answer(201, { account: ada });
    expect(await house.signIn("ada@cabinet.example", "a long password")).toEqual({ kind: "done" });
    expect(house.me.value).toMatchObject({ name: "Ada", role: "administrator", ended: false });
    expect(keeper.getItem("aparte.account")).toBe("1");
    answer(401, { reason: "not-logged-in" });
    await house.open();
    expect([house.me.value, keeper.getItem("aparte.account")]).toEqual([null, null]);
  });

  it("stays signed in while the server cannot be reached", async () => {
    const keeper = storage();
    const house = new House(keeper);
    answer(201, { account: ada });
    await house.signIn("ada@cabinet.example", "a long password");
    await house.open();
    expect(house.me.value?.name).toBe("Ada");
  });

  it("is asked again for certain when another window has signed in or out meanwhile", async () => {
    const keeper = storage();
    const house = new House(keeper);
    await house.open();
    expect([house.opened.value, await house.sure()]).toEqual([true, true]);
    keeper.setItem("aparte.account", "1");
    expect(await house.sure()).toBe(false);
    answer(200, ada);
    expect([await house.sure(), house.me.value?.name]).toEqual([true, "Ada"]);
    let left = 0;
    house.left = () => {
      left += 1;
    };
    keeper.removeItem("aparte.account");
    expect([await house.sure(), house.me.value, left]).toEqual([true, null, 1]);
  });

  it("asks for a second factor: six digits are a code, all else is a recovery code", async () => {
    const house = new House(storage());
    answer(200, { need: ["totp", "recovery"], pending: "p1", passkey: null });
    expect(await house.signIn("ada", "pw")).toEqual({ kind: "second", code: true, passkey: false });
    answer(401, { reason: "wrong-factor" });
    expect(await house.prove("123456")).toEqual({ kind: "wrong" });
    answer(401, { reason: "wrong-login" });
    expect(await house.prove("k7qm-29xd")).toEqual({ kind: "over" });
    answer(201, { account: ada });
    expect(await house.prove("k7qm-29xd")).toEqual({ kind: "done" });
    expect(house.second.value).toBeNull();
    expect(asked.slice(1).map(({ body }) => body)).toEqual([
      { pending: "p1", totp: "123456" },
      { pending: "p1", recovery: "k7qm-29xd" },
      { pending: "p1", recovery: "k7qm-29xd" },
    ]);
  });

  it("says why not, each in its own way", async () => {
    const house = new House(storage());
    answer(401, { reason: "wrong-login" });
    expect(await house.signIn("ada", "pw")).toEqual({ kind: "wrong" });
    answer(429, { reason: "too-many" }, { "retry-after": "17" });
    expect(await house.signIn("ada", "pw")).toEqual({ kind: "slow", seconds: 17 });
    answer(500, ["no object"]);
    expect(await house.signIn("ada", "pw")).toEqual({ kind: "failed" });
    expect(await house.signIn("ada", "pw")).toEqual({ kind: "failed" });
    expect(house.me.value).toBeNull();
  });
});

describe("accounts", () => {
  it("gives the link of a new account a ticket that is never sent anywhere", async () => {
    const house = new House(storage());
    answer(201, { account: { ...ada, id: "b2" }, ticket: "secret-ticket" });
    answer(200, { accounts: [ada, { ...ada, id: "b2", ended: 6, ends: 5 }] });
    const person = { login: "b@x", name: "Blaise", label: "", role: "member", ends: null } as const;
    expect(await house.add(person)).toEqual({
      invited: { name: "Blaise", link: "https://meet.example/welcome#secret-ticket" },
    });
    expect(house.people.value.map(({ id, ended, ends }) => [id, ended, ends])).toEqual([
      ["a1", false, null],
      ["b2", true, 5],
    ]);
    answer(409, { reason: "taken" });
    expect(await house.add(person)).toBe("taken");
  });

  it("tells a password that the server finds too weak from other failures", async () => {
    const house = new House(storage());
    answer(400, { reason: "weak-password", flaws: ["leaked"] });
    expect(await house.setUp("ticket", "liverpool1892", null)).toBe("weak");
    answer(400, { reason: "malformed" });
    expect(await house.setUp("ticket", "liverpool1892", null)).toBe("bad");
    answer(400, { reason: "weak-password", flaws: ["leaked"] });
    expect(await house.changePassword("old", "liverpool1892")).toBe("weak");
  });

  it("shows a factor only once it has worked, and what signing out leaves behind is nothing", async () => {
    const keeper = storage();
    const house = new House(keeper);
    answer(201, { account: ada });
    await house.setUp("ticket", "a long password", null);
    answer(200, { sessions: [{ id: "s", program: "Firefox", made: 1, used: 2, this: true }] });
    answer(200, { factors: [{ id: "f", kind: "totp", name: "x", made: 1, used: null }], recovery: 0 });
    await house.loadAccount();
    expect([house.factors.value, house.sessions.value.length]).toEqual([[], 1]);
    answer(200, {});
    await house.signOut();
    expect([house.me.value, house.sessions.value, keeper.getItem("aparte.account")]).toEqual([null, [], null]);
  });
});
