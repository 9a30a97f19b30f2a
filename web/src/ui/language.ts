/** Which language the page speaks, and the look-up of sentences. */
import { signal } from "@preact/signals";
import { catalogue, type Key, type Language, languages } from "./catalogue";

const REMEMBERED = "aparte.language";

/** The language that was chosen before, otherwise the first known one of the browser's list, otherwise English. */
export function preferred(remembered: string | null, wanted: readonly string[]): Language {
  const known = (tag: string): Language | undefined => languages.find((one) => tag.toLowerCase().split("-")[0] === one);
  return (
    (remembered === null ? undefined : known(remembered)) ?? wanted.map(known).find((one) => one !== undefined) ?? "en"
  );
}

/** French sets a narrow no-break space before its high punctuation. */
export function typeset(language: Language, text: string): string {
  return language === "fr" ? text.replace(/ (?=[?!;:])/g, "\u202f") : text;
}

export const language = signal<Language>("en");

export function startLanguage(): void {
  language.value = preferred(localStorage.getItem(REMEMBERED), navigator.languages);
  document.documentElement.lang = language.value;
}

export function chooseLanguage(chosen: Language): void {
  language.value = chosen;
  localStorage.setItem(REMEMBERED, chosen);
  document.documentElement.lang = chosen;
}

/** The sentence of a key in the current language; `{name}` places are filled from `values`. */
export function t(key: Key, values: Record<string, string | number> = {}): string {
  const text = typeset(language.value, catalogue[language.value][key]);
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** "1 person", "2 people": the plural form that the language asks for. */
export function people(n: number): string {
  const form = new Intl.PluralRules(language.value).select(n) === "one" ? "one" : "other";
  return t(`people.count.${form}`, { n });
}
