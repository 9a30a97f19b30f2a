/** Days and times as the chosen language writes them, in the reader's own time zone. */
import { language } from "../language";

/** A day; `seconds` since 1970. */
export function date(seconds: number): string {
  return new Intl.DateTimeFormat(language.value, { dateStyle: "medium" }).format(seconds * 1000);
}
