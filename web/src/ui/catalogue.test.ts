import { expect, test } from "vitest";
import { catalogue, type Key, languages } from "./catalogue";
import { preferred, typeset } from "./language";

const keys = Object.keys(catalogue.en) as Key[];
const places = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map((found) => found[1] ?? "").sort();

test("both languages say everything, with the same places to fill", () => {
  expect(Object.keys(catalogue.fr).sort()).toEqual([...keys].sort());
  for (const key of keys) {
    for (const language of languages) expect(catalogue[language][key].trim(), key).not.toBe("");
    expect(places(catalogue.fr[key]), key).toEqual(places(catalogue.en[key]));
  }
});

test("every reason of the wire format that ends a session has its words", async () => {
  const { endings } = await import("./endings");
  const wire = [
    "left",
    "bad-version",
    "malformed",
    "too-large",
    "unknown-kind",
    "out-of-state",
    "replayed",
    "not-invited",
    "full",
    "too-many",
    "silent",
    "replaced",
    "too-slow",
    "closing",
    "removed",
    "refused",
    "barred",
    "unknown-seat",
    "account-ended",
  ];
  for (const reason of wire) expect(endings[reason], reason).toBeDefined();
});

test("the language is the remembered one, or the browser's first known one", () => {
  expect(preferred("fr", ["en-GB"])).toBe("fr");
  expect(preferred(null, ["de-DE", "fr-CH", "en"])).toBe("fr");
  expect(preferred("xx", ["pt"])).toBe("en");
});

test("French high punctuation does not wrap to the next line", () => {
  expect(typeset("fr", "Prêt à entrer ?")).toBe("Prêt à entrer\u202f?");
  expect(typeset("en", "a : b")).toBe("a : b");
});
