/** What sealing and opening promise, tried from all sides. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HEADER_SIZE, parseHeader, Stream } from "../../core/wire/header";
import { MAX_CAMERA, MAX_COUNTER, MIN_SEALED } from "../../core/wire/limits";
import { ContentError, parseSound, parseState, parseVideo } from "../content";
import { SealError, type SealReason } from "./errors";
import { parseSFrameHeader } from "./header";
import { Opener } from "./opener";
import { SIZE } from "./replay";
import { type Marks, Sealer } from "./sealer";

const BASE_KEY = new Uint8Array(32).fill(7);
const PLAIN: Marks = { temporal: 0, key: false, discardable: false, tl0: 0 };
const CHUNK = Uint8Array.of(1, 2, 3, 4, 5);

function sealerOf(leaf = 1, stream: Stream = Stream.SOUND, rendition = 0): Sealer {
  const sealer = new Sealer(stream, rendition);
  sealer.rekey(BASE_KEY, leaf, 5n);
  return sealer;
}

function openerOf(members = [0, 1, 2]): Opener {
  const opener = new Opener();
  opener.rekey(BASE_KEY, 5n, 0, members, 0);
  return opener;
}

async function outcome(opening: Promise<unknown>): Promise<SealReason | "opened"> {
  try {
    await opening;
    return "opened";
  } catch (error) {
    if (error instanceof SealError) return error.reason;
    throw error;
  }
}

async function sealMany(count: number, sealer = sealerOf()): Promise<Uint8Array[]> {
  const messages: Uint8Array[] = [];
  for (let i = 0; i < count; i++) messages.push(await sealer.seal(PLAIN, CHUNK));
  return messages;
}

describe("a sealer", () => {
  it("seals nothing without a key", async () => {
    expect(await outcome(new Sealer(Stream.SOUND, 0).seal(PLAIN, CHUNK))).toBe("no-key");
  });

  it("refuses what the header cannot say, and spends no number on it", async () => {
    const sealer = sealerOf();
    expect(await outcome(sealer.seal({ ...PLAIN, key: true }, CHUNK))).toBe("malformed");
    expect(await outcome(sealer.seal({ ...PLAIN, tl0: 1 }, CHUNK))).toBe("malformed");
    expect(await outcome(sealer.seal(PLAIN, new Uint8Array(4_096)))).toBe("too-large");
    expect(parseHeader(await sealer.seal(PLAIN, CHUNK)).counter).toBe(0);
  });

  it("seals pictures up to the limit of the wire", async () => {
    const sealer = sealerOf(1, Stream.CAMERA);
    const room = MAX_CAMERA - HEADER_SIZE - 9 - 16;
    const message = await sealer.seal({ ...PLAIN, key: true }, new Uint8Array(room));
    expect(parseHeader(message).key).toBe(true);
    expect(await outcome(sealer.seal(PLAIN, new Uint8Array(room + 1)))).toBe("too-large");
  });

  it("seals nothing more when its numbers are used up [P11]", async () => {
    const sealer = sealerOf();
    Object.assign(sealer, { counter: MAX_COUNTER }); // four billion frames, shortened
    expect(parseHeader(await sealer.seal(PLAIN, CHUNK)).counter).toBe(MAX_COUNTER);
    sealer.rekey(BASE_KEY, 1, 6n);
    expect(await outcome(sealer.seal(PLAIN, CHUNK))).toBe("exhausted");
  });

  it("never uses a number twice, whatever the keys [P11]", async () => {
    const sealer = new Sealer(Stream.SOUND, 0);
    const keys: [Uint8Array, number, bigint][] = [
      [BASE_KEY, 1, 5n],
      [new Uint8Array(32).fill(8), 1, 6n],
      [BASE_KEY, 1, 5n],
      [BASE_KEY, 2, 5n],
    ];
    const calls: Promise<Uint8Array>[] = [];
    for (let round = 0; round < 400; round++) {
      const [baseKey, leaf, epoch] = keys[round % keys.length] ?? [BASE_KEY, 1, 5n];
      sealer.rekey(baseKey, leaf, epoch);
      calls.push(sealer.seal(PLAIN, CHUNK), sealer.seal(PLAIN, CHUNK));
    }
    const counters = (await Promise.all(calls)).map((message) => parseHeader(message).counter);
    expect(counters).toEqual([...Array(800).keys()]);
  });

  it("has keys of its own for each leaf and context [B28]", async () => {
    const bodies = new Set<string>();
    for (const leaf of [1, 2, 3]) {
      for (const [stream, rendition] of [
        [0, 0],
        [1, 0],
        [2, 0],
        [2, 1],
        [2, 2],
      ] as const) {
        const message = await sealerOf(leaf, stream, rendition).seal(PLAIN, CHUNK);
        const { size } = parseSFrameHeader(message.subarray(HEADER_SIZE));
        // Nonces differ too; what is compared is that one plaintext and number never gives one ciphertext.
        bodies.add(
          Buffer.from(message.subarray(HEADER_SIZE + size, HEADER_SIZE + size + CHUNK.length)).toString("hex"),
        );
      }
    }
    expect(bodies.size).toBe(15);
    // A frame under the name of another leaf asks for that leaf's key, and does not open.
    const message = await sealerOf(1).seal(PLAIN, CHUNK);
    const renamed = message.slice();
    renamed[11] = 2;
    expect(parseSFrameHeader(renamed.subarray(HEADER_SIZE)).kid).toBe(0x10_0002_05n);
    expect(await outcome(openerOf().open(renamed, 1))).toBe("not-authentic");
    expect(await outcome(openerOf().open(message, 1))).toBe("opened");
  });
});

describe("an opener", () => {
  it("opens nothing of what its sender may not send, not even of the epoch before [P6]", async () => {
    const opener = openerOf();
    const [sound, state] = [sealerOf(), sealerOf(1, Stream.STATE)];
    const late = await sealMany(2, sound);
    const other = await sealMany(1, sealerOf(2));
    const first = opener.open(late[0] as Uint8Array, 1);
    opener.rekey(new Uint8Array(32).fill(8), 6n, 0, [0, 1, 2], 1, new Map([[1, new Set([Stream.SOUND])]]));
    // What was being opened while the right was taken does not come through either.
    expect(await outcome(first)).toBe("not-permitted");
    expect(await outcome(opener.open(late[1] as Uint8Array, 2))).toBe("not-permitted");
    expect(await outcome(opener.open(other[0] as Uint8Array, 2))).toBe("opened");
    expect(await outcome(opener.open(await state.seal(PLAIN, CHUNK), 2))).toBe("opened");
    sound.rekey(new Uint8Array(32).fill(8), 1, 6n);
    expect(await outcome(opener.open(await sound.seal(PLAIN, CHUNK), 2))).toBe("not-permitted");
    opener.rekey(new Uint8Array(32).fill(9), 7n, 0, [0, 1, 2], 3);
    sound.rekey(new Uint8Array(32).fill(9), 1, 7n);
    expect(await outcome(opener.open(await sound.seal(PLAIN, CHUNK), 3))).toBe("opened");
  });

  it("looks for no tag where there is no room for one", async () => {
    const message = await sealerOf().seal(PLAIN, new Uint8Array(0));
    for (let size = HEADER_SIZE + MIN_SEALED; size < message.length; size++) {
      expect(await outcome(openerOf().open(message.subarray(0, size), 0))).toBe("malformed");
    }
  });

  it("refuses every flipped bit of header and sealed part [P12]", async () => {
    for (const [stream, marks] of [
      [Stream.SOUND, PLAIN],
      [Stream.CAMERA, { temporal: 1, key: false, discardable: false, tl0: 9 }],
      [Stream.CAMERA, { temporal: 0, key: true, discardable: false, tl0: 9 }],
    ] as const) {
      const opener = openerOf();
      const message = await sealerOf(1, stream).seal(marks, CHUNK);
      for (let bit = 0; bit < message.length * 8; bit++) {
        const changed = message.slice();
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(await outcome(opener.open(changed, 1)), `bit ${bit}`).not.toBe("opened");
      }
      // None of those marked the window.
      expect(await outcome(opener.open(message, 1))).toBe("opened");
    }
  });

  it("opens of two that come at once only one [P11]", async () => {
    const opener = openerOf();
    for (const message of await sealMany(50)) {
      const results = await Promise.all([1, 2, 3].map((now) => outcome(opener.open(message, now))));
      expect(results.sort()).toEqual(["opened", "replayed", "replayed"]);
    }
  });

  it("opens what is swapped inside the window, and nothing twice or behind it [P11]", async () => {
    const messages = await sealMany(SIZE + 20);
    await fc.assert(
      fc.asyncProperty(fc.infiniteStream(fc.nat(SIZE - 1)), async (picks) => {
        const opener = openerOf();
        const waiting = messages.slice();
        // Frames overtake each other; some fall behind the window.
        const order: Uint8Array[] = [];
        for (const pick of picks) {
          const [next] = waiting.splice(pick % Math.min(waiting.length, 40), 1);
          if (next === undefined) break;
          order.push(next);
          if (waiting.length === 0) break;
        }
        for (const message of order) {
          const { counter } = parseHeader(message);
          const highest = Math.max(...order.slice(0, order.indexOf(message)).map((m) => parseHeader(m).counter), -1);
          const expected = highest - counter < SIZE ? "opened" : "replayed";
          expect(await outcome(opener.open(message, 1))).toBe(expected);
          expect(await outcome(opener.open(message, 1))).toBe("replayed");
        }
      }),
      { numRuns: 5 },
    );
  });

  it("says whose frame it refused", async () => {
    const [message] = await sealMany(1);
    const refusal = await new Opener().open(message ?? CHUNK, 0).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ reason: "unknown-epoch", leaf: 1, stream: Stream.SOUND });
    const noise = await new Opener().open(new Uint8Array(40), 0).catch((error: unknown) => error);
    expect(noise).toMatchObject({ reason: "malformed", leaf: null, stream: null });
  });

  it("takes no epoch that does not come after the one in force, and no leaf over 16 bits", () => {
    const opener = openerOf();
    expect(() => opener.rekey(BASE_KEY, 5n, 0, [0], 1)).toThrow(RangeError);
    expect(() => opener.rekey(BASE_KEY, 4n, 0, [0], 1)).toThrow(RangeError);
    expect(() => opener.rekey(BASE_KEY, 6n, 0, [65_536], 1)).toThrow(RangeError);
  });

  it("drops the keys of an epoch 3 s after its end, frames or not [P8]", async () => {
    const [first, second] = await sealMany(2);
    const opener = openerOf();
    opener.rekey(new Uint8Array(32).fill(8), 6n, 0, [0, 1], 1_000);
    expect(await outcome(opener.open(first ?? CHUNK, 3_999))).toBe("opened");
    opener.expire(4_000);
    expect(await outcome(opener.open(second ?? CHUNK, 3_999))).toBe("unknown-epoch");
  });

  it("survives anything [P19]", async () => {
    const opener = openerOf();
    const good = (await sealMany(1))[0] ?? CHUNK;
    const noise = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc.tuple(fc.nat(good.length - 1), fc.uint8Array({ maxLength: 4 }), fc.nat(4)).map(([at, patch, drop]) => {
        return Uint8Array.of(...good.subarray(0, at), ...patch, ...good.subarray(at + drop));
      }),
    );
    await fc.assert(
      fc.asyncProperty(noise, async (message) => {
        await outcome(opener.open(message, 1));
      }),
      { numRuns: 3_000 },
    );
  });

  it("whose content is anything survives it [P19]", () => {
    const known = fc.tuple(fc.constantFrom(1, 2), fc.nat(6), fc.uint8Array({ maxLength: 20 }));
    const plaintext = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      known.map(([layout, codec, rest]) => Uint8Array.of(layout, codec, 0, ...rest)),
      fc.json({ maxDepth: 2 }).map((text) => new TextEncoder().encode(text)),
    );
    fc.assert(
      fc.property(plaintext, (data) => {
        for (const parse of [parseState, parseSound, parseVideo]) {
          try {
            parse(data);
          } catch (error) {
            expect(error).toBeInstanceOf(ContentError);
          }
        }
      }),
      { numRuns: 3_000 },
    );
  });
});
