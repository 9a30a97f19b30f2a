import { defineConfig } from "vite";

// One bundle, all of it from our own origin; the server serves the folder as it is.
export default defineConfig({
  root: ".",
  base: "/",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  worker: { format: "es" },
  build: {
    outDir: "../src/aparte/server/pages",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    sourcemap: false,
    modulePreload: { polyfill: false },
    rolldownOptions: { checks: { pluginTimings: false } },
  },
  test: { include: ["src/**/*.test.ts"], environment: "node", testTimeout: 30_000 },
} as Parameters<typeof defineConfig>[0]);
