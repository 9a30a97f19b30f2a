import { expect, test } from "vitest";
import { Resampler } from "./resample";

function sine(rate: number, length: number): Float32Array {
  return Float32Array.from({ length }, (_, index) => Math.sin((2 * Math.PI * 440 * index) / rate));
}

test.each([44_100, 16_000, 96_000, 48_000])("a tone stays the same tone from %i Hz, however it is cut", (rate) => {
  const input = sine(rate, rate);
  const whole = new Resampler(rate, 48_000).push(input);
  const resampler = new Resampler(rate, 48_000);
  const pieces: number[] = [];
  for (let start = 0; start < input.length; start += 441) {
    pieces.push(...resampler.push(input.subarray(start, start + 441)));
  }
  expect(Math.abs(whole.length - 48_000)).toBeLessThanOrEqual(3);
  expect(pieces.length).toBe(whole.length);
  const expected = sine(48_000, whole.length);
  for (let index = 0; index < whole.length; index += 97) {
    expect(whole[index]).toBeCloseTo(expected[index] ?? 0, 1);
    expect(pieces[index]).toBeCloseTo(whole[index] ?? 0, 5);
  }
});

test("nothing in, nothing out", () => {
  expect(new Resampler(44_100, 48_000).push(new Float32Array(0)).length).toBe(0);
});
