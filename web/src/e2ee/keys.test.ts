/** Keys come from secrets of their size; what has another size is no link's. */
import { expect, test } from "vitest";
import { deriveDoor, deriveLinkKeys, SECRET_SIZE, sealName } from "./keys";

const SECRET = new Uint8Array(SECRET_SIZE);
const MEETING = new Uint8Array(16);

test("a link secret has 32 bytes, and a meeting id 16", async () => {
  await deriveLinkKeys(SECRET, MEETING);
  for (const size of [0, 31, 33]) await expect(deriveDoor(new Uint8Array(size))).rejects.toThrow(RangeError);
  for (const size of [0, 15, 17])
    await expect(deriveLinkKeys(SECRET, new Uint8Array(size))).rejects.toThrow(RangeError);
});

test("a name is sealed with a nonce of 12 bytes, under a name and label that somebody may have", async () => {
  const { nameKey } = await deriveLinkKeys(SECRET, MEETING);
  const seal = (nonce: number, name: string, label = "") =>
    sealName(nameKey, MEETING, new Uint8Array(16), new Uint8Array(32), new Uint8Array(nonce), name, label);
  expect(await seal(12, "Ada")).toHaveLength(220);
  await expect(seal(11, "Ada")).rejects.toThrow(RangeError);
  await expect(seal(12, "")).rejects.toThrow("bad-name");
  await expect(seal(12, "Ada", "x".repeat(65))).rejects.toThrow(RangeError);
});
