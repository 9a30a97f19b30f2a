/** Whether two names look alike to somebody who reads them in passing. A hint for who lets people in; nothing is decided by it. */

/** Letters of other scripts, and digits, beside the Latin letter that they look like; capitals and small letters each by their own shape. */
const CONFUSABLE: ReadonlyMap<string, string> = new Map(
  Object.entries({
    // Cyrillic
    АаӐӑӒӓ: "a",
    Вв: "b",
    Ьь: "b",
    Ссҫ: "c",
    Ԁԁ: "d",
    Ее: "e",
    Ԍ: "g",
    Һһ: "h",
    Нн: "h",
    Іі: "i",
    Ӏӏ: "i",
    Јј: "j",
    Кк: "k",
    Мм: "m",
    Пп: "n",
    Оо: "o",
    Рр: "p",
    Ԛԛ: "q",
    Гг: "r",
    Ѕѕ: "s",
    Тт: "t",
    Ѵѵ: "v",
    Ԝԝ: "w",
    Хх: "x",
    УуҮү: "y",
    // Greek
    Αα: "a",
    Ββ: "b",
    Ϲϲ: "c",
    Εε: "e",
    Η: "h",
    Ιι: "i",
    Ϳϳ: "j",
    Κκ: "k",
    Μ: "m",
    Νη: "n",
    Οοσ: "o",
    Ρρ: "p",
    Ττ: "t",
    μ: "u",
    υ: "u",
    ν: "v",
    ω: "w",
    Χχ: "x",
    Υγ: "y",
    Ζζ: "z",
    // digits and strokes
    "0": "o",
    "1": "i",
    "|": "i",
    // Latin letters that look like others: what is I, what is l?
    Il: "i",
    ıɩ: "i",
    ɑ: "a",
    ɡ: "g",
    Øø: "o",
    Łł: "i",
  }).flatMap(([letters, latin]) => [...letters].map((letter): [string, string] => [letter, latin])),
);

/** Two letters that together look like one. */
const PAIRS: readonly (readonly [string, string])[] = [
  ["rn", "m"],
  ["vv", "w"],
];

/** What is left of a name for a reader in passing: its shapes, without marks, spaces and punctuation. */
function shapes(name: string): string {
  const plain = name.normalize("NFKD").replace(/[\p{M}\p{Cf}]/gu, "");
  const latin = [...plain].map((letter) => CONFUSABLE.get(letter) ?? letter.toLowerCase()).join("");
  const bare = latin.replace(/[^\p{L}\p{N}]/gu, "");
  // Signs alone are a name too: then nothing is taken away.
  const kept = bare === "" ? latin.replace(/\s/gu, "") : bare;
  return PAIRS.reduce((text, [pair, one]) => text.replaceAll(pair, one), kept);
}

/** A name as it is written, in small letters and in capitals: letters that differ may look the same in one of them. */
function readings(name: string): ReadonlySet<string> {
  const compatible = name.normalize("NFKC");
  return new Set([compatible, compatible.toLowerCase(), compatible.toUpperCase()].map(shapes));
}

/** The first of the other names that a name looks like, or null. The same name looks like itself. */
export function lookalike(name: string, others: readonly string[]): string | null {
  const mine = readings(name);
  return others.find((other) => [...readings(other)].some((reading) => mine.has(reading))) ?? null;
}
