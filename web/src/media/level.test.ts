import { expect, test } from "vitest";
import { level, loudness } from "./level";

const sine = (amplitude: number): Float32Array =>
  Float32Array.from({ length: 960 }, (_, index) => amplitude * Math.sin((2 * Math.PI * index) / 96));

test.each([
  [new Float32Array(960), 127],
  [new Float32Array(0), 127],
  [new Float32Array(960).fill(1), 0],
  [new Float32Array(960).fill(-1), 0],
  [sine(1), 3],
  [sine(0.5), 9],
  [sine(0.01), 43],
  [new Float32Array(960).fill(1e-9), 127],
  [new Float32Array(960).fill(4), 0],
])("level in -dBov", (samples, expected) => {
  expect(level(samples)).toBe(expected);
});

test("a bar is empty from -60 dBov down and full from -10 dBov up", () => {
  expect([127, 60, 35, 10, 0].map(loudness)).toEqual([0, 0, 0.5, 1, 1]);
});
