import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { manifestOf, withIntegrity } from "./release.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const hash = (text: string): string => createHash("sha384").update(text).digest("base64");
const PAGES = new Map([
  ["/assets/a.js", bytes("start()")],
  ["/assets/a.css", bytes("p{}")],
  ["/robots.txt", bytes("User-agent: *")],
]);
const SCRIPT = '<script type="module" crossorigin src="/assets/a.js"></script>';
const SHEET = '<link rel="stylesheet" crossorigin href="/assets/a.css">';
const ICON = '<link rel="icon" href="data:image/svg+xml,%3Csvg/%3E" />';

test("[P24] everything that the page loads carries its hash", () => {
  expect(withIntegrity(ICON + SCRIPT + SHEET, PAGES)).toBe(
    `${ICON}<script type="module" crossorigin src="/assets/a.js" integrity="sha384-${hash("start()")}"></script>` +
      `<link rel="stylesheet" crossorigin href="/assets/a.css" integrity="sha384-${hash("p{}")}">`,
  );
});

test.each([
  ["a script that is not built", `${SCRIPT}${SHEET}<script src="/elsewhere.js"></script>`],
  ["a script from elsewhere", `${SCRIPT}${SHEET}<script src="https://evil.example/a.js"></script>`],
  ["a script within the page", `${SCRIPT}${SHEET}<script>start()</script>`],
  ["a style within the page", `${SCRIPT}${SHEET}<style>p{}</style>`],
  ["an icon that no browser checks", `${SCRIPT}${SHEET}<link rel="icon" href="/robots.txt">`],
  ["a picture", `${SCRIPT}${SHEET}<img src="/robots.txt">`],
  ["a built file that the page does not load", SCRIPT],
])("[P24] the build stops at %s", (_what, html) => {
  expect(() => withIntegrity(html, PAGES)).toThrow("unchecked");
});

test("the manifest lists every file but itself, in the order of their paths", () => {
  const text = manifestOf(new Map([...PAGES, ["/release.json", bytes("old")]]), "1.2.3", bytes("lock"));
  expect(JSON.parse(text)).toEqual({
    format: 1,
    version: "1.2.3",
    built: { node: process.versions.node, vite: expect.any(String), lock: hash("lock") },
    files: {
      "/assets/a.js": { size: 7, sha384: hash("start()") },
      "/assets/a.css": { size: 3, sha384: hash("p{}") },
      "/robots.txt": { size: 13, sha384: hash("User-agent: *") },
    },
  });
});
