/** Keys come from secrets of their size; what has another size is no link's. */
import { expect, test } from "vitest";
import { deriveDoor, deriveLinkKeys, SECRET_SIZE, sealIdentity } from "./keys";

const SECRET = new Uint8Array(SECRET_SIZE);
const MEETING = new Uint8Array(16);

test("a link secret has 32 bytes, and a meeting id 16", async () => {
  await deriveLinkKeys(SECRET, MEETING);
  for (const size of [0, 31, 33]) await expect(deriveDoor(new Uint8Array(size))).rejects.toThrow(RangeError);
  for (const size of [0, 15, 17])
    await expect(deriveLinkKeys(SECRET, new Uint8Array(size))).rejects.toThrow(RangeError);
});

test("a seat has 16 bytes, and a nonce 12", async () => {
  const { nameKey } = await deriveLinkKeys(SECRET, MEETING);
  const seal = (seat: number, nonce: number) =>
    sealIdentity(nameKey, MEETING, new Uint8Array(seat), new Uint8Array(nonce), "Ada");
  await seal(16, 12);
  await expect(seal(15, 12)).rejects.toThrow(RangeError);
  await expect(seal(16, 11)).rejects.toThrow(RangeError);
});
