import { expect, test } from "vitest";
import { ClockMap, nowUs } from "./clock";

test("our clock counts microseconds since the epoch", () => {
  expect(Math.abs(nowUs() / 1000 - Date.now())).toBeLessThan(1000);
});

test("the observation that waited least decides", () => {
  const map = new ClockMap();
  expect(map.observe(0, 1_005_000)).toBe(1_005_000);
  expect(map.observe(33_000, 1_035_000)).toBe(1_035_000);
  // Waited 18 ms longer: its capture time is not believed to be later for that.
  expect(map.observe(66_000, 1_086_000)).toBe(1_068_000);
  expect(map.offsetUs).toBe(1_002_000);
});

test("drift in either direction is followed within two windows", () => {
  for (const drift of [1e-4, -1e-4]) {
    const map = new ClockMap();
    let worst = 0;
    for (let device = 0; device < 120_000_000; device += 33_000) {
      const seen = device * (1 + drift) + 5_000_000;
      worst = Math.max(worst, Math.abs(map.observe(device, seen) - seen));
    }
    expect(worst).toBeLessThan(1100);
  }
});

test("a clock that stood still is believed at once", () => {
  const map = new ClockMap();
  map.observe(0, 100);
  expect(map.observe(20_000, 60_000_100)).toBe(60_000_100);
});

test("nothing is later than when it was seen", () => {
  const map = new ClockMap();
  map.observe(0, 1_000_000);
  expect(map.observe(5_000_000, 1_000_001)).toBe(1_000_001);
});
