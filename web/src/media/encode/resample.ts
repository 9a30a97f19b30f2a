/** Brings sound of another sample rate to the rate that the codec takes. */

/**
 * Linear interpolation over a running stream. The microphone's context runs at 48 kHz and the browser resamples better than this:
 * it is for browsers that give another rate than the one asked for.
 */
export class Resampler {
  private readonly step: number;
  /** Where the next output sample lies, in input samples after `last`. */
  private position = 1;
  private last = 0;

  constructor(from: number, to: number) {
    this.step = from / to;
  }

  /** The output samples that this piece of input completes; what is left counts towards the next piece. */
  push(input: Float32Array): Float32Array {
    const count = Math.max(0, Math.floor((input.length - this.position) / this.step) + 1);
    const output = new Float32Array(count);
    let position = this.position;
    for (let index = 0; index < count; index++) {
      const whole = Math.floor(position);
      const before = whole === 0 ? this.last : (input[whole - 1] ?? 0);
      const after = input[whole] ?? before;
      output[index] = before + (after - before) * (position - whole);
      position += this.step;
    }
    this.position = position - input.length;
    this.last = input[input.length - 1] ?? this.last;
    return output;
  }
}
