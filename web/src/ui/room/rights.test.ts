import { expect, test } from "vitest";
import { DIRECTING, NAMES, namesOf, Rights, SENDING, STREAMS } from "../../core/policy/rights";
import { directing, named, sendable, sending } from "./rights";

test("people read every right that there is something of, and nothing else", () => {
  // A stream that is added to the table gets its switch.
  expect([...sending]).toEqual([...STREAMS.values()].flatMap((right) => namesOf(right)));
  expect([...sendable]).toEqual(namesOf(SENDING));
  expect([...directing]).toEqual(namesOf(DIRECTING));
  expect([...NAMES.values()]).toEqual(expect.arrayContaining([...sending, ...directing]));
  expect([...named(Rights.SOUND | Rights.ADMIT)]).toEqual(["sound:send", "person:admit"]);
});
