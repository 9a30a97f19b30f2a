import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type ReceivedPicture, VideoReceiver } from "./video";

class Decoder {
  static all: Decoder[] = [];
  state = "unconfigured";
  decodeQueueSize = 0;
  readonly got: number[] = [];
  refuse = false;
  constructor(readonly init: VideoDecoderInit) {
    Decoder.all.push(this);
  }
  configure(): void {
    this.state = "configured";
  }
  decode(chunk: { timestamp: number }): void {
    if (this.refuse) throw new Error("no");
    this.got.push(chunk.timestamp);
  }
  close(): void {
    this.state = "closed";
  }
  out(timestamp: number): { closed: number } {
    const frame = { timestamp, closed: 0, close: () => frame.closed++ };
    this.init.output(frame as unknown as VideoFrame);
    return frame;
  }
}

let clock = 0;
const states: string[] = [];
let asked = 0;

function receiver(): VideoReceiver {
  return new VideoReceiver(
    { state: (state) => states.push(state), keyNeeded: () => asked++ },
    (init) => new Decoder(init) as unknown as VideoDecoder,
    () => clock,
  );
}

/** Pictures of the pattern 0 2 1 2, a key frame at each index of `keys`. */
function pictures(length: number, keys = [0]): ReceivedPicture[] {
  return Array.from({ length }, (_, index) => ({
    counter: index,
    key: keys.includes(index),
    temporal: [0, 2, 1, 2][index % 4] ?? 0,
    tl0: Math.floor(index / 4) & 255,
    bytes: new Uint8Array(1),
    timeUs: index,
    codec: "vp09.00.10.08",
    colour: { matrix: 6, fullRange: false, primaries: 6 },
  }));
}

beforeEach(() => {
  clock = 0;
  asked = 0;
  states.length = 0;
  Decoder.all = [];
  vi.stubGlobal(
    "EncodedVideoChunk",
    class {
      readonly timestamp: number;
      constructor(init: { timestamp: number }) {
        this.timestamp = init.timestamp;
      }
    },
  );
});
afterEach(() => vi.unstubAllGlobals());

test("decodes in order and is live with the first picture", () => {
  const person = receiver();
  for (const picture of pictures(8)) person.push(picture);
  expect(Decoder.all[0]?.got).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  expect(person.state).toBe("waiting");
  expect(Decoder.all[0]?.out(0).closed).toBe(1);
  expect(states).toEqual(["live"]);
});

test("asks for a key frame at most once a second, and for as long as it needs one", () => {
  const person = receiver();
  for (const picture of pictures(60, [])) {
    person.push(picture);
    clock += 50_000;
  }
  expect(asked).toBe(3);
  expect(Decoder.all).toEqual([]);
});

test("a decoder that fails is made anew at the next key frame", () => {
  const person = receiver();
  const [first, second, third, , fifth] = pictures(5, [0, 4]);
  if (!first || !second || !third || !fifth) throw new Error("five pictures");
  person.push(first);
  Decoder.all[0]?.out(0);
  Decoder.all[0]?.init.error(new DOMException("broken", "EncodingError"));
  expect(states).toEqual(["live", "cannot-decode"]);
  expect(Decoder.all[0]?.state).toBe("closed");
  person.push(second);
  person.push(third);
  expect(asked).toBe(1);
  person.push(fifth);
  expect(Decoder.all[1]?.got).toEqual([4]);
  expect(Decoder.all[0]?.out(1).closed).toBe(1);
  Decoder.all[1]?.out(4);
  expect(states).toEqual(["live", "cannot-decode", "live"]);
});

test("a chunk that the decoder throws at counts as a failure", () => {
  const person = receiver();
  const [first, second] = pictures(2);
  if (!first || !second) throw new Error("two pictures");
  person.push(first);
  const [decoder] = Decoder.all;
  if (decoder) decoder.refuse = true;
  person.push(second);
  expect(person.state).toBe("cannot-decode");
  expect(asked).toBe(1);
});

test("a decoder that is behind is spared layer 2, then layer 1, then all", () => {
  for (const [queue, expected] of [
    [4, [0, 2, 4]],
    [7, [0, 4]],
    [31, [0]],
  ] as const) {
    Decoder.all = [];
    const person = receiver();
    for (const picture of pictures(5)) {
      person.push(picture);
      const [decoder] = Decoder.all;
      if (decoder) decoder.decodeQueueSize = queue;
    }
    expect(Decoder.all[0]?.got).toEqual(expected);
  }
});

test("another codec starts at a key frame with another decoder", () => {
  const person = receiver();
  const [first, second, , , fifth] = pictures(5, [0, 4]);
  if (!first || !second || !fifth) throw new Error("five pictures");
  person.push(first);
  person.push({ ...second, codec: "vp8" });
  expect(asked).toBe(1);
  person.push({ ...fifth, codec: "vp8" });
  expect(Decoder.all.map((decoder) => decoder.state)).toEqual(["closed", "configured"]);
});

test("after reset it waits for a key frame; after close it takes nothing", () => {
  const person = receiver();
  const all = pictures(5, [0, 4]);
  for (const picture of all.slice(0, 1)) person.push(picture);
  Decoder.all[0]?.out(0);
  person.reset();
  expect(states).toEqual(["live", "waiting"]);
  for (const picture of all.slice(1)) person.push(picture);
  expect(Decoder.all[1]?.got).toEqual([4]);
  person.close();
  for (const picture of pictures(20, [12]).slice(5)) person.push(picture);
  expect(Decoder.all.length).toBe(2);
});
