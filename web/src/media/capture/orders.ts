/** What the page and the microphone worklet say to each other. */

/** From the page, through the node's own port. */
export type MicrophoneOrder =
  | { port: MessagePort }
  /** What to add to the context's time to get ours, µs. */
  | { offsetUs: number }
  | { muted: boolean }
  | { close: true };

/** To the page, ten times a second. */
export interface MicrophoneReport {
  /** -dBov, of the sound itself: also while muted. */
  level: number;
}
