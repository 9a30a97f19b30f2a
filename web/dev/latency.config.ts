import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

// What bench/latency.py puts into every page: one classic script.
export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  build: {
    target: "es2022",
    lib: {
      entry: fileURLToPath(new URL("../../bench/latency/line.ts", import.meta.url)),
      formats: ["iife"],
      name: "line",
      fileName: () => "line.js",
    },
  },
});
