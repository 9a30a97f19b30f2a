import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { SoundChunk } from "../../worker/messages";
import { SoundReceiver, type SoundReport } from "./sound";

class Decoder {
  static all: Decoder[] = [];
  state = "unconfigured";
  decodeQueueSize = 0;
  channels = 0;
  readonly got: number[] = [];
  constructor(readonly init: AudioDecoderInit) {
    Decoder.all.push(this);
  }
  configure(config: AudioDecoderConfig): void {
    this.state = "configured";
    this.channels = config.numberOfChannels;
  }
  decode(chunk: { timestamp: number }): void {
    this.got.push(chunk.timestamp);
  }
  close(): void {
    this.state = "closed";
  }
  out(timestamp: number, planes: number[]): { closed: number } {
    const data = {
      timestamp,
      numberOfFrames: 960,
      numberOfChannels: planes.length,
      closed: 0,
      copyTo: (to: Float32Array, options: { planeIndex: number }) => to.fill(planes[options.planeIndex] ?? 0),
      close: () => data.closed++,
    };
    this.init.output(data as unknown as AudioData);
    return data;
  }
}

const states: string[] = [];
const reports: SoundReport[] = [];
const receiver = (): SoundReceiver =>
  new SoundReceiver(
    { state: (state) => states.push(state), report: (report) => reports.push(report) },
    (init) => new Decoder(init) as unknown as AudioDecoder,
  );
const frame = (counter: number, channels = 1) => ({
  counter,
  channels,
  bytes: new Uint8Array(3),
  timeUs: counter * 20_000,
});

beforeEach(() => {
  Decoder.all = [];
  states.length = 0;
  reports.length = 0;
  vi.stubGlobal(
    "EncodedAudioChunk",
    class {
      readonly timestamp: number;
      constructor(init: { timestamp: number }) {
        this.timestamp = init.timestamp;
      }
    },
  );
});
afterEach(() => vi.unstubAllGlobals());

test("samples go to the port as mono with their capture time; reports come back", async () => {
  const person = receiver();
  const { port1, port2 } = new MessageChannel();
  person.attach(port1);
  const chunks: SoundChunk[] = [];
  port2.onmessage = ({ data }: MessageEvent<SoundChunk>) => chunks.push(data);
  person.push(frame(1, 2));
  expect(Decoder.all[0]?.channels).toBe(2);
  expect(Decoder.all[0]?.out(20_000, [0.5, 0.25]).closed).toBe(1);
  await vi.waitFor(() => expect(chunks.length).toBe(1));
  expect(chunks[0]?.timeUs).toBe(20_000);
  expect(new Set(chunks[0]?.samples)).toEqual(new Set([0.375]));
  expect(states).toEqual(["live"]);
  const report: SoundReport = { playedUs: 5, depthMs: 30, targetMs: 10, underruns: 0 };
  port2.postMessage(report);
  await vi.waitFor(() => expect(reports).toEqual([report]));
  person.close();
  port2.close();
});

test("nothing is decoded without a port, nothing twice, and no backlog builds up", () => {
  const person = receiver();
  person.push(frame(1));
  expect(Decoder.all).toEqual([]);
  const { port1 } = new MessageChannel();
  person.attach(port1);
  for (const counter of [2, 3, 3, 1, 7]) person.push(frame(counter));
  const [decoder] = Decoder.all;
  if (decoder) decoder.decodeQueueSize = 26;
  person.push(frame(8));
  expect(decoder?.got).toEqual([40_000, 60_000, 140_000]);
  person.close();
  expect(decoder?.state).toBe("closed");
});

test("a failed decoder is made anew with the next frame", () => {
  const person = receiver();
  const { port1 } = new MessageChannel();
  person.attach(port1);
  person.push(frame(1));
  Decoder.all[0]?.init.error(new DOMException("broken", "EncodingError"));
  expect(person.state).toBe("cannot-decode");
  person.push(frame(2));
  expect(Decoder.all[0]?.out(1, [0]).closed).toBe(1);
  expect(states).toEqual(["cannot-decode"]);
  Decoder.all[1]?.out(2, [0]);
  person.reset();
  expect(states).toEqual(["cannot-decode", "live", "waiting"]);
  person.close();
});
