/** Hears two inputs, what was said and what arrived, and tells when a tone begins in each, and the strength of 440 Hz in the second. */

const HZ = 440;
const BLOCK = 4800;
const LOUD = 0.05;
/** So long must it be quiet before a beginning counts, s. */
const QUIET_SECONDS = 0.1;

class Ear {
  private quiet = 0;

  /** The frames at which a tone begins in this block. */
  hear(samples: Float32Array | undefined, frame: number): number | null {
    if (samples === undefined) return null;
    for (let index = 0; index < samples.length; index++) {
      if (Math.abs(samples[index] ?? 0) < LOUD) {
        this.quiet += 1;
      } else {
        const begins = this.quiet > QUIET_SECONDS * sampleRate;
        this.quiet = 0;
        if (begins) return frame + index;
      }
    }
    return null;
  }
}

class Probe extends AudioWorkletProcessor {
  private readonly ears = [new Ear(), new Ear()];
  private readonly block = new Float32Array(BLOCK);
  private filled = 0;

  override process(inputs: Float32Array[][]): boolean {
    for (const [index, ear] of this.ears.entries()) {
      const frame = ear.hear(inputs[index]?.[0], currentFrame);
      if (frame !== null) this.port.postMessage({ ear: index, ms: (frame * 1000) / sampleRate });
    }
    const heard = inputs[1]?.[0];
    if (heard !== undefined) {
      for (const sample of heard) {
        this.block[this.filled++] = sample;
        if (this.filled === BLOCK) this.measure();
      }
    }
    return true;
  }

  /** Which share of the block's energy lies at 440 Hz: 1 for a pure tone. */
  private measure(): void {
    this.filled = 0;
    let [real, imaginary, energy] = [0, 0, 0];
    for (let index = 0; index < BLOCK; index++) {
      const sample = this.block[index] ?? 0;
      const angle = (2 * Math.PI * HZ * index) / sampleRate;
      real += sample * Math.cos(angle);
      imaginary += sample * Math.sin(angle);
      energy += sample * sample;
    }
    if (energy / BLOCK > 1e-3) this.port.postMessage({ purity: (2 * (real ** 2 + imaginary ** 2)) / (BLOCK * energy) });
  }
}

registerProcessor("probe", Probe);
