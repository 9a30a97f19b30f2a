import { expect, test } from "vitest";
import { withLink } from "./calendar";

const address = "https://meet.example/m/AAAAAAAAAAAAAAAAAAAAAA";
const link = `${address}#${"s".repeat(43)}`;

test("the whole link stands where the address stood, also when the address was folded", () => {
  const file = `BEGIN:VEVENT\r\nURL:${address.slice(0, 20)}\r\n ${address.slice(20)}\r\nSUMMARY:Été ${"é".repeat(60)}\r\nEND:VEVENT\r\n`;
  const made = withLink(file, address, link);
  for (const line of made.split("\r\n")) expect(new TextEncoder().encode(line).length).toBeLessThanOrEqual(75);
  const whole = made.replace(/\r\n /g, "");
  expect(whole).toContain(`URL:${link}\r\n`);
  expect(whole).toContain(`SUMMARY:Été ${"é".repeat(60)}\r\n`);
  expect(whole.replaceAll(link, address)).toBe(file.replace(/\r\n /g, ""));
});
