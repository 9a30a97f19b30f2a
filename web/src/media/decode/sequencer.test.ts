import fc from "fast-check";
import { expect, test } from "vitest";
import { type PictureMarks, Sequencer, type Verdict } from "./sequencer";

/** An encoder's stream: layers 0 2 1 2, a key frame at the start and wherever `keys` says. */
function stream(length: number, keys: number[] = [0]): PictureMarks[] {
  let tl0 = 199;
  let phase = 0;
  return Array.from({ length }, (_, index) => {
    const key = keys.includes(index);
    if (key) phase = 0;
    const temporal = [0, 2, 1, 2][phase++ % 4] ?? 0;
    if (temporal === 0) tl0 = (tl0 + 1) & 255;
    return { counter: 1000 + index, key, temporal, tl0 };
  });
}

function verdicts(pictures: (PictureMarks | undefined)[]): Verdict[] {
  const sequencer = new Sequencer();
  return pictures.filter((picture) => picture !== undefined).map((picture) => sequencer.accept(picture));
}

const without = (pictures: PictureMarks[], ...lost: number[]) => pictures.filter((_, index) => !lost.includes(index));

test("a whole stream is decoded, tl0 going round", () => {
  expect(new Set(verdicts(stream(1000)))).toEqual(new Set(["decode"]));
});

test("starts at a key frame only", () => {
  expect(verdicts(stream(12, [8]).slice(1))).toEqual([...Array(7).fill("hold"), ...Array(4).fill("decode")]);
});

test("layers dropped on purpose harm nothing", () => {
  for (const most of [0, 1]) {
    const kept = stream(40).filter((picture) => picture.temporal <= most);
    expect(new Set(verdicts(kept))).toEqual(new Set(["decode"]));
  }
});

test("a lost layer 2 spoils nothing else", () => {
  expect(verdicts(without(stream(8), 1))).toEqual(Array(7).fill("decode"));
  expect(verdicts(without(stream(8), 3))).toEqual(Array(7).fill("decode"));
});

test("a lost layer 1 spoils the layer 2 after it, and only that", () => {
  expect(verdicts(without(stream(8), 2))).toEqual(["decode", "decode", "spoiled", ...Array(4).fill("decode")]);
});

test("a lost layer 0 holds everything until the next key frame", () => {
  expect(verdicts(without(stream(16, [0, 10]), 4))).toEqual([
    ...Array(4).fill("decode"),
    ...Array(5).fill("hold"),
    ...Array(6).fill("decode"),
  ]);
});

test("256 lost pictures of layer 0 are not taken for none", () => {
  const pictures = stream(1100);
  expect(verdicts([...pictures.slice(0, 4), pictures[4 * 257]])).toEqual([...Array(4).fill("decode"), "hold"]);
  expect(verdicts([...pictures.slice(0, 4), pictures[4 * 256 + 2]])).toEqual([...Array(4).fill("decode"), "hold"]);
});

test("what is older than what was seen is late", () => {
  const [first, second] = stream(2);
  expect(verdicts([first, second, second, first])).toEqual(["decode", "decode", "late", "late"]);
});

test("after a reset only a key frame goes on; a layer left out is a lost one", () => {
  const pictures = stream(12, [0, 8]);
  const sequencer = new Sequencer();
  const seen = pictures.map((picture, index) => {
    const verdict = sequencer.accept(picture);
    if (index === 2) sequencer.leftOut();
    if (index === 4) sequencer.reset();
    return verdict;
  });
  expect(seen).toEqual([
    ...Array(3).fill("decode"),
    "spoiled",
    "decode",
    ...Array(3).fill("hold"),
    ...Array(4).fill("decode"),
  ]);
});

test("whatever is lost, nothing is decoded without all that it depends on", () => {
  fc.assert(
    fc.property(
      fc.array(fc.boolean(), { minLength: 200, maxLength: 200 }),
      fc.integer({ min: 1, max: 60 }),
      (kept, every) => {
        const pictures = stream(
          200,
          Array.from({ length: 5 }, (_, index) => index * every * 4),
        );
        const sequencer = new Sequencer();
        const decoded = new Set<number>();
        /** What each picture refers to: the latest of layer 0, and for the layer 2 after a layer 1, that too. */
        let base = -1;
        let middle = -1;
        for (const [index, picture] of pictures.entries()) {
          const needs = picture.key ? [] : picture.temporal === 2 && middle > base ? [base, middle] : [base];
          if (picture.temporal === 0) base = index;
          if (picture.temporal === 1) middle = index;
          if (kept[index] !== true || sequencer.accept(picture) !== "decode") continue;
          for (const need of needs) expect(decoded.has(need)).toBe(true);
          decoded.add(index);
        }
      },
    ),
  );
});
