import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import { code } from "../plugins/code.ts";

// The trial pages, for tests and measurements. Not part of the application: built into a folder that the caller names.
export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  base: "/",
  plugins: [code()],
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: { input: { media: fileURLToPath(new URL("media.html", import.meta.url)) } },
  },
});
