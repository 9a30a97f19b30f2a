import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { type LevelBody, problemsOf } from "./level";

interface Case {
  why: string;
  level: LevelBody;
  problems: string[];
}

const file = new URL("../../../../spec/vectors/plan/levels.json", import.meta.url);
const { cases } = JSON.parse(readFileSync(file, "utf8")) as { cases: Case[] };

test("a level is taken exactly where Python takes it, and what is wrong has its field", () => {
  expect(cases.length).toBeGreaterThan(20);
  for (const { why, level, problems } of cases) expect(problemsOf(level), why).toEqual(problems);
});
