import { expect, test } from "vitest";
import { instantOf, offsetOf, wallOf } from "./zones";

const at = (text: string): number => Date.parse(text) / 1000;

test("a wall time is an instant of its zone, in summer and in winter", () => {
  expect(instantOf("2026-11-30", "09:30", "Europe/Paris")).toBe(at("2026-11-30T08:30:00Z"));
  expect(instantOf("2026-07-01", "09:30", "Europe/Paris")).toBe(at("2026-07-01T07:30:00Z"));
  expect(instantOf("2026-07-01", "09:30", "Asia/Kathmandu")).toBe(at("2026-07-01T03:45:00Z"));
  expect(instantOf("2026-07-01", "00:15", "America/New_York")).toBe(at("2026-07-01T04:15:00Z"));
});

test("a time that the clocks leave out is later, and of one that comes twice it is the first", () => {
  expect(instantOf("2027-03-28", "02:30", "Europe/Paris")).toBe(at("2027-03-28T01:30:00Z"));
  expect(instantOf("2026-10-25", "02:30", "Europe/Paris")).toBe(at("2026-10-25T00:30:00Z"));
});

test("what is no time or no zone is none", () => {
  expect(instantOf("", "09:30", "Europe/Paris")).toBeNull();
  expect(instantOf("2026-11-30", "", "Europe/Paris")).toBeNull();
  expect(instantOf("2026-11-30", "09:30", "Europe/Atlantis")).toBeNull();
});

test("instants read back as they were entered", () => {
  for (const zone of ["Europe/Paris", "America/Sao_Paulo", "Pacific/Chatham", "UTC"]) {
    for (let day = 1; day <= 28; day++) {
      const date = `2027-03-${String(day).padStart(2, "0")}`;
      const instant = instantOf(date, "14:05", zone);
      expect(instant).not.toBeNull();
      expect(wallOf(instant ?? 0, zone)).toEqual({ date, time: "14:05" });
    }
  }
  expect(offsetOf(0, "UTC")).toBe(0);
});
