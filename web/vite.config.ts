import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import { BUILD, code } from "./plugins/code.ts";
import { release } from "./plugins/release.ts";

// One script and one style sheet, all of it from our own origin; the server serves the folder as it is.
export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  base: "/",
  envDir: false,
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  plugins: [code(), release()],
  build: {
    ...BUILD,
    outDir: "../src/aparte/server/pages",
    emptyOutDir: true,
    rolldownOptions: { checks: { pluginTimings: false } },
  },
  test: { include: ["src/**/*.test.ts", "plugins/**/*.test.ts"], environment: "node", testTimeout: 30_000 },
} as Parameters<typeof defineConfig>[0]);
