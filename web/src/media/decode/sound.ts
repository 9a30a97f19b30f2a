/** From one person's opened sound frames to samples for its playout worklet. Runs in the session worker. */
import type { SoundChunk } from "../../worker/messages";

/** An opened frame: the header's counter, and the content's fields (spec/wire.md). */
export interface ReceivedSound {
  counter: number;
  bytes: Uint8Array;
  channels: number;
  /** Capture time on the sender's clock, µs. */
  timeUs: number;
}

/** What the playout worklet says through the same port, ten times a second. */
export interface SoundReport {
  /** Capture time (sender's clock, µs) of what is heard now; null while nothing plays. */
  playedUs: number | null;
  /** Sound that is waiting to be played, ms. */
  depthMs: number;
  targetMs: number;
  /** How often sound ran out. */
  underruns: number;
}

export type SoundState = "waiting" | "live" | "cannot-decode";

export interface SoundReceiverEvents {
  state(state: SoundState): void;
  report(report: SoundReport): void;
}

export type SoundDecoderMaker = (init: AudioDecoderInit) => AudioDecoder;

const RATE = 48_000;
/** With more than this waiting the decoder does not keep up: sound that late is of no use. */
const QUEUE_LIMIT = 25;

export class SoundReceiver {
  state: SoundState = "waiting";
  private decoder: AudioDecoder | null = null;
  private channels = 0;
  private counter = -1;
  private port: MessagePort | null = null;

  constructor(
    private readonly events: SoundReceiverEvents,
    private readonly make: SoundDecoderMaker = (init) => new AudioDecoder(init),
  ) {}

  /** Where this person's sound goes; null decodes nothing. */
  attach(port: MessagePort | null): void {
    this.port?.close();
    this.port = port;
    if (port !== null) port.onmessage = (event: MessageEvent<SoundReport>) => this.events.report(event.data);
  }

  push(sound: ReceivedSound): void {
    if (sound.counter <= this.counter) return;
    this.counter = sound.counter;
    if (this.port === null) return;
    try {
      const decoder = this.decoderFor(sound.channels);
      if (decoder.decodeQueueSize > QUEUE_LIMIT) return;
      // Every Opus frame can be decoded without the ones before it. Gaps are closed where they are heard: in the playout worklet.
      decoder.decode(new EncodedAudioChunk({ type: "key", timestamp: sound.timeUs, data: sound.bytes }));
    } catch {
      this.fail();
    }
  }

  /** The person muted itself, or its keys are new. */
  reset(): void {
    this.discard();
    this.become("waiting");
  }

  close(): void {
    this.attach(null);
    this.discard();
  }

  private decoderFor(channels: number): AudioDecoder {
    if (this.decoder !== null && channels === this.channels) return this.decoder;
    this.discard();
    const decoder: AudioDecoder = this.make({
      output: (data) => {
        if (decoder === this.decoder) this.decoded(data);
        else data.close();
      },
      error: () => {
        if (decoder === this.decoder) this.fail();
      },
    });
    this.decoder = decoder;
    this.channels = channels;
    decoder.configure({ codec: "opus", sampleRate: RATE, numberOfChannels: channels });
    return decoder;
  }

  private decoded(data: AudioData): void {
    try {
      const samples = mono(data);
      const chunk: SoundChunk = { samples, timeUs: data.timestamp };
      this.port?.postMessage(chunk, [samples.buffer]);
    } finally {
      data.close();
    }
    this.become("live");
  }

  private fail(): void {
    this.discard();
    this.become("cannot-decode");
  }

  private become(state: SoundState): void {
    if (state === this.state) return;
    this.state = state;
    this.events.state(state);
  }

  private discard(): void {
    const decoder = this.decoder;
    this.decoder = null;
    if (decoder !== null && decoder.state !== "closed") decoder.close();
  }
}

function mono(data: AudioData): Float32Array<ArrayBuffer> {
  const sum = new Float32Array(data.numberOfFrames);
  data.copyTo(sum, { planeIndex: 0, format: "f32-planar" });
  const channels = data.numberOfChannels;
  if (channels === 1) return sum;
  const other = new Float32Array(data.numberOfFrames);
  for (let channel = 1; channel < channels; channel++) {
    data.copyTo(other, { planeIndex: channel, format: "f32-planar" });
    for (let index = 0; index < sum.length; index++) sum[index] = (sum[index] ?? 0) + (other[index] ?? 0);
  }
  for (let index = 0; index < sum.length; index++) sum[index] = (sum[index] ?? 0) / channels;
  return sum;
}
