/** Whatever comes over the wire, a parser answers with a value or with WireError, and nothing else. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { b64Decode, b64Encode } from "./b64";
import { type ClientMessage, decodeClient, decodeServer, encodeClient } from "./control";
import { WireError } from "./errors";
import { buildHeader, type Header, parseHeader } from "./header";
import { utf8Decode, utf8Encode, utf8Length } from "./utf8";

const RUNS = { numRuns: 5_000 };

/** What the function gives, or null when it throws the one error that it may throw. */
function orRefused<T>(run: () => T): T | null {
  try {
    return run();
  } catch (error) {
    expect(error).toBeInstanceOf(WireError);
    return null;
  }
}

const headers: fc.Arbitrary<Header> = fc
  .record({
    stream: fc.constantFrom(0, 1, 2, 3),
    rendition: fc.nat(2),
    temporal: fc.nat(2),
    key: fc.boolean(),
    tl0: fc.nat(255),
    counter: fc.nat(0xffff_ffff),
  })
  .map(({ stream, rendition, temporal, key, tl0, counter }): Header => {
    const camera = stream === 2;
    return {
      stream,
      rendition: camera ? rendition : 0,
      temporal: camera ? temporal : 0,
      key: camera && temporal === 0 && key,
      discardable: camera && temporal === 2,
      tl0: camera ? tl0 : 0,
      counter,
    };
  });

const seat = fc.uint8Array({ minLength: 16, maxLength: 16 }).map(b64Encode);
const epoch = fc.nat(Number.MAX_SAFE_INTEGER);
const octets = (minLength: number, maxLength: number) =>
  fc.uint8Array({ minLength, maxLength }).map((data) => Uint8Array.from(data));
const messages: fc.Arbitrary<ClientMessage> = fc.oneof(
  fc.record({ t: fc.constant("create" as const), group: octets(16, 64), info: octets(1, 60), tree: octets(1, 60) }),
  fc.record({ t: fc.constant("commit" as const), commit: octets(1, 60), info: octets(1, 60) }),
  fc.record({ t: fc.constant("nack" as const), epoch }),
  fc.record({ t: fc.constant("ping" as const), n: epoch }),
);

describe("headers", () => {
  it("survive anything [P19]", () => {
    const message = fc.oneof(
      fc.uint8Array({ maxLength: 64 }),
      fc.uint8Array({ minLength: 25, maxLength: 64 }).map((data) => Uint8Array.of(0x11, ...data)),
    );
    fc.assert(
      fc.property(message, (data) => {
        const header = orRefused(() => parseHeader(data));
        if (header !== null) expect(buildHeader(header)).toEqual(Uint8Array.from(data.subarray(0, 8)));
      }),
      RUNS,
    );
  });

  it("come back as they were", () => {
    fc.assert(
      fc.property(headers, (header) => {
        const message = new Uint8Array(25);
        message.set(buildHeader(header));
        expect(parseHeader(message)).toEqual(header);
      }),
    );
  });

  it("that could not be read are not written", () => {
    const good: Header = { stream: 2, rendition: 0, temporal: 0, key: false, discardable: false, tl0: 0, counter: 0 };
    for (const wrong of [
      { stream: 4 as 2 },
      { rendition: 3 },
      { temporal: 4 },
      { temporal: -1 },
      { temporal: 2 },
      { temporal: 0.5 },
      { discardable: true },
      { tl0: 256 },
      { counter: 2 ** 32 },
      { counter: -1 },
      { counter: Number.NaN },
      { stream: 1 as const, tl0: 1 },
    ]) {
      expect(orRefused(() => buildHeader({ ...good, ...wrong }))).toBeNull();
    }
  });
});

describe("control messages", () => {
  it("survive any text [P19]", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 40 }), (text) => {
        orRefused(() => decodeClient(text));
        orRefused(() => decodeServer(text));
      }),
      RUNS,
    );
  });

  it("survive any JSON with a type [P19]", () => {
    const types = fc.constantFrom(
      "hello",
      "create",
      "commit",
      "nack",
      "turn",
      "reopened",
      "refresh",
      "ping",
      "welcome",
      "resumed",
      "refused",
      "bye",
    );
    const value = fc.oneof(fc.integer(), fc.boolean(), fc.constant(null), seat, fc.constant([]), fc.constant({}));
    const names = fc.constantFrom("v", "n", "epoch", "seat", "group", "info", "tree", "commit", "resume", "reason");
    fc.assert(
      fc.property(types, fc.dictionary(names, value, { maxKeys: 6 }), (t, fields) => {
        const text = JSON.stringify({ t, ...fields });
        orRefused(() => decodeClient(text));
        orRefused(() => decodeServer(text));
      }),
      RUNS,
    );
  });

  it("survive changes in good ones [P19]", () => {
    fc.assert(
      fc.property(messages, fc.nat(), fc.string({ maxLength: 3 }), fc.nat(3), (message, at, patch, drop) => {
        const text = encodeClient(message);
        const place = at % text.length;
        const changed = text.slice(0, place) + patch + text.slice(place + drop);
        const read = orRefused(() => decodeClient(changed));
        if (read !== null) expect(decodeClient(encodeClient(read))).toEqual(read);
      }),
      RUNS,
    );
  });

  it("come back as they were", () => {
    fc.assert(
      fc.property(messages, (message) => {
        expect(decodeClient(encodeClient(message))).toEqual(message);
      }),
    );
  });

  it("nested without end are refused", () => {
    expect(orRefused(() => decodeClient("[".repeat(500_000)))).toBeNull();
    expect(orRefused(() => decodeClient('{"t":'.repeat(80_000)))).toBeNull();
  });
});

describe("text forms", () => {
  it("b64 has one spelling of each value", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (data) => {
        const text = b64Encode(data);
        expect(text).toBe(Buffer.from(data).toString("base64url"));
        expect(b64Decode(text)).toEqual(Uint8Array.from(data));
      }),
    );
    fc.assert(
      fc.property(fc.string({ maxLength: 12 }), (text) => {
        const data = b64Decode(text);
        if (data !== null) expect(b64Encode(data)).toBe(text);
      }),
      RUNS,
    );
  });

  it("UTF-8 is the platform's", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const data = utf8Encode(text);
        expect(data).toEqual(Uint8Array.from(new TextEncoder().encode(text)));
        expect(utf8Decode(data ?? new Uint8Array())).toBe(text);
        expect(utf8Length(text)).toBe(data?.length);
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array(), (data) => {
        let expected: string | null;
        try {
          expected = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(data);
        } catch {
          expected = null;
        }
        expect(utf8Decode(data)).toBe(expected);
      }),
      RUNS,
    );
  });
});
