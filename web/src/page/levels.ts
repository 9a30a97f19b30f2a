/** Security levels as administrators look after them: each change is a new version, and plans keep theirs. */
import { signal } from "@preact/signals";
import type { LevelBody } from "../core/plan/level";
import type { Saving } from "../ui/levels/model";
import { accesses, doors, type Level } from "../ui/plans/model";
import { type Answer, ask, number, objects } from "./api";
import { levelOf } from "./plans";

export class Levels {
  /** All, by number, in their newest version; null until the server has told them. */
  readonly levels = signal<readonly Level[] | null>(null);
  /** The server did not say which levels there are. */
  readonly failed = signal(false);

  async load(): Promise<void> {
    const answer = await ask("GET", "/levels");
    this.failed.value = !answer.ok;
    if (answer.ok) this.levels.value = objects(answer.data.levels).map(levelOf);
  }

  async add(level: Level): Promise<Saving> {
    return this.#saved(await ask("POST", "/levels", bodyOf(level)), "number");
  }

  /** Sends what differs, so that what somebody else has changed meanwhile stays. */
  async change(old: Level, next: Level): Promise<Saving> {
    const [before, after] = [bodyOf(old), bodyOf(next)];
    const keys = Object.keys(after) as (keyof LevelBody)[];
    const changed = keys.filter((key) => before[key] !== after[key]);
    if (changed.length === 0) return { kind: "same" };
    const body = Object.fromEntries(changed.map((key) => [key, after[key]]));
    return this.#saved(await ask("PATCH", `/levels/${old.number}`, body), "moment");
  }

  /** Whether planners may choose it from now on. */
  async offer(level: Level, isOffered: boolean): Promise<Saving> {
    return this.#saved(await ask("PATCH", `/levels/${level.number}`, { retired: !isOffered }), "moment");
  }

  forget(): void {
    this.levels.value = null;
  }

  /** `taken` is what there is already: the number of a new level, or a version that somebody else made at that moment. */
  async #saved(answer: Answer, taken: "number" | "moment"): Promise<Saving> {
    if (answer.ok) {
      await this.load();
      return { kind: "done", version: number(answer.data.version) };
    }
    if (answer.reason === "exists") return { kind: "taken", taken };
    return { kind: answer.reason === "malformed" ? "bad" : "failed" };
  }
}

/** A level as it is sent. */
export function bodyOf(level: Level): LevelBody {
  return {
    number: level.number,
    name_en: level.nameEn,
    name_fr: level.nameFr,
    access: accesses.indexOf(level.access),
    guests: level.guests,
    browser: level.browser,
    door: doors.indexOf(level.door),
    opens: level.opens,
    everybody: level.everybody,
    screen: level.screen,
    files: level.files,
    chat: level.chat,
    recording: level.recording,
    history: level.history,
    camera_height: level.cameraHeight,
    retention_days: level.retentionDays,
  };
}
