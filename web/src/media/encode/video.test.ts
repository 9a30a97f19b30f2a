import { expect, test, vi } from "vitest";
import { LARGE, SMALL } from "./size";
import { type EncodedPicture, VideoPublisher } from "./video";

class Encoder {
  state = "unconfigured";
  encodeQueueSize = 0;
  readonly configs: VideoEncoderConfig[] = [];
  readonly keys: boolean[] = [];
  private phase = 0;
  refuse = false;
  constructor(readonly init: VideoEncoderInit) {}
  configure(config: VideoEncoderConfig): void {
    this.state = "configured";
    this.configs.push(config);
  }
  encode(frame: { timestamp: number }, { keyFrame }: { keyFrame: boolean }): void {
    if (this.refuse) throw new DOMException("no", "OperationError");
    this.keys.push(keyFrame);
    if (keyFrame) this.phase = 0;
    const temporal = [0, 2, 1, 2][this.phase++ % 4] ?? 0;
    const chunk = {
      type: keyFrame ? "key" : "delta",
      byteLength: 3,
      timestamp: frame.timestamp,
      copyTo: (to: Uint8Array) => to.set([1, 2, 3]),
    };
    this.init.output(
      chunk as unknown as EncodedVideoChunk,
      { svc: { temporalLayerId: temporal } } as EncodedVideoChunkMetadata,
    );
  }
  close(): void {
    this.state = "closed";
  }
}

function studio() {
  const encoders: Encoder[] = [];
  const pictures: EncodedPicture[] = [];
  const failures: string[] = [];
  const frames: { closed: number }[] = [];
  const state = { congested: false, nowUs: 1_000_000_000 };
  const publisher = new VideoPublisher(
    SMALL,
    {
      picture: (picture) => pictures.push(picture),
      failed: (reason) => failures.push(reason),
      congested: () => state.congested,
    },
    (init) => {
      const encoder = new Encoder(init);
      encoders.push(encoder);
      return encoder as unknown as VideoEncoder;
    },
    () => state.nowUs,
  );
  let sink: ReadableStreamDefaultController<VideoFrame> | undefined;
  let timestamp = 0;
  const open = (): void => {
    publisher.start(
      new ReadableStream<VideoFrame>({
        start: (controller) => {
          sink = controller;
        },
      }),
    );
  };
  /** One picture of the camera, and the time until the next one. */
  const film = async (width = 1280, height = 720, intervalUs = 33_333): Promise<void> => {
    const frame = { timestamp, displayWidth: width, displayHeight: height, closed: 0, close: () => frame.closed++ };
    timestamp += intervalUs;
    state.nowUs += intervalUs;
    frames.push(frame);
    sink?.enqueue(frame as unknown as VideoFrame);
    await vi.waitFor(() => expect(frame.closed).toBe(1), { interval: 1 });
  };
  open();
  return { encoders, pictures, failures, frames, state, publisher, film, open };
}

test("three temporal layers, numbered, at a fixed size, every frame closed once", async () => {
  const { encoders, pictures, frames, film } = studio();
  for (let count = 0; count < 9; count++) await film();
  expect(encoders[0]?.configs[0]).toMatchObject({
    codec: "vp09.00.21.08",
    width: 640,
    height: 360,
    bitrate: 600_000,
    scalabilityMode: "L1T3",
    latencyMode: "realtime",
  });
  expect(pictures.map(({ temporal, tl0, key, discardable }) => [temporal, tl0, key, discardable])).toEqual([
    [0, 0, true, false],
    [2, 0, false, true],
    [1, 0, false, false],
    [2, 0, false, true],
    [0, 1, false, false],
    [2, 1, false, true],
    [1, 1, false, false],
    [2, 1, false, true],
    [0, 2, false, false],
  ]);
  expect(pictures[0]).toMatchObject({ width: 640, height: 360, timeUs: 1_000_033_333 });
  expect(pictures[0]?.bytes).toEqual(new Uint8Array([1, 2, 3]));
  expect(pictures[8]?.timeUs).toBe(1_000_033_333 + 8 * 33_333);
  expect(frames.map((frame) => frame.closed)).toEqual(Array(9).fill(1));
});

test("key frames on demand, many requests of one second in one key frame, none forgotten", async () => {
  const { encoders, publisher, film } = studio();
  for (let count = 0; count < 90; count++) {
    if (count === 5 || count === 6 || count === 20) publisher.requestKey();
    await film();
  }
  const keys = encoders[0]?.keys.flatMap((key, index) => (key ? [index] : []));
  // The first is the encoder's start; the request after it waits for its second to pass.
  expect(keys).toEqual([0, 31]);
});

test("a busy encoder or line skips pictures before they are encoded", async () => {
  const { encoders, pictures, state, film } = studio();
  await film();
  state.congested = true;
  await film();
  state.congested = false;
  await film();
  const [encoder] = encoders;
  if (encoder) encoder.encodeQueueSize = 3;
  await film();
  expect(pictures.map((picture) => picture.temporal)).toEqual([0, 2]);
});

test("a faster camera is thinned to the rendition's rate", async () => {
  const { pictures, film } = studio();
  for (let count = 0; count < 60; count++) await film(1280, 720, 16_667);
  expect(pictures.length).toBe(30);
});

test("another size, or another shape of the camera, is another encoder that starts with a key frame", async () => {
  const { encoders, pictures, publisher, film } = studio();
  await film();
  await film();
  publisher.setSize(LARGE);
  await film();
  await film(720, 1280);
  expect(encoders.map((encoder) => encoder.state)).toEqual(["closed", "closed", "configured"]);
  expect(pictures.map(({ width, height, key, tl0 }) => [width, height, key, tl0])).toEqual([
    [640, 360, true, 0],
    [640, 360, false, 0],
    [1280, 720, true, 1],
    [720, 1280, true, 2],
  ]);
});

test("another bit rate at the same size keeps the encoder", async () => {
  const { encoders, publisher, film } = studio();
  await film();
  publisher.setSize({ ...SMALL, bitrate: 200_000 });
  await film();
  expect(encoders.length).toBe(1);
  expect(encoders[0]?.configs[1]).toMatchObject({ width: 640, bitrate: 200_000 });
});

test("a failed encoder is reported and made anew; one that keeps failing rests for a second", async () => {
  const { encoders, failures, pictures, film } = studio();
  await film();
  encoders[0]?.init.error(new DOMException("broken", "EncodingError"));
  await film();
  expect(pictures.map((picture) => picture.key)).toEqual([true, true]);
  const second = encoders[1];
  if (second) second.refuse = true;
  await film();
  expect(failures).toEqual(["EncodingError", "OperationError"]);
  for (let count = 0; count < 29; count++) await film();
  expect(encoders.length).toBe(2);
  await film();
  await film();
  expect(encoders.length).toBe(3);
  expect(pictures[2]?.key).toBe(true);
});

test("after stop nothing is encoded; a second start goes on with the numbers", async () => {
  const { encoders, pictures, publisher, film, open } = studio();
  await film();
  publisher.stop();
  expect(encoders[0]?.state).toBe("closed");
  open();
  await film();
  expect(pictures.map(({ key, tl0 }) => [key, tl0])).toEqual([
    [true, 0],
    [true, 1],
  ]);
});
