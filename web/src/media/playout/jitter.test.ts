import fc from "fast-check";
import { expect, test } from "vitest";
import { JitterBuffer } from "./jitter";

const RATE = 48_000;
const QUANTUM = 128;
const FRAME = 960;

interface Run {
  /** Everything that was played. */
  output: Float32Array;
  buffer: JitterBuffer;
  /** Depth after each quantum, ms. */
  depths: number[];
  /** From capture to playout, ms, whenever something plays. */
  delays: number[];
}

/** Plays `seconds` of a rising count sent as 20 ms frames; `arrival` gives the ms at which each frame comes, or null for a lost one. */
function run(
  seconds: number,
  arrival: (index: number) => number | null,
  sample: (position: number) => number = () => 0.5,
): Run {
  const buffer = new JitterBuffer(RATE);
  const output = new Float32Array(seconds * RATE);
  const coming: { at: number; index: number }[] = [];
  for (let index = 0; index < seconds * 50; index++) {
    const at = arrival(index);
    if (at !== null) coming.push({ at: (at * RATE) / 1000, index });
  }
  coming.sort((a, b) => a.at - b.at || a.index - b.index);
  const depths: number[] = [];
  const delays: number[] = [];
  for (let frame = 0; frame + QUANTUM <= output.length; frame += QUANTUM) {
    while (coming[0] !== undefined && coming[0].at <= frame) {
      const { index } = coming[0];
      coming.shift();
      const samples = Float32Array.from({ length: FRAME }, (_, offset) => sample(index * FRAME + offset));
      buffer.push(samples, index * 20_000, frame);
    }
    buffer.pull(output.subarray(frame, frame + QUANTUM), frame);
    const { depthMs, playedUs } = buffer.report();
    depths.push(depthMs);
    if (playedUs !== null) delays.push(((frame + QUANTUM) * 1000) / RATE - playedUs / 1000);
  }
  return { output, buffer, depths, delays };
}

const last = (values: number[]): number => values[values.length - 1] ?? Number.NaN;

test("silence before anything comes", () => {
  const { output, buffer } = run(1, () => null);
  expect(output.every((sample) => sample === 0)).toBe(true);
  expect(buffer.report()).toEqual({ playedUs: null, depthMs: 0, targetMs: 10, underruns: 0 });
});

test("on a perfect line the floor is all the delay there is", () => {
  const { buffer, delays } = run(5, (index) => (index + 1) * 20);
  expect(buffer.report().underruns).toBe(0);
  expect(last(delays)).toBeGreaterThanOrEqual(30);
  expect(last(delays)).toBeLessThan(36);
});

test("a start-up backlog drains within two adjustments", () => {
  const { delays, buffer } = run(3, (index) => Math.max(100, (index + 1) * 20));
  expect(delays[0]).toBeGreaterThan(100);
  expect(last(delays)).toBeLessThan(36);
  expect(buffer.report().underruns).toBe(0);
});

test("a large start-up backlog is not played at all", () => {
  const { delays, buffer } = run(3, (index) => Math.max(1500, (index + 1) * 20));
  expect(Math.max(...delays)).toBeLessThan(130);
  expect(last(delays)).toBeLessThan(36);
  expect(buffer.report().underruns).toBe(0);
});

test("on an unsteady line the buffer grows until sound no longer runs out, and it shrinks when the line calms down", () => {
  const late = (index: number): number => ((index * 7919) % 40) + (index + 1) * 20;
  const { buffer, delays } = run(30, (index) => (index < 750 ? late(index) : (index + 1) * 20));
  const rough = delays.slice(4000, 5600);
  expect(Math.min(...rough)).toBeGreaterThan(40);
  expect(Math.max(...rough)).toBeLessThan(110);
  expect(last(delays)).toBeLessThan(40);
  expect(buffer.report().underruns).toBeLessThan(12);
});

test("one outlier is not paid for for long", () => {
  const { delays, buffer } = run(10, (index) => (index >= 300 && index < 315 ? 6300 : (index + 1) * 20));
  expect(buffer.report().underruns).toBe(1);
  expect(Math.max(...delays)).toBeGreaterThan(250);
  expect(last(delays)).toBeLessThan(70);
});

test("lost sound is bridged by an echo that fades, without a jump", () => {
  const tone = (position: number): number => 0.5 * Math.sin((2 * Math.PI * 300 * position) / RATE);
  const { output } = run(2, (index) => (index === 50 ? null : (index + 1) * 20), tone);
  let jump = 0;
  for (let index = RATE / 2; index < output.length; index++) {
    jump = Math.max(jump, Math.abs((output[index] ?? 0) - (output[index - 1] ?? 0)));
  }
  // The tone itself moves by 0.02 a sample.
  expect(jump).toBeLessThan(0.06);
  const gap = output.subarray(1.03 * RATE, 1.05 * RATE);
  expect(Math.max(...gap)).toBeGreaterThan(0.2);
});

test("after sound ends there is silence within 40 ms, and a pause is no underrun", () => {
  const { output, buffer } = run(4, (index) => (index >= 50 && index < 100 ? null : (index + 1) * 20));
  expect(output.subarray(1.1 * RATE, 2 * RATE).every((sample) => sample === 0)).toBe(true);
  expect(output.subarray(2.1 * RATE, 3 * RATE).every((sample) => Math.abs(sample - 0.5) < 1e-6)).toBe(true);
  expect(buffer.report().underruns).toBe(0);
});

test("a faster sender's surplus is removed, a slower sender's want is mended", () => {
  for (const drift of [0.9995, 1.0005]) {
    const { delays, buffer } = run(60, (index) => (index + 1) * 20 * drift);
    expect(last(delays) + 60_000 * (drift - 1) * -1).toBeLessThan(80);
    expect(
      Math.max(...delays.slice(100).map((delay, index) => delay - (index * QUANTUM * (drift - 1) * 1000) / RATE)),
    ).toBeLessThan(80);
    expect(buffer.report().underruns).toBeLessThan(6);
  }
});

test("a playout clock that stood still leaves no backlog", () => {
  const buffer = new JitterBuffer(RATE);
  const output = new Float32Array(QUANTUM);
  for (let index = 0; index < 3000; index++) buffer.push(new Float32Array(FRAME).fill(0.5), index * 20_000, 0);
  expect(buffer.report().depthMs).toBeLessThan(300);
  for (let frame = 0; frame < RATE; frame += QUANTUM) buffer.pull(output, frame);
  expect(buffer.report().depthMs).toBeLessThan(300);
});

test("whatever comes when, the depth is bounded and every sample is a sane number", () => {
  const event = fc.record({
    gapMs: fc.integer({ min: -3000, max: 3000 }),
    waitQuanta: fc.nat(40),
    length: fc.nat(5760),
  });
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), (events) => {
      const buffer = new JitterBuffer(RATE);
      const output = new Float32Array(QUANTUM);
      let frame = 0;
      let timeUs = 0;
      for (const { gapMs, waitQuanta, length } of events) {
        timeUs += gapMs * 1000;
        buffer.push(new Float32Array(length).fill(0.9), timeUs, frame);
        expect(buffer.report().depthMs).toBeLessThanOrEqual(1200);
        for (let quantum = 0; quantum < waitQuanta; quantum++, frame += QUANTUM) {
          buffer.pull(output, frame);
          expect(output.every((sample) => Math.abs(sample) <= 0.91)).toBe(true);
        }
      }
    }),
    { numRuns: 60 },
  );
});
