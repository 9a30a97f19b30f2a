/**
 * Decides which pictures of a stream may go to the decoder. A VP9 decoder that misses a picture shows wrong ones and says nothing,
 * so what is missing is read from the authenticated header alone: `tl0` counts the pictures of layer 0, `counter` all of them.
 *
 * Layers follow the pattern 0 2 1 2. Layer 0 depends on the one before it, layer 1 on layer 0, the second layer 2 on layer 1.
 */

/** What the sequencer reads of a picture. */
export interface PictureMarks {
  counter: number;
  key: boolean;
  temporal: number;
  tl0: number;
}

export type Verdict =
  | "decode"
  /** Older than what was decoded already. */
  | "late"
  /** Depends on a picture of layer 1 that did not come. Nothing is to be done: the next picture of layer 0 mends it. */
  | "spoiled"
  /** Depends on a picture of layer 0 that did not come: only a key frame mends it. */
  | "hold";

export class Sequencer {
  private holding = true;
  private counter = -1;
  private tl0 = 0;
  private tl0Counter = 0;
  /** Whether pictures of layer 2 lack what they depend on. */
  private gap = false;

  accept(picture: PictureMarks): Verdict {
    if (picture.counter <= this.counter) return "late";
    const skipped = picture.counter !== this.counter + 1;
    this.counter = picture.counter;
    if (picture.key) {
      this.holding = false;
      this.gap = false;
      this.remember(picture);
      return "decode";
    }
    if (this.holding) return "hold";
    const expected = picture.temporal === 0 ? (this.tl0 + 1) & 255 : this.tl0;
    // 256 lost pictures of layer 0 would go round the number: they would also have taken at least as many counters.
    if (picture.tl0 !== expected || picture.counter - this.tl0Counter >= 256) {
      this.holding = true;
      return "hold";
    }
    if (picture.temporal === 0) {
      this.gap = false;
      this.remember(picture);
      return "decode";
    }
    if (picture.temporal === 1) {
      // Whatever was skipped before it was of layer 2: there is one picture of layer 1 for each of layer 0.
      this.gap = false;
      return "decode";
    }
    if (skipped) this.gap = true;
    return this.gap ? "spoiled" : "decode";
  }

  /** The decoder lost its state or left a picture of layer 0 out: wait for a key frame. */
  reset(): void {
    this.holding = true;
  }

  /** The decoder left a picture of layer 1 or 2 out on purpose. */
  leftOut(): void {
    this.gap = true;
  }

  private remember(picture: PictureMarks): void {
    this.tl0 = picture.tl0;
    this.tl0Counter = picture.counter;
  }
}
