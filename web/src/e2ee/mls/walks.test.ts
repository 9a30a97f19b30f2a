/** Random histories: after every step all members, and whoever only watches, have the same group. */
import { expect, test } from "vitest";
import { Crowd, type Step } from "./crowd.node";

const SEEDS = Number.parseInt(process.env.APARTE_WALKS ?? "3", 10);

test("[P3] everybody agrees after every step of any history", async () => {
  const done = new Set<Step>();
  for (let seed = 0; seed < SEEDS; seed++) {
    const crowd = await Crowd.of(seed);
    for (let count = 0; count < 30; count++) done.add(await crowd.step());
  }
  expect(done.size, "every kind of step was taken").toBe(10);
}, 600_000);
