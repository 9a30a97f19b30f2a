import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import { type Plugin, version as vite } from "vite";

const ENTRY = "/index.html";
const MANIFEST = "/release.json";
const TAG = /<(?:script|link|style|img|iframe|object|embed)\b[^>]*>/g;
const CHECKED = /^<script |^<link (?=.*\brel="(?:stylesheet|modulepreload)")/;
const ADDRESS = /\s(?:src|href)="([^"]*)"/;

function sha384(content: Uint8Array): string {
  return createHash("sha384").update(content).digest("base64");
}

/** Path as in a URL -> content, of every file of a folder. */
export function readPages(folder: string): Map<string, Buffer> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = entries.map((entry) => join(entry.parentPath, entry.name));
  const pages = paths.map((path) => [`/${relative(folder, path).split(sep).join("/")}`, readFileSync(path)] as const);
  return new Map(pages.sort(([one], [other]) => (one < other ? -1 : 1)));
}

/**
 * The page with the hash of everything that it loads (W3C Subresource Integrity).
 *
 * @throws Error when it loads what no browser checks or what is not there, or when nothing loads a built file.
 */
export function withIntegrity(html: string, pages: ReadonlyMap<string, Uint8Array>): string {
  const loaded = new Set<string>();
  const checked = html.replace(TAG, (tag) => {
    const address = ADDRESS.exec(tag)?.[1];
    if (tag.startsWith("<link ") && address?.startsWith("data:")) return tag;
    const content = pages.get(address ?? "");
    if (address === undefined || content === undefined || !CHECKED.test(tag)) throw new Error(`unchecked: ${tag}`);
    loaded.add(address);
    return `${tag.slice(0, -1)} integrity="sha384-${sha384(content)}">`;
  });
  const left = [...pages.keys()].filter((path) => path.startsWith("/assets/") && !loaded.has(path));
  if (left.length > 0) throw new Error(`unchecked: ${left.join(", ")}`);
  return checked;
}

/** What a release consists of, as text: equal builds give equal bytes. Its form is in spec/pages.md. */
export function manifestOf(pages: ReadonlyMap<string, Uint8Array>, version: string, lock: Uint8Array): string {
  const files = [...pages].filter(([path]) => path !== MANIFEST);
  const manifest = {
    format: 1,
    version,
    built: { node: process.versions.node, vite, lock: sha384(lock) },
    files: Object.fromEntries(
      files.map(([path, content]) => [path, { size: content.length, sha384: sha384(content) }]),
    ),
  };
  return `${JSON.stringify(manifest, null, 1)}\n`;
}

/** Puts the hashes into the page and writes the manifest beside it, when everything else is written. */
export function release(): Plugin {
  let root = "";
  let folder = "";
  return {
    name: "aparte:release",
    apply: "build",
    config() {
      // Libraries choose by it which code they give: not the caller's environment decides.
      process.env.NODE_ENV = "production";
      return { mode: "production" };
    },
    configResolved(config) {
      root = config.root;
      folder = resolve(root, config.build.outDir);
    },
    writeBundle: {
      order: "post",
      handler() {
        const pages = readPages(folder);
        const html = Buffer.from(withIntegrity((pages.get(ENTRY) ?? Buffer.of()).toString(), pages));
        writeFileSync(join(folder, ENTRY), html);
        const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
        const lock = readFileSync(join(root, "package-lock.json"));
        writeFileSync(join(folder, MANIFEST), manifestOf(pages.set(ENTRY, html), version, lock));
      },
    },
  };
}
