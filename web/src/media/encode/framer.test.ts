import { expect, test } from "vitest";
import { Framer } from "./framer";

test("cuts equal frames, each with the time of its first sample", () => {
  const framer = new Framer(960, 48_000);
  const times: number[] = [];
  const sums: number[] = [];
  for (let piece = 0; piece < 8; piece++) {
    for (const frame of framer.push(new Float32Array(480).fill(piece), 1_000_000 + piece * 10_000)) {
      times.push(frame.timeUs);
      sums.push(frame.samples[0] ?? -1, frame.samples[959] ?? -1);
    }
  }
  expect(times).toEqual([1_000_000, 1_020_000, 1_040_000, 1_060_000]);
  expect(sums).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
});

test("one long piece gives several frames and keeps the rest", () => {
  const framer = new Framer(960, 48_000);
  expect(framer.push(new Float32Array(2000), 0).map((frame) => frame.timeUs)).toEqual([0, 20_000]);
  expect(framer.push(new Float32Array(880), 41_667).map((frame) => frame.timeUs)).toEqual([40_000]);
});

test("sound before a pause is not glued to sound after it", () => {
  const framer = new Framer(960, 48_000);
  framer.push(new Float32Array(480).fill(1), 0);
  const [frame] = framer.push(new Float32Array(960).fill(2), 5_000_000);
  expect(frame?.timeUs).toBe(5_000_000);
  expect(frame?.samples[0]).toBe(2);
});
