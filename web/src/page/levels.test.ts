/** What the page asks the server about levels, and what it makes of the answers. */
import { beforeEach, expect, test, vi } from "vitest";
import type { Level } from "../ui/plans/model";
import { bodyOf, Levels } from "./levels";

const sent: { method: string; path: string; body: unknown }[] = [];
const answers: Response[] = [];
const shipped = {
  number: 3,
  version: 1,
  name_en: "Restricted",
  name_fr: "Restreint",
  access: 2,
  guests: true,
  browser: true,
  door: 1,
  opens: 2,
  everybody: 19,
  screen: true,
  files: true,
  chat: true,
  recording: false,
  history: true,
  camera_height: 720,
  retention_days: 30,
  retired: false,
};

function answer(status: number, body: unknown): void {
  answers.push(new Response(JSON.stringify(body), { status }));
}

async function loaded(levels: Levels): Promise<Level> {
  answer(200, { levels: [shipped] });
  await levels.load();
  const [level] = levels.levels.value ?? [];
  if (level === undefined) throw new Error("no level");
  sent.length = 0;
  return level;
}

beforeEach(() => {
  sent.length = 0;
  answers.length = 0;
  vi.stubGlobal("fetch", async (path: string, init: RequestInit) => {
    sent.push({ method: init.method ?? "GET", path, body: init.body ? JSON.parse(String(init.body)) : null });
    const next = answers.shift();
    if (next === undefined) throw new TypeError("no network");
    return next;
  });
});

test("a level goes out as it came in", async () => {
  const { version, retired, ...body } = shipped;
  const level = await loaded(new Levels());
  expect(bodyOf(level)).toEqual(body);
  expect(level).toMatchObject({ version, retired });
});

test("only what differs is sent, and nothing where nothing does", async () => {
  const levels = new Levels();
  const level = await loaded(levels);
  expect(await levels.change(level, { ...level })).toEqual({ kind: "same" });
  expect(sent).toEqual([]);
  answer(200, { ...shipped, version: 2 });
  answer(200, { levels: [{ ...shipped, version: 2, access: 3, guests: false }] });
  expect(await levels.change(level, { ...level, access: "factor", guests: false })).toEqual({
    kind: "done",
    version: 2,
  });
  expect(sent[0]).toEqual({ method: "PATCH", path: "/api/levels/3", body: { access: 3, guests: false } });
  expect(levels.levels.value?.[0]).toMatchObject({ version: 2, access: "factor" });
});

test("who was quicker, what contradicts itself and a silent server are told apart", async () => {
  const levels = new Levels();
  const level = await loaded(levels);
  answer(409, { reason: "exists" });
  expect(await levels.add(level)).toEqual({ kind: "taken", taken: "number" });
  answer(409, { reason: "exists" });
  expect(await levels.offer(level, false)).toEqual({ kind: "taken", taken: "moment" });
  expect(sent.at(-1)?.body).toEqual({ retired: true });
  answer(400, { reason: "malformed" });
  expect(await levels.add(level)).toEqual({ kind: "bad" });
  expect(await levels.add(level)).toEqual({ kind: "failed" });
  await levels.load();
  expect([levels.failed.value, levels.levels.value?.length]).toEqual([true, 1]);
});
