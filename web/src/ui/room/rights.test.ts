import { expect, test } from "vitest";
import { NAMES, namesOf, Rights, SENDING } from "../../core/policy/rights";
import { directing, sending } from "./rights";

test("people read every right of the table, and nothing else", () => {
  expect([...sending, ...directing]).toEqual([...NAMES.values()]);
  expect([...sending]).toEqual(namesOf(SENDING));
  expect(namesOf(Rights.SOUND)).toEqual(["sound:send"]);
});
