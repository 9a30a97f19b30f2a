/** Cuts a stream of sound into the codec's frames of equal length, each with its capture time. */

export interface SoundFrame {
  samples: Float32Array;
  /** Capture time of the first sample, µs. */
  timeUs: number;
}

/** Pieces whose times do not join by more than this start afresh: the microphone was muted or changed. */
const SEAM_US = 20_000;

export class Framer {
  private frame: Float32Array;
  private filled = 0;
  private startUs = 0;

  constructor(
    private readonly length: number,
    private readonly rate: number,
  ) {
    this.frame = new Float32Array(length);
  }

  /** The frames that this piece completes. */
  push(samples: Float32Array, timeUs: number): SoundFrame[] {
    const expected = this.startUs + (this.filled * 1_000_000) / this.rate;
    if (this.filled > 0 && Math.abs(timeUs - expected) > SEAM_US) this.filled = 0;
    const frames: SoundFrame[] = [];
    let taken = 0;
    while (taken < samples.length) {
      if (this.filled === 0) this.startUs = timeUs + (taken * 1_000_000) / this.rate;
      const piece = samples.subarray(taken, taken + this.length - this.filled);
      this.frame.set(piece, this.filled);
      this.filled += piece.length;
      taken += piece.length;
      if (this.filled === this.length) {
        frames.push({ samples: this.frame, timeUs: Math.round(this.startUs) });
        this.frame = new Float32Array(this.length);
        this.filled = 0;
      }
    }
    return frames;
  }
}
