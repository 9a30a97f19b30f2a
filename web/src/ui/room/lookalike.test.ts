import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { lookalike } from "./lookalike";

const inside = "Claire Dubois";

describe("a name that looks like somebody's in the meeting", () => {
  test.each([
    ["the same", "Claire Dubois"],
    ["another case", "CLAIRE dubois"],
    ["capital I for l", "CIaire Dubois"],
    ["one for l", "C1aire Dubois"],
    ["zero for o", "Claire Dub0is"],
    ["Cyrillic letters", "Сlаirе Dubоis"],
    ["Greek letters", "Clαire Dubοis"],
    ["full-width letters", "Ｃｌａｉｒｅ Ｄｕｂｏｉｓ"],
    ["a mark", "Cláire Dubois"],
    ["a joiner that nobody sees", "Claire\u200d Dubois"],
    ["no space", "ClaireDubois"],
    ["a no-break space and a stop", "Claire\u00a0Dubois."],
    ["a hyphen", "Claire-Dubois"],
  ])("%s", (_, name) => {
    expect(lookalike(name, ["Tom Okafor", inside])).toBe(inside);
  });

  test.each([
    ["Cyrillic capital for H", "Наns", "Hans"],
    ["Greek capital for H", "Ηans", "Hans"],
    ["Greek small eta for n", "Maηu", "Manu"],
    ["two letters for one", "Ernrna", "Emma"],
    ["two v for w", "VVilliam", "William"],
    ["sharp s", "Jürgen Weiss", "Jürgen Weiß"],
    ["all Cyrillic, in capitals", "НИНА", "Нина"],
    ["signs alone", "★ ★", "★★"],
  ])("%s", (_, name, other) => {
    expect(lookalike(name, [other])).toBe(other);
    expect(lookalike(other, [name])).toBe(name);
  });
});

test.each([
  ["Claire", "Clara"],
  ["Claire Dubois", "Claire Dupois"],
  ["Tom", "Tim"],
  ["Иван", "Jean"],
  ["★", "☆"],
  ["Paul", ""],
])("%s does not look like %s", (name, other) => {
  expect(lookalike(name, [other])).toBeNull();
});

test("the first in the order of the list is named, and nobody is like nobody", () => {
  expect(lookalike("ANNA", ["Paul", "anna", "Anna"])).toBe("anna");
  expect(lookalike("Anna", [])).toBeNull();
});

test("it holds both ways, and each name looks like itself, for any text", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.string({ unit: "grapheme" }), (one, other) => {
      expect(lookalike(one, [one])).toBe(one);
      expect(lookalike(one, [other]) === null).toBe(lookalike(other, [one]) === null);
    }),
  );
});
