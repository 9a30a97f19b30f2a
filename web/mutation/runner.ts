import { TestRunner } from "vitest";
import { Rule } from "../src/core/mls/errors.ts";
import type { Claim } from "./plugin.ts";

type Task = Parameters<TestRunner["onBeforeRunTask"]>[0];
type Test = Extract<Task, { type: "test" }>;
type Outcome = "red" | "green" | "late";

declare global {
  /** The mutant that is on. */
  var mutant: string | undefined;
  /** All mutants in the modules that a test file has loaded, and who claims them. */
  var mutants: Record<string, Claim> | undefined;
  /** Throws when the mutant that is on has had its time. */
  var hurry: (() => void) | undefined;
}

declare module "vitest" {
  interface TaskMeta {
    /** How this test ended with each of the mutants that it claims. */
    mutants?: Record<string, Outcome>;
  }
}

/** Milliseconds that a test may take with a mutant, and how many times what it takes without one. */
const PATIENCE = 2_500;
const TIMES = 20;
// Tests may put other clocks in their place.
const { setTimeout, clearTimeout } = globalThis;
const now = performance.now.bind(performance);

/** Runs every test once as it is, and once more for each mutant that it claims. */
export default class MutantRunner extends TestRunner {
  readonly #claimed = new WeakMap<Task, readonly string[]>();
  #turn = 0;
  #patience = PATIENCE;

  override async onBeforeRunTask(test: Task): Promise<void> {
    await super.onBeforeRunTask(test);
    if (test.type !== "test") return;
    const claimed = Object.entries(globalThis.mutants ?? {})
      .filter(([, claim]) => isClaimedBy(claim, test))
      .map(([id]) => id);
    this.#claimed.set(test, claimed);
    test.repeats = claimed.length;
    test.meta.mutants = {};
  }

  override onBeforeTryTask(test: Task, options: Parameters<TestRunner["onBeforeTryTask"]>[1]): void {
    super.onBeforeTryTask(test, options);
    this.#turn = options.repeats;
  }

  async runTask(test: Test): Promise<void> {
    const id = this.#claimed.get(test)?.[this.#turn - 1];
    const run = TestRunner.getTestFn(test);
    if (id === undefined) {
      const began = now();
      await run();
      this.#patience = Math.max(PATIENCE, TIMES * (now() - began));
      return;
    }
    globalThis.mutant = id;
    const outcome = await outcomeOf(run, this.#patience);
    globalThis.mutant = undefined;
    test.meta.mutants = { ...test.meta.mutants, [id]: outcome };
  }
}

async function outcomeOf(run: () => unknown, patience: number): Promise<Outcome> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const began = now();
  globalThis.hurry = () => {
    if (now() - began > patience) throw new Error("a mutant without an end");
  };
  const late = new Promise<Outcome>((resolve) => {
    timer = setTimeout(() => resolve("late"), patience);
  });
  const ended = (async (): Promise<Outcome> => {
    try {
      await run();
      return "green";
    } catch {
      return "red";
    }
  })();
  const outcome = await Promise.race([ended, late]);
  clearTimeout(timer);
  globalThis.hurry = undefined;
  return outcome;
}

function isClaimedBy({ rules, tests }: Claim, test: Test): boolean {
  const full = `${test.file.name} > ${test.fullTestName}`;
  return tests.some((begin) => full.startsWith(begin)) || rules.some((rule) => idsOf(test.name).has(ruleId(rule)));
}

const ruleId = (name: string): string => Rule[name as keyof typeof Rule].id;

/** The rules that a title begins with: "C07 ...", "P01, P02: ...", "F01 to F03: ...". */
function idsOf(title: string): ReadonlySet<string> {
  const [head = ""] = /^[A-Z]\d\d(?:(?:, | and | to )[A-Z]\d\d)*/.exec(title) ?? [];
  const ids = new Set(head.match(/[A-Z]\d\d/g));
  const [, letter, first, last] = /([A-Z])(\d\d) to \1(\d\d)/.exec(head) ?? [];
  for (let at = Number(first); at <= Number(last); at++) ids.add(`${letter}${String(at).padStart(2, "0")}`);
  return ids;
}
