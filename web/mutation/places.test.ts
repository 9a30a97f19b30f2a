/// <reference types="vite/types/importMeta.d.ts" />
/** Loads everything that has a switch, so that a mutant that no test comes near is listed too. */
import { expect, test } from "vitest";
import { Rule } from "../src/core/mls/errors.ts";

const modules = import.meta.glob(["../src/core/**/*.ts", "../src/e2ee/**/*.ts", "!**/*.test.ts", "!**/*.node.ts"]);

test("all mutants", async ({ task }) => {
  await Promise.all(Object.values(modules).map((load) => load()));
  const all = Object.keys(globalThis.mutants ?? {});
  expect(all.length).toBeGreaterThan(100);
  const found = all.map((id) => / ([A-Z_0-9]+) part \d+$/.exec(id)?.[1]);
  expect(Object.keys(Rule).filter((rule) => !found.includes(rule))).toEqual([]);
  Object.assign(task.meta, { all });
});
