/** Nothing that holds keys or content can write to a disk: the code of those folders names no storage of the browser. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const SOURCES = join(import.meta.dirname, "..");
const STORAGE =
  /\b(localStorage|sessionStorage|indexedDB|caches|cookie|cookieStore|getDirectory|showSaveFilePicker|StorageManager)\b/;

function sources(folder: string): string[] {
  return readdirSync(join(SOURCES, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => /\.tsx?$/.test(name) && !/\.test\.tsx?$/.test(name))
    .map((name) => join(folder, name));
}

test("[B30] the session, the group, the seals and the media know no storage", () => {
  const files = ["worker", "e2ee", "core", "link", "media", "guard"].flatMap(sources);
  expect(files.length).toBeGreaterThan(60);
  expect(files.filter((file) => STORAGE.test(readFileSync(join(SOURCES, file), "utf8")))).toEqual([]);
});

test("[B30] the pages keep language, theme, what a reload needs, the links of planned meetings and person keys, and nothing else", () => {
  const files = ["ui", "page"].flatMap(sources);
  const named = files.filter((file) => STORAGE.test(readFileSync(join(SOURCES, file), "utf8"))).sort();
  expect(named).toEqual(["ui/app.tsx", "ui/language.ts", "ui/shortcuts.ts", "ui/theme.ts"]);
});
