/** What the page says to a playout worklet. */

/** From the page, through the node's own port. */
export type SpeakerOrder = { port: MessagePort } | { outputLatencyUs: number } | { close: true };
