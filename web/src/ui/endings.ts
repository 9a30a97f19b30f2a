/** Why a session ended, in words, and what can be done next. Reasons are those of spec/wire.md section 4 and the client's own. */
import type { Key } from "./catalogue";

export type Next = "back" | "reload" | "again" | "code" | "home";

export interface Ending {
  title: Key;
  text: Key;
  next: Next; // the one next step; all others lead home as well
  showReason: boolean; // print the stable word too, for whoever is asked for help
}

type Subject =
  Extract<Key, `ended.${string}.title` | `notice.${string}.title`> extends `${infer Name}.title` ? Name : never;

function ending(subject: Subject, next: Next, showReason = false): Ending {
  return { title: `${subject}.title`, text: `${subject}.text`, next, showReason };
}

const fault = ending("ended.fault", "back", true);
const version = ending("ended.version", "reload", true);

export const endings: Readonly<Record<string, Ending>> = {
  left: ending("ended.left", "back"),
  replaced: ending("ended.replaced", "back"),
  removed: ending("ended.removed", "back"),
  refused: ending("ended.refused", "again"),
  barred: ending("ended.barred", "home"),
  "account-ended": ending("ended.account-ended", "home"),
  closing: ending("ended.closing", "back"),
  silent: ending("ended.silent", "back"),
  "unknown-seat": ending("ended.unknown-seat", "back"),
  "too-slow": ending("ended.too-slow", "back"),
  "too-many": ending("ended.too-many", "back", true),
  "not-invited": ending("notice.not-invited", "code"),
  full: ending("notice.full", "again"),
  "bad-version": version,
  "unknown-kind": version,
  malformed: fault,
  "too-large": fault,
  "out-of-state": fault,
  replayed: fault,
  cut: ending("ended.unreachable", "back"),
  "cannot-join": ending("ended.other", "back", true),
  "cannot-seal": fault,
  "bad-charter": ending("ended.bad-charter", "again", true),
  fault,
};

const other = ending("ended.other", "back", true);

export function endingOf(reason: string | null): Ending {
  return (reason === null ? undefined : endings[reason]) ?? other;
}
