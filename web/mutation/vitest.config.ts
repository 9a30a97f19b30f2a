import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import { type Check, mutants } from "./plugin.ts";

// Run by tests/mutation, which names the table of checks in APARTE_CHECKS.
const root = fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, "");
const table = process.env.APARTE_CHECKS;
const checks: readonly Check[] = table === undefined ? [] : JSON.parse(readFileSync(table, "utf-8"));
const claiming = checks.flatMap(({ tests }) => tests.map((test) => test.split(" > ")[0] ?? ""));

export default defineConfig({
  root,
  plugins: [mutants(root, checks)],
  test: {
    include: [
      "mutation/*.test.ts",
      "src/{core,e2ee}/mls/{rules,places}.test.ts",
      "src/core/policy/{meeting,delivery}.test.ts",
      ...new Set(claiming),
    ],
    environment: "node",
    testTimeout: 30_000,
    runner: "mutation/runner.ts",
    dangerouslyIgnoreUnhandledErrors: true,
    // What a module becomes depends on more than its text: on the table, and on what the other modules enforce.
    fsModuleCache: false,
  },
} as Parameters<typeof defineConfig>[0]);
