import { expect, test } from "vitest";
import { isWhole } from "./whole";

const page = (...sheets: unknown[]): Pick<Document, "querySelectorAll"> =>
  ({ querySelectorAll: () => sheets.map((sheet) => ({ sheet })) }) as unknown as Pick<Document, "querySelectorAll">;

test("a page is whole when each of its style sheets is there [P24]", () => {
  expect(isWhole(page({}, {}))).toBe(true);
  expect(isWhole(page({}, null))).toBe(false);
});
