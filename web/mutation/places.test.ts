/** Loads everything that has a switch, so that a mutant that no test comes near is listed too. */
import { expect, test } from "vitest";

const modules = import.meta.glob(["../src/core/**/*.ts", "../src/e2ee/**/*.ts", "!**/*.test.ts", "!**/*.node.ts"]);

test("all mutants", async ({ task }) => {
  await Promise.all(Object.values(modules).map((load) => load()));
  const all = Object.keys(globalThis.mutants ?? {});
  expect(all.length).toBeGreaterThan(100);
  Object.assign(task.meta, { all });
});
