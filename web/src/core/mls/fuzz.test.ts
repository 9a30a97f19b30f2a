/** Whatever arrives is either refused by a rule or has the one spelling that it came in. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { hex } from "../octets";
import { follow, followFrom } from "./delivery";
import { MlsError } from "./errors";
import { commitOf, frame, group, INIT, infoOf, MAX, packageOf, SERVER, SUITE } from "./fixture";
import { PublicMessage } from "./framing";
import { readMessage, writeMessage } from "./message";
import { Add, Remove } from "./proposals";
import { Tree } from "./tree";

const RUNS = { numRuns: Number(process.env.APARTE_FUZZ ?? 400) };

const COMMIT = writeMessage(new PublicMessage(await frame(await commitOf({ proposals: [new Remove(0), INIT] }))));
const PROPOSAL = writeMessage(new PublicMessage(await frame(new Add(await packageOf()))));
const INFO = writeMessage(await infoOf());

/** Something sound with some octets changed, cut off or added; or nothing sound at all. */
function damaged(...sound: Uint8Array[]): fc.Arbitrary<Uint8Array> {
  const edits = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 });
  const wounded = fc.record({
    octets: fc.constantFrom(...sound),
    edits,
    cut: fc.nat(4),
    more: fc.uint8Array({ maxLength: 2 }),
  });
  return fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    wounded.map(({ octets, edits: changes, cut, more }) => {
      const copy = [...octets];
      for (const [at, octet] of changes) copy[at % copy.length] = octet;
      return Uint8Array.from([...copy.slice(0, copy.length - cut), ...more]);
    }),
  );
}

/** What an attempt gives, or `null` where a rule refuses it; anything else that is thrown is a fault. */
async function unlessRefused<T>(attempt: () => T | Promise<T>): Promise<T | null> {
  try {
    return await attempt();
  } catch (error) {
    if (error instanceof MlsError) return null;
    throw error;
  }
}

test("messages have one spelling", async () => {
  const property = fc.asyncProperty(damaged(COMMIT, PROPOSAL, INFO), async (octets) => {
    const again = await unlessRefused(() => writeMessage(readMessage(octets, MAX)));
    if (again !== null) expect(hex(again)).toBe(hex(octets));
  });
  await fc.assert(property, RUNS);
});

test("trees have one spelling", async () => {
  const property = fc.asyncProperty(damaged(group.tree.encoded), async (octets) => {
    const again = await unlessRefused(() => Tree.decode(SUITE, octets).encoded);
    if (again !== null) expect(hex(again)).toBe(hex(octets));
  });
  await fc.assert(property, RUNS);
});

test("commits and descriptions are followed or refused", async () => {
  const property = fc.asyncProperty(damaged(COMMIT, INFO), async (octets) => {
    await unlessRefused(() => follow(group, octets, SERVER, MAX));
    await unlessRefused(() => followFrom(SUITE, octets, group.tree.encoded, SERVER, MAX));
  });
  await fc.assert(property, RUNS);
});
