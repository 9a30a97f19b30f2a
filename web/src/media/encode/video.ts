/** From camera pictures to VP9 chunks with three temporal layers. Runs in the session worker. */
import type { Colour } from "../../e2ee/content";
import { ClockMap, nowUs } from "../clock";
import { colourOf } from "../colour";
import { fitted, type Rendition, vp9 } from "./size";

export interface EncodedPicture {
  bytes: Uint8Array;
  /** Decodable alone. */
  key: boolean;
  /** Temporal layer, 0 to 2. */
  temporal: number;
  /** Number of the latest picture of layer 0, modulo 256; a picture of layer 0 carries its own. */
  tl0: number;
  /** No later picture depends on it. */
  discardable: boolean;
  width: number;
  height: number;
  colour: Colour;
  /** Capture time on our clock, µs. */
  timeUs: number;
}

export interface PublisherEvents {
  picture(picture: EncodedPicture): void;
  /** The encoder failed and is being made anew with the next picture. */
  failed(reason: string): void;
  /** Whether the line is behind: then pictures are left out before they are encoded, which harms nothing but smoothness. */
  congested(): boolean;
}

/** The browser's encoder, replaceable in tests. */
export type EncoderMaker = (init: VideoEncoderInit) => VideoEncoder;

const KEY_INTERVAL_US = 1_000_000;
/** An encoder that fails again within this time rests as long before it is made anew. */
const REST_US = 1_000_000;
const QUEUE_LIMIT = 2;
/** Cameras jitter: a picture may come this much of the nominal interval early and still counts. */
const EARLIEST = 0.75;

/** One encoder of one fixed size at a time; another size is another encoder, and so starts with a key frame. */
export class VideoPublisher {
  private readonly clock = new ClockMap();
  private reader: ReadableStreamDefaultReader<VideoFrame> | null = null;
  private encoder: VideoEncoder | null = null;
  private source = "";
  private size = { width: 0, height: 0 };
  private colour: Colour = colourOf(undefined);
  private keyWanted = true;
  private keyAtUs = Number.NEGATIVE_INFINITY;
  private acceptedAtUs = Number.NEGATIVE_INFINITY;
  private failedAtUs = Number.NEGATIVE_INFINITY;
  private restUntilUs = Number.NEGATIVE_INFINITY;
  private tl0 = 255;

  constructor(
    private rendition: Rendition,
    private readonly events: PublisherEvents,
    private readonly make: EncoderMaker = (init) => new VideoEncoder(init),
    private readonly now: () => number = nowUs,
  ) {}

  /** Encodes what comes from `frames` until it ends or `stop` is called. An earlier source is let go. */
  start(frames: ReadableStream<VideoFrame>): void {
    this.release();
    const reader = frames.getReader();
    this.reader = reader;
    void this.run(reader);
  }

  stop(): void {
    this.release();
    this.discard();
  }

  setSize(rendition: Rendition): void {
    if (rendition.width !== this.rendition.width || rendition.height !== this.rendition.height) this.discard();
    this.rendition = rendition;
    const encoder = this.encoder;
    if (encoder?.state === "configured") encoder.configure(this.config());
  }

  /** Somebody cannot decode without one. Many requests within a second make one key frame. */
  requestKey(): void {
    this.keyWanted = true;
  }

  private async run(reader: ReadableStreamDefaultReader<VideoFrame>): Promise<void> {
    try {
      for (;;) {
        const { value: frame, done } = await reader.read();
        if (done) return;
        try {
          if (reader === this.reader) this.take(frame);
        } finally {
          frame.close();
        }
      }
    } catch {
      // The source broke: the page owns the camera, notices, and brings another one.
    }
  }

  private take(frame: VideoFrame): void {
    const now = this.now();
    this.clock.observe(frame.timestamp, now);
    const since = frame.timestamp - this.acceptedAtUs;
    if (since >= 0 && since < (EARLIEST * 1_000_000) / this.rendition.fps) return;
    if (this.events.congested()) return;
    const encoder = this.ready(frame, now);
    if (encoder === null || encoder.encodeQueueSize > QUEUE_LIMIT) return;
    this.acceptedAtUs = frame.timestamp;
    const key = this.keyWanted && now - this.keyAtUs >= KEY_INTERVAL_US;
    if (key) {
      this.keyWanted = false;
      this.keyAtUs = now;
    }
    try {
      encoder.encode(frame, { keyFrame: key });
    } catch (error) {
      this.fail(error);
    }
  }

  /** The encoder for pictures of this shape, or null while a failed one rests. */
  private ready(frame: VideoFrame, now: number): VideoEncoder | null {
    const source = `${frame.displayWidth}x${frame.displayHeight}`;
    if (this.encoder !== null && source === this.source) return this.encoder;
    if (now < this.restUntilUs) return null;
    this.discard();
    this.source = source;
    this.size = fitted(frame.displayWidth, frame.displayHeight, this.rendition);
    const { width, height } = this.size;
    const encoder: VideoEncoder = this.make({
      output: (chunk, metadata) => {
        if (encoder !== this.encoder) return;
        // Chromium tells with the first chunk and whenever it changes.
        const space = metadata?.decoderConfig?.colorSpace;
        if (space !== undefined) this.colour = colourOf(space);
        this.emit(chunk, metadata?.svc?.temporalLayerId ?? 0, width, height);
      },
      error: (error) => {
        if (encoder === this.encoder) this.fail(error);
      },
    });
    this.encoder = encoder;
    try {
      encoder.configure(this.config());
    } catch (error) {
      this.fail(error);
      return null;
    }
    // A new encoder's first picture is a key frame, whenever the last one was.
    this.keyWanted = true;
    this.keyAtUs = Number.NEGATIVE_INFINITY;
    return encoder;
  }

  private config(): VideoEncoderConfig {
    return {
      codec: vp9(this.size.width, this.size.height),
      ...this.size,
      bitrate: this.rendition.bitrate,
      framerate: this.rendition.fps,
      scalabilityMode: "L1T3",
      latencyMode: "realtime",
    };
  }

  private emit(chunk: EncodedVideoChunk, temporal: number, width: number, height: number): void {
    const key = chunk.type === "key";
    const layer = key ? 0 : temporal;
    if (layer === 0) this.tl0 = (this.tl0 + 1) & 255;
    const bytes = new Uint8Array(chunk.byteLength);
    chunk.copyTo(bytes);
    const timeUs = Math.round(chunk.timestamp + this.clock.offsetUs);
    this.events.picture({
      bytes,
      key,
      temporal: layer,
      tl0: this.tl0,
      discardable: layer === 2,
      width,
      height,
      colour: this.colour,
      timeUs,
    });
  }

  private fail(error: unknown): void {
    const now = this.now();
    if (now - this.failedAtUs < REST_US) this.restUntilUs = now + REST_US;
    this.failedAtUs = now;
    this.discard();
    this.events.failed(error instanceof Error ? error.name : "unknown");
  }

  private discard(): void {
    const encoder = this.encoder;
    this.encoder = null;
    if (encoder !== null && encoder.state !== "closed") encoder.close();
  }

  private release(): void {
    const reader = this.reader;
    this.reader = null;
    // Closed streams and broken sources refuse to be cancelled: either way they are let go.
    reader?.cancel().catch(() => undefined);
  }
}
