/** Puts each driver into one file that Node runs as it is: nothing is compiled while a walk waits. */
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

export default defineConfig({
  root: here("../.."),
  logLevel: "warn",
  publicDir: false,
  ssr: { noExternal: true },
  build: {
    ssr: true,
    minify: false,
    target: "node20",
    rollupOptions: {
      input: { typescript: here("typescript.main.ts"), "ts-mls": here("ts-mls.main.ts") },
      output: { entryFileNames: "[name].mjs" },
    },
  },
});
