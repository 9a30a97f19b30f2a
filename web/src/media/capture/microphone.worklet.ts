/** Collects the microphone's sound in pieces of 10 ms and hands them to the session worker, each with its capture time. */

import type { MicrophoneChunk } from "../../worker/messages";
import { level } from "../level";
import type { MicrophoneOrder, MicrophoneReport } from "./orders";

const PIECE_SECONDS = 0.01;
const REPORT_PIECES = 10;

class Microphone extends AudioWorkletProcessor {
  private target: MessagePort | null = null;
  private offsetUs: number | null = null;
  private muted = false;
  private open = true;
  private piece = new Float32Array(Math.round(PIECE_SECONDS * sampleRate));
  private filled = 0;
  private pieces = 0;
  private loudest = 127;

  constructor() {
    super();
    this.port.onmessage = (event: MessageEvent<MicrophoneOrder>) => this.obey(event.data);
  }

  override process(inputs: Float32Array[][]): boolean {
    const channels = inputs[0] ?? [];
    const first = channels[0];
    // A track that has ended gives no channels: nothing is sent then, rather than silence that nobody was there to hear.
    if (first === undefined) return this.open;
    for (let index = 0; index < first.length; index++) {
      let sum = 0;
      for (const channel of channels) sum += channel[index] ?? 0;
      this.piece[this.filled++] = sum / channels.length;
      if (this.filled === this.piece.length) this.finish(currentFrame + index + 1);
    }
    return this.open;
  }

  private finish(endFrame: number): void {
    const samples = this.piece;
    this.filled = 0;
    this.loudest = Math.min(this.loudest, level(samples));
    if (++this.pieces % REPORT_PIECES === 0) {
      const report: MicrophoneReport = { level: this.loudest };
      this.port.postMessage(report);
      this.loudest = 127;
    }
    if (this.muted || this.target === null || this.offsetUs === null) return;
    const timeUs = ((endFrame - samples.length) * 1_000_000) / sampleRate + this.offsetUs;
    const chunk: MicrophoneChunk = { samples, sampleRate, timeUs };
    this.target.postMessage(chunk, [samples.buffer]);
    // The transfer took the samples away.
    this.piece = new Float32Array(Math.round(PIECE_SECONDS * sampleRate));
  }

  private obey(order: MicrophoneOrder): void {
    if ("port" in order) {
      this.target?.close();
      this.target = order.port;
    } else if ("offsetUs" in order) {
      this.offsetUs = order.offsetUs;
    } else if ("muted" in order) {
      this.muted = order.muted;
    } else {
      this.open = false;
      this.target?.close();
    }
  }
}

registerProcessor("aparte-microphone", Microphone);
