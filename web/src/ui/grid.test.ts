import fc from "fast-check";
import { expect, test } from "vitest";
import { layout, type Rect } from "./grid";

const stages = [
  { width: 1440, height: 800 },
  { width: 366, height: 640 },
  { width: 320, height: 320 },
  { width: 2400, height: 500 },
  { width: 800, height: 300 },
];

function overlap(a: Rect, b: Rect): boolean {
  const slack = 0.01;
  return (
    a.x + a.width > b.x + slack &&
    b.x + b.width > a.x + slack &&
    a.y + a.height > b.y + slack &&
    b.y + b.height > a.y + slack
  );
}

test("from 1 to 50 people every tile is on the stage and none covers another", () => {
  for (const stage of stages) {
    for (let count = 1; count <= 50; count++) {
      const { tiles, height, corner } = layout(count, stage, 12);
      expect(tiles).toHaveLength(count);
      for (const tile of tiles) {
        expect(tile.x).toBeGreaterThanOrEqual(-0.01);
        expect(tile.y).toBeGreaterThanOrEqual(-0.01);
        expect(tile.x + tile.width).toBeLessThanOrEqual(stage.width + 0.01);
        expect(tile.y + tile.height).toBeLessThanOrEqual(height + 0.01);
      }
      if (!corner)
        for (const [i, a] of tiles.entries()) for (const b of tiles.slice(i + 1)) expect(overlap(a, b)).toBe(false);
    }
  }
});

test("tiles of a grid are alike, never too small for a name, and never a strip", () => {
  for (const stage of stages) {
    for (let count = 3; count <= 50; count++) {
      const { tiles } = layout(count, stage, 12);
      const [first] = tiles;
      for (const tile of tiles) expect([tile.width, tile.height]).toEqual([first?.width, first?.height]);
      expect(first?.width).toBeGreaterThanOrEqual(108 - 0.01);
      const shape = (first?.width ?? 0) / (first?.height ?? 1);
      expect(shape).toBeGreaterThan(0.74);
      expect(shape).toBeLessThan(1.78);
    }
  }
});

test("one person fills the stage, two talk with oneself in the corner", () => {
  const stage = { width: 1600, height: 900 };
  expect(layout(1, stage, 12).tiles).toEqual([{ x: 0, y: 0, width: 1600, height: 900 }]);
  const { tiles, corner } = layout(2, stage, 12);
  expect(corner).toBe(true);
  expect(tiles[0]).toEqual({ x: 0, y: 0, width: 1600, height: 900 });
  expect((tiles[1]?.width ?? 0) * 4).toBeLessThan(1600);
});

test("no size of window makes a tile that is not a number", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 60 }),
      fc.integer({ min: 0, max: 4000 }),
      fc.integer({ min: 0, max: 3000 }),
      (count, width, height) => {
        for (const tile of layout(count, { width, height }, 12).tiles) {
          for (const n of [tile.x, tile.y, tile.width, tile.height]) expect(Number.isFinite(n)).toBe(true);
          expect(tile.width).toBeGreaterThan(0);
          expect(tile.height).toBeGreaterThan(0);
        }
      },
    ),
  );
});
