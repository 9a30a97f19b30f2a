/** From microphone samples to Opus frames of 20 ms. Runs in the session worker. */
import type { MicrophoneChunk } from "../../worker/messages";
import { level } from "../level";
import { Framer } from "./framer";
import { Resampler } from "./resample";

export interface EncodedSound {
  bytes: Uint8Array;
  /** -dBov, 0 loudest to 127 silence. */
  level: number;
  channels: number;
  /** Duration in units of 100 µs. */
  durationUnits: number;
  /** Capture time of the first sample on our clock, µs. */
  timeUs: number;
}

export interface SoundPublisherEvents {
  sound(sound: EncodedSound): void;
  /** The encoder failed and is being made anew. */
  failed(reason: string): void;
}

export type SoundEncoderMaker = (init: AudioEncoderInit) => AudioEncoder;

const RATE = 48_000;
const FRAME = 960;
const DURATION_UNITS = 200;
/** With more than this waiting the encoder does not keep up; sound is left out rather than sent late. */
const QUEUE_LIMIT = 10;

const CONFIG: AudioEncoderConfig = {
  codec: "opus",
  sampleRate: RATE,
  numberOfChannels: 1,
  bitrate: 32_000,
  // Frames of equal size: the size of a variable rate would tell an observer what is being said (RFC 6562).
  bitrateMode: "constant",
  opus: { frameDuration: 20_000, usedtx: false },
};

export class SoundPublisher {
  private port: MessagePort | null = null;
  private rate = 0;
  private resampler: Resampler | null = null;
  private framer = new Framer(FRAME, RATE);
  private encoder: AudioEncoder | null = null;
  /** What belongs to the frames inside the encoder, in order. */
  private inside: { level: number; timeUs: number }[] = [];

  constructor(
    private readonly events: SoundPublisherEvents,
    private readonly make: SoundEncoderMaker = (init) => new AudioEncoder(init),
  ) {}

  /** Encodes the MicrophoneChunks that come from `port`. An earlier port is let go. */
  start(port: MessagePort): void {
    this.release();
    this.port = port;
    port.onmessage = (event: MessageEvent<MicrophoneChunk>) => this.push(event.data);
  }

  stop(): void {
    this.release();
    this.discard();
    this.framer = new Framer(FRAME, RATE);
    this.resampler = null;
    this.rate = 0;
  }

  push(chunk: MicrophoneChunk): void {
    if (chunk.sampleRate !== this.rate) {
      this.rate = chunk.sampleRate;
      this.resampler = chunk.sampleRate === RATE ? null : new Resampler(chunk.sampleRate, RATE);
    }
    const samples = this.resampler?.push(chunk.samples) ?? chunk.samples;
    for (const frame of this.framer.push(samples, chunk.timeUs)) this.encode(frame.samples, frame.timeUs);
  }

  private encode(samples: Float32Array, timeUs: number): void {
    try {
      this.encoder ??= this.open();
      if (this.encoder.encodeQueueSize > QUEUE_LIMIT) return;
      const data = new AudioData({
        format: "f32-planar",
        sampleRate: RATE,
        numberOfFrames: samples.length,
        numberOfChannels: 1,
        timestamp: timeUs,
        data: samples as Float32Array<ArrayBuffer>,
      });
      try {
        this.inside.push({ level: level(samples), timeUs });
        this.encoder.encode(data);
      } finally {
        data.close();
      }
    } catch (error) {
      this.fail(error);
    }
  }

  private open(): AudioEncoder {
    const encoder: AudioEncoder = this.make({
      output: (chunk) => {
        if (encoder === this.encoder) this.emit(chunk);
      },
      error: (error) => {
        if (encoder === this.encoder) this.fail(error);
      },
    });
    encoder.configure(CONFIG);
    return encoder;
  }

  private emit(chunk: EncodedAudioChunk): void {
    const meta = this.inside.shift();
    if (meta === undefined) return;
    const bytes = new Uint8Array(chunk.byteLength);
    chunk.copyTo(bytes);
    this.events.sound({ bytes, channels: 1, durationUnits: DURATION_UNITS, ...meta });
  }

  private fail(error: unknown): void {
    this.discard();
    this.events.failed(error instanceof Error ? error.name : "unknown");
  }

  private discard(): void {
    const encoder = this.encoder;
    this.encoder = null;
    this.inside = [];
    if (encoder !== null && encoder.state !== "closed") encoder.close();
  }

  private release(): void {
    this.port?.close();
    this.port = null;
  }
}
