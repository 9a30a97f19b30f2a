/** The global scope of an AudioWorklet, which TypeScript's libraries leave out. Types only. */

declare global {
  /** Frames rendered since the context started; the first frame of the quantum being rendered. */
  const currentFrame: number;
  /** Frames a second. */
  const sampleRate: number;
  abstract class AudioWorkletProcessor {
    readonly port: MessagePort;
    abstract process(inputs: Float32Array[][], outputs: Float32Array[][]): boolean;
  }
  function registerProcessor(name: string, processor: new () => AudioWorkletProcessor): void;
}

export {};
