import { expect, test } from "vitest";
import { NAMES, namesOf, Rights, SENDING } from "../../core/policy/rights";
import { directing, named, sending } from "./rights";

test("people read every right of the table, and nothing else", () => {
  expect([...sending, ...directing]).toEqual([...NAMES.values()]);
  expect([...sending]).toEqual(namesOf(SENDING));
  expect([...named(Rights.SOUND | Rights.ADMIT)]).toEqual(["sound:send", "person:admit"]);
});
