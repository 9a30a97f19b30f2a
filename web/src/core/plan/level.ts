/** Whether a security level contradicts itself: mirrors `core/plan/level.py`. The page shows what the server will say, and where. */
import { Door } from "../policy/charter";
import { NONE, Rights, SENDING } from "../policy/rights";

export const MAX_NAME = 40;
export const MAX_NUMBER = 255;
export const MAX_RETENTION_DAYS = 3_650;
/** Who may enter; each asks for everything that the ones before it ask for. */
export const Access = { LINK: 0, ACCOUNT: 1, INVITED: 2, FACTOR: 3, VERIFIED: 4 } as const;

/** A level as it is sent (spec/plans.md section 1): heights in pixels, rights as uint16. */
export interface LevelBody {
  readonly number: number;
  readonly name_en: string;
  readonly name_fr: string;
  readonly access: number;
  readonly guests: boolean;
  readonly browser: boolean;
  readonly door: number;
  readonly opens: number;
  readonly everybody: number;
  readonly screen: boolean;
  readonly files: boolean;
  readonly chat: boolean;
  readonly recording: boolean;
  readonly history: boolean;
  readonly camera_height: number;
  readonly retention_days: number;
}

/** What is wrong, by the field where it shows. `guests-cannot` and `guests-always` are what `access` says of guests. */
export type Problem =
  | "number"
  | "name-en"
  | "name-fr"
  | "everybody"
  | "screen"
  | "files"
  | "chat"
  | "door"
  | "retention-days"
  | "camera-height"
  | "guests-always"
  | "guests-cannot";

const BREAKS = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u;
const EDGES = /^\p{White_Space}|\p{White_Space}$/u;

/** Everything that is wrong with a level, in the order of the form; nothing when the server takes it. */
export function problemsOf(level: LevelBody): readonly Problem[] {
  const found: readonly (readonly [Problem, boolean])[] = [
    ["number", isWithin(level.number, 1, MAX_NUMBER)],
    ["name-en", isLine(level.name_en)],
    ["name-fr", isLine(level.name_fr)],
    // Where the link is all that it takes, nobody can tell guests from others.
    ["guests-always", level.guests || level.access !== Access.LINK],
    // Guests have no second factor to show, and nobody has looked at their papers.
    ["guests-cannot", !level.guests || level.access < Access.FACTOR],
    // A door that starts locked lets nobody be admitted.
    ["door", level.door !== Door.LOCKED],
    ["screen", level.screen || (level.everybody & Rights.SCREEN) === NONE],
    ["files", level.files || (level.everybody & Rights.FILE) === NONE],
    ["chat", level.chat || (level.everybody & Rights.CHAT) === NONE],
    ["camera-height", isWithin(level.camera_height, 144, 2_160)],
    ["everybody", (level.everybody & ~SENDING) === NONE],
    [
      "retention-days",
      isWithin(level.retention_days, 0, MAX_RETENTION_DAYS) && level.history === level.retention_days > 0,
    ],
  ];
  return found.filter(([, isRight]) => !isRight).map(([problem]) => problem);
}

function isWithin(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && least <= value && value <= most;
}

/** One visible line, in NFC, that neither begins nor ends with a space. */
function isLine(text: string): boolean {
  const length = [...text].length;
  return 0 < length && length <= MAX_NAME && !EDGES.test(text) && !BREAKS.test(text) && text === text.normalize("NFC");
}
