import { expect, test } from "vitest";
import { LipSync } from "./sync";

test("without sound nothing waits", () => {
  expect(new LipSync().dueUs(1000, 50_000)).toBe(50_000);
});

test("a picture waits for what sound lags beyond 80 ms, whatever the sender's clock says", () => {
  for (const skew of [0, 3_600_000_000]) {
    const sync = new LipSync();
    sync.played(1_000_000 + skew, 1_120_000);
    // Captured now, at hand after 15 ms; its sound is heard 120 ms after capture: shown 40 ms after capture.
    expect(sync.dueUs(1_200_000 + skew, 1_215_000)).toBe(1_240_000);
  }
});

test("on a quick line nothing waits, and nothing waits longer than 80 ms", () => {
  const sync = new LipSync();
  sync.played(1_000_000, 1_090_000);
  expect(sync.dueUs(1_200_000, 1_215_000)).toBe(1_215_000);
  const slow = new LipSync();
  slow.played(1_000_000, 1_900_000);
  expect(slow.dueUs(1_200_000, 1_215_000)).toBe(1_295_000);
});

test("an old report says nothing, a single odd one little", () => {
  const sync = new LipSync();
  sync.played(1_000_000, 1_120_000);
  expect(sync.dueUs(2_200_000, 2_215_000)).toBe(2_215_000);
  sync.played(1_100_000, 1_220_000);
  sync.played(1_200_000, 1_420_000);
  expect(sync.dueUs(1_400_000, 1_420_001)).toBe(1_460_000);
});
