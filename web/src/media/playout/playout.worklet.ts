/** Plays one remote person: SoundChunks come by a port from the session worker, and reports go back through it. */

import type { SoundChunk } from "../../worker/messages";
import type { SoundReport } from "../decode/sound";
import { JitterBuffer } from "./jitter";
import type { SpeakerOrder } from "./orders";

const REPORT_SECONDS = 0.1;

class Playout extends AudioWorkletProcessor {
  private readonly buffer = new JitterBuffer(sampleRate);
  private source: MessagePort | null = null;
  private outputLatencyUs = 0;
  private reportFrame = 0;
  private open = true;

  constructor() {
    super();
    this.port.onmessage = (event: MessageEvent<SpeakerOrder>) => this.obey(event.data);
  }

  override process(_inputs: Float32Array[][], outputs: Float32Array[][]): boolean {
    const output = outputs[0]?.[0];
    if (output !== undefined) this.buffer.pull(output, currentFrame);
    if (currentFrame >= this.reportFrame) {
      this.reportFrame = currentFrame + REPORT_SECONDS * sampleRate;
      this.report();
    }
    return this.open;
  }

  private obey(order: SpeakerOrder): void {
    if ("port" in order) {
      this.source = order.port;
      this.source.onmessage = (event: MessageEvent<SoundChunk>) => {
        this.buffer.push(event.data.samples, event.data.timeUs, currentFrame);
      };
    } else if ("outputLatencyUs" in order) {
      this.outputLatencyUs = order.outputLatencyUs;
    } else {
      this.open = false;
      this.source?.close();
    }
  }

  private report(): void {
    const playing = this.buffer.report();
    const playedUs = playing.playedUs === null ? null : playing.playedUs - this.outputLatencyUs;
    const report: SoundReport = { ...playing, playedUs };
    this.source?.postMessage(report);
  }
}

registerProcessor("aparte-playout", Playout);
