/** The files of spec/vectors/wire that concern headers and control messages. */

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { decodeClient, decodeServer, encodeClient, encodeServer } from "./control";
import { type CloseReason, WireError } from "./errors";
import { buildHeader, HEADER_SIZE, type Header, parseHeader } from "./header";

type Sender = "client" | "server";

function load<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../../../../spec/vectors/wire/${name}`, import.meta.url), "utf8")) as T;
}

function decode(from: Sender, text: string) {
  return from === "client" ? decodeClient(text) : decodeServer(text);
}

describe("header", () => {
  interface Sized {
    header: string;
    size: number;
  }
  const { valid, invalid } = load<{
    valid: (Sized & Header)[];
    invalid: (Sized & { why: string; reason: CloseReason })[];
  }>("headers.json");

  function messageOf({ header, size }: Sized): Uint8Array {
    const message = new Uint8Array(size);
    message.set(Buffer.from(header, "hex"));
    return message;
  }

  it("of every allowed shape is read and written", () => {
    for (const { header, size, ...fields } of valid) {
      const message = messageOf({ header, size });
      expect(parseHeader(message)).toEqual(fields);
      expect(buildHeader(fields)).toEqual(message.slice(0, HEADER_SIZE));
    }
  });

  it.each(invalid)("is refused: $why", (broken) => {
    expect(() => parseHeader(messageOf(broken))).toThrow(new WireError(broken.reason));
  });
});

describe("control message", () => {
  interface Broken {
    why: string;
    from: Sender;
    text: string;
    reason: CloseReason;
    pad?: number;
    repeat?: number;
  }
  const { valid, invalid } = load<{
    valid: { from: Sender; text: string; octets: Record<string, string> }[];
    invalid: Broken[];
  }>("control.json");

  it("of every type is read and written", () => {
    for (const { from, text, octets } of valid) {
      const message = decode(from, text);
      const written =
        from === "client"
          ? encodeClient(message as ReturnType<typeof decodeClient>)
          : encodeServer(message as ReturnType<typeof decodeServer>);
      expect(written).toBe(text);
      for (const [path, octet] of Object.entries(octets)) {
        let value: unknown = message;
        for (const name of path.split(".")) value = (value as Record<string, unknown>)[name];
        expect(value).toEqual(Uint8Array.from(Buffer.from(octet, "hex")));
      }
    }
  });

  it.each(invalid)("from a $from is refused: $why", ({ from, text, pad = 0, repeat = 1, reason }) => {
    const whole = text.padStart(pad).replace("@", "é".repeat(repeat));
    expect(() => decode(from, whole)).toThrow(new WireError(reason));
  });
});
