/** From one person's opened camera frames to pictures. Runs in the session worker, one for each person and rendition. */
import type { Colour } from "../../e2ee/content";
import { nowUs } from "../clock";
import { sameColour, spaceOf } from "../colour";
import { type PictureMarks, Sequencer } from "./sequencer";
import { type PictureTarget, Show, type Surface, surface } from "./show";
import { LipSync } from "./sync";

/** An opened frame: the header's marks, and the content's fields (spec/wire.md). */
export interface ReceivedPicture extends PictureMarks {
  bytes: Uint8Array;
  /** Capture time on the sender's clock, µs. */
  timeUs: number;
  /** WebCodecs codec string; it may change at a key frame only. */
  codec: string;
  /** How its pixels are to be read; a change takes effect at a key frame. */
  colour: Colour;
}

export type PictureState = "waiting" | "live" | "cannot-decode";

export interface ReceiverEvents {
  state(state: PictureState): void;
  /** Ask the sender for a key frame. Comes at most once a second. */
  keyNeeded(): void;
}

export type DecoderMaker = (init: VideoDecoderInit) => VideoDecoder;

const ASK_INTERVAL_US = 1_000_000;
/** From these lengths of the decoder's queue on, layer 2, then layer 1 are left out: the machine is too slow for all of them. */
const QUEUE_LAYER_2 = 3;
const QUEUE_LAYER_1 = 6;
const QUEUE_ALL = 30;

export class VideoReceiver {
  state: PictureState = "waiting";
  private readonly sequencer = new Sequencer();
  private readonly sync = new LipSync();
  private readonly show: Show;
  private decoder: VideoDecoder | null = null;
  private codec = "";
  private colour: Colour | null = null;
  private askedAtUs = Number.NEGATIVE_INFINITY;
  private closed = false;

  constructor(
    private readonly events: ReceiverEvents,
    private readonly make: DecoderMaker = (init) => new VideoDecoder(init),
    private readonly now: () => number = nowUs,
  ) {
    this.show = new Show(now);
  }

  /** Where this person's pictures go; null decodes without showing. */
  attach(target: PictureTarget | null): void {
    this.attachSurface(target === null ? null : surface(target));
  }

  attachSurface(next: Surface | null): void {
    this.show.attach(next);
  }

  /** What the playout worklet says: at this moment it plays what was captured at `playedUs`. */
  soundPlays(playedUs: number): void {
    this.sync.played(playedUs, this.now());
  }

  push(picture: ReceivedPicture): void {
    if (this.closed) return;
    const verdict = this.sequencer.accept(picture);
    if (verdict === "hold") this.askForKey();
    if (verdict !== "decode") return;
    const decoder = this.decoderFor(picture);
    if (decoder === null) return;
    if (!picture.key && this.overloaded(decoder.decodeQueueSize, picture.temporal)) return;
    try {
      decoder.decode(
        new EncodedVideoChunk({ type: picture.key ? "key" : "delta", timestamp: picture.timeUs, data: picture.bytes }),
      );
    } catch {
      this.fail();
    }
  }

  /** The person's camera is off, or its keys are new: what comes next starts with a key frame. */
  reset(): void {
    this.discard();
    this.show.clear();
    this.sequencer.reset();
    this.become("waiting");
  }

  close(): void {
    this.closed = true;
    this.discard();
    this.show.clear();
    this.show.attach(null);
  }

  /** Leaves pictures out while the decoder is behind, the most dispensable first. Returns whether this one is left out. */
  private overloaded(queue: number, temporal: number): boolean {
    if (queue > QUEUE_ALL) {
      this.sequencer.reset();
      this.askForKey();
      return true;
    }
    if ((temporal === 2 && queue > QUEUE_LAYER_2) || (temporal === 1 && queue > QUEUE_LAYER_1)) {
      this.sequencer.leftOut();
      return true;
    }
    return false;
  }

  private decoderFor(picture: ReceivedPicture): VideoDecoder | null {
    const recoloured = picture.key && (this.colour === null || !sameColour(picture.colour, this.colour));
    if (this.decoder !== null && picture.codec === this.codec && !recoloured) return this.decoder;
    if (!picture.key) {
      this.sequencer.reset();
      this.askForKey();
      return null;
    }
    this.discard();
    const decoder: VideoDecoder = this.make({
      output: (frame) => {
        if (decoder === this.decoder) this.decoded(frame);
        else frame.close();
      },
      error: () => {
        if (decoder === this.decoder) this.fail();
      },
    });
    this.decoder = decoder;
    this.codec = picture.codec;
    this.colour = picture.colour;
    try {
      decoder.configure({ codec: picture.codec, colorSpace: spaceOf(picture.colour), optimizeForLatency: true });
    } catch {
      this.fail();
      return null;
    }
    return decoder;
  }

  private decoded(frame: VideoFrame): void {
    this.become("live");
    this.show.push(frame, this.sync.dueUs(frame.timestamp, this.now()));
  }

  private fail(): void {
    this.discard();
    this.sequencer.reset();
    this.become("cannot-decode");
    this.askForKey();
  }

  private askForKey(): void {
    const now = this.now();
    if (now - this.askedAtUs < ASK_INTERVAL_US) return;
    this.askedAtUs = now;
    this.events.keyNeeded();
  }

  private become(state: PictureState): void {
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
