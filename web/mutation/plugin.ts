import { globSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Plugin } from "vite";
import { type Edit, type Enforced, enforcedBy, loopsIn, placesIn } from "./places.ts";

/** A check of the table in tests/mutation/checks.toml. */
export interface Check {
  readonly id: string;
  readonly file: string;
  readonly anchor: string;
  readonly instead: string;
  readonly tests: readonly string[];
}

/** Who must notice that a check is off: tests of its rules, or tests by the beginning of `file > their full name`. */
export interface Claim {
  readonly rules: readonly string[];
  readonly tests: readonly string[];
}

const RULES = ["src/core/mls/*.ts", "src/core/policy/{meeting,delivery}.ts", "src/e2ee/mls/*.ts"];
const NO_PRODUCT = /\.test\.ts$|\.node\.ts$|\/(errors|fixture|forge)\.ts$/;

/**
 * Gives every check a switch, and tells the runner of it: all mutants are in one program, and at most one is on. No
 * file changes. `root` is the folder `web`, `checks` what is switched beside the rules of MLS.
 */
export function mutants(root: string, checks: readonly Check[]): Plugin {
  const files = RULES.flatMap((pattern) => globSync(pattern, { cwd: root })).filter((file) => !NO_PRODUCT.test(file));
  const enforced = enforcedBy(files.map((file) => readFileSync(resolve(root, file), "utf-8")));
  return {
    name: "aparte:mutants",
    enforce: "pre",
    transform(text, id) {
      const file = id.startsWith(`${root}/`) ? id.slice(root.length + 1) : "";
      if (file === "" || file.endsWith(".test.ts")) return null;
      const rules = files.includes(file) ? rulesIn(file, text, enforced) : [];
      return { code: switched(text, [...rules, ...checksIn(file, text, checks)]), map: null };
    },
  };
}

interface Mutant {
  readonly id: string;
  readonly claim: Claim;
  readonly edit: Pick<Edit, "start" | "end" | "text">;
}

/** What stands at `start` until `end` becomes what `render` makes of it. */
interface Change {
  readonly start: number;
  readonly end: number;
  render(original: string): string;
}

/** The text with a switch for each mutant, which is told to the runner when the module is loaded. */
function switched(text: string, all: readonly Mutant[]): string {
  const switches = all.map(({ id, edit: { start, end, text: render } }) => ({
    start,
    end,
    render: (original: string) => render(original, `(globalThis.mutant === ${JSON.stringify(id)})`),
  }));
  const claims = JSON.stringify(Object.fromEntries(all.map(({ id, claim }) => [id, claim])));
  const told = `Object.assign((globalThis.mutants ??= {}), ${claims});`;
  return `${changed(text, 0, text.length, [...switches, ...loops(text)])}\n${told}\n`;
}

function rulesIn(file: string, text: string, enforced: Enforced): Mutant[] {
  return [...placesIn(text, enforced)].map((edit) => {
    const line = text.slice(0, edit.start).split("\n").length;
    return { id: `${file}:${line} ${edit.what}`, claim: { rules: edit.rules, tests: [] }, edit };
  });
}

function checksIn(file: string, text: string, checks: readonly Check[]): Mutant[] {
  return checks
    .filter((check) => check.file === `web/${file}`)
    .map(({ id, anchor, instead, tests }) => {
      const start = text.indexOf(anchor);
      if (start < 0 || text.indexOf(anchor, start + 1) >= 0) throw new Error(`${id}: ${file} has not its anchor once`);
      const isStatement = anchor.endsWith(";") || anchor.endsWith("}");
      const edit = {
        start,
        end: start + anchor.length,
        text: (original: string, ask: string) =>
          isStatement ? `if (${ask}) { ${instead} } else { ${original} }` : `(${ask} ? (${instead}) : (${original}))`,
      };
      return { id, claim: { rules: [], tests }, edit };
    });
}

/** What could go on for ever with a mutant asks at every turn whether it has been too long. */
function loops(text: string): Change[] {
  return [...loopsIn(text)].map((body) => ({
    ...body,
    render: (original) => `{ globalThis.hurry?.(); ${original} }`,
  }));
}

/** The text with everything changed. Where one place is inside another, the inner one is changed first. */
function changed(text: string, from: number, to: number, changes: readonly Change[]): string {
  const order = [...changes].sort((a, b) => a.start - b.start || b.end - a.end);
  let out = "";
  let at = from;
  for (let outer = order.shift(); outer !== undefined; outer = order.shift()) {
    const { start, end } = outer;
    const inner: Change[] = [];
    while (order[0] !== undefined && order[0].start < end) inner.push(order.shift() as Change);
    if (inner.some((one) => one.end > end)) throw new Error(`places overlap: ${text.slice(start, end)}`);
    out += text.slice(at, start) + outer.render(changed(text, start, end, inner));
    at = end;
  }
  return out + text.slice(at, to);
}
