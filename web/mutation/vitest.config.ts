import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import { mutants } from "./plugin.ts";

// Run by tests/mutation, which names the table of checks in APARTE_CHECKS.
const root = fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, "");
const table = process.env.APARTE_CHECKS;

export default defineConfig({
  root,
  plugins: [mutants(root, table === undefined ? [] : JSON.parse(readFileSync(table, "utf-8")))],
  test: {
    include: ["mutation/places.test.ts", "src/{core,e2ee}/mls/{rules,places,policy}.test.ts"],
    environment: "node",
    testTimeout: 30_000,
    runner: "mutation/runner.ts",
    dangerouslyIgnoreUnhandledErrors: true,
  },
} as Parameters<typeof defineConfig>[0]);
