import { describe, expect, it } from "vitest";
import { NONE, Rights } from "../core/policy/rights";
import { parseHeader, Stream } from "../core/wire/header";
import { Outgoing } from "./outgoing";

const KEY = new Uint8Array(32).fill(7);
const SOUND = { bytes: Uint8Array.of(1, 2, 3), timeUs: 0, level: 20, channels: 1, durationUnits: 200 };

function outgoing(): { out: Outgoing; streams: () => number[] } {
  const sent: Uint8Array[] = [];
  const out = new Outgoing(
    (message) => sent.push(message) > 0,
    async () => undefined,
    () => expect.unreachable("everything can be sealed"),
  );
  return { out, streams: () => sent.map((message) => parseHeader(message).stream) };
}

describe("what is sent", () => {
  it("is nothing that needs a right which is missing; states and proofs need none [P6]", async () => {
    const { out, streams } = outgoing();
    const speak = () => out.sound(SOUND);
    await out.rekey(KEY, 1, 1n, Rights.CAMERA);
    speak();
    out.state(false, false);
    out.proof(Uint8Array.of(1));
    await expect.poll(streams).toEqual([Stream.STATE, Stream.PROOF]);
    await out.rekey(KEY, 1, 2n, Rights.SOUND);
    expect([out.may(Stream.SOUND), out.may(Stream.CAMERA)]).toEqual([true, false]);
    speak();
    await expect.poll(streams).toEqual([Stream.STATE, Stream.PROOF, Stream.SOUND]);
    // What waits to be sealed while the right is taken stays here as well.
    speak();
    await out.rekey(KEY, 1, 3n, NONE);
    out.state(false, false);
    await expect.poll(() => streams().length).toBe(4);
    expect(streams().at(-1)).toBe(Stream.STATE);
    out.forget();
    expect(out.may(Stream.SOUND)).toBe(false);
  });
});
