import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type EncodedSound, SoundPublisher } from "./sound";

class Encoder {
  static all: Encoder[] = [];
  state = "unconfigured";
  encodeQueueSize = 0;
  config: AudioEncoderConfig | null = null;
  constructor(readonly init: AudioEncoderInit) {
    Encoder.all.push(this);
  }
  configure(config: AudioEncoderConfig): void {
    this.state = "configured";
    this.config = config;
  }
  encode(): void {
    const chunk = { byteLength: 2, copyTo: (to: Uint8Array) => to.set([7, 8]) };
    this.init.output(chunk as unknown as EncodedAudioChunk);
  }
  close(): void {
    this.state = "closed";
  }
}

let open = 0;

function publisher() {
  const sounds: EncodedSound[] = [];
  const failures: string[] = [];
  const voice = new SoundPublisher(
    { sound: (sound) => sounds.push(sound), failed: (reason) => failures.push(reason) },
    (init) => new Encoder(init) as unknown as AudioEncoder,
  );
  return { voice, sounds, failures };
}

beforeEach(() => {
  Encoder.all = [];
  open = 0;
  vi.stubGlobal(
    "AudioData",
    class {
      constructor() {
        open += 1;
      }
      close(): void {
        open -= 1;
      }
    },
  );
});
afterEach(() => vi.unstubAllGlobals());

const chunk = (index: number, sampleRate = 48_000) => ({
  samples: new Float32Array(sampleRate / 100).fill(0.1),
  sampleRate,
  timeUs: 1_000_000 + index * 10_000,
});

test("two pieces of 10 ms make one frame of 20 ms with level and time", () => {
  const { voice, sounds } = publisher();
  for (let index = 0; index < 4; index++) voice.push(chunk(index));
  expect(Encoder.all[0]?.config).toMatchObject({
    codec: "opus",
    sampleRate: 48_000,
    numberOfChannels: 1,
    bitrate: 32_000,
    bitrateMode: "constant",
    opus: { frameDuration: 20_000, usedtx: false },
  });
  const common = { bytes: new Uint8Array([7, 8]), channels: 1, durationUnits: 200, level: 20 };
  expect(sounds).toEqual([
    { ...common, timeUs: 1_000_000 },
    { ...common, timeUs: 1_020_000 },
  ]);
  expect(open).toBe(0);
});

test("44.1 kHz becomes 48 kHz", () => {
  const { voice, sounds } = publisher();
  for (let index = 0; index < 100; index++) voice.push(chunk(index, 44_100));
  expect(sounds.length).toBeGreaterThanOrEqual(49);
  expect(Math.abs((sounds[48]?.timeUs ?? 0) - 1_960_000)).toBeLessThan(1000);
});

test("a failed encoder is reported and made anew; one that is behind is spared", () => {
  const { voice, sounds, failures } = publisher();
  for (let index = 0; index < 2; index++) voice.push(chunk(index));
  Encoder.all[0]?.init.error(new DOMException("broken", "EncodingError"));
  expect(failures).toEqual(["EncodingError"]);
  for (let index = 2; index < 4; index++) voice.push(chunk(index));
  expect(Encoder.all.length).toBe(2);
  const second = Encoder.all[1];
  if (second) second.encodeQueueSize = 11;
  for (let index = 4; index < 6; index++) voice.push(chunk(index));
  expect(sounds.length).toBe(2);
  expect(open).toBe(0);
});

test("pieces come by a port until it is stopped", async () => {
  const { voice, sounds } = publisher();
  const { port1, port2 } = new MessageChannel();
  voice.start(port1);
  for (let index = 0; index < 2; index++) port2.postMessage(chunk(index));
  await vi.waitFor(() => expect(sounds.length).toBe(1));
  voice.stop();
  expect(Encoder.all[0]?.state).toBe("closed");
  port2.close();
});
