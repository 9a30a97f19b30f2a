/** When a meeting is, in words of the chosen language. */
import { language, t } from "../language";
import type { Plan } from "./model";

/** Day and time in the meeting's own zone, which is named where it is not the reader's. */
export function when({ start, zone }: Pick<Plan, "start" | "zone">): string {
  const options: Intl.DateTimeFormatOptions = { dateStyle: "full", timeStyle: "short", timeZone: zone };
  const said = new Intl.DateTimeFormat(language.value, options).format(start * 1000);
  return zone === Intl.DateTimeFormat().resolvedOptions().timeZone ? said : `${said} (${zone})`;
}

/** How it comes again, or nothing. */
export function again({ repeat, until, zone }: Pick<Plan, "repeat" | "until" | "zone">): string | null {
  if (repeat === "never") return null;
  const date = new Intl.DateTimeFormat(language.value, { dateStyle: "medium", timeZone: zone }).format(
    (until ?? 0) * 1000,
  );
  return t(`plans.every.${repeat}`, { date });
}
