/** The official vectors, which are not part of the repository (CONTRIBUTING.md). */

import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const FOLDER = process.env.APARTE_VECTORS || resolve(ROOT, "../shared/vectors");

/** Runs `check` on the content of a file; without the folder it skips, and fails where CI asks for all. */
export function official<T>(title: string, file: string, check: (content: T) => Promise<void> | void): void {
  const path = resolve(FOLDER, file);
  const missing = !existsSync(path) && process.env.CI !== "true";
  const said = missing ? `${title} (no ${file} in the folder that APARTE_VECTORS names)` : title;
  test.skipIf(missing)(said, () => check(JSON.parse(readFileSync(path, "utf8")) as T));
}

/** Octets from hexadecimal digits. */
export const octets = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "hex"));
