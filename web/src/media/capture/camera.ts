/** From a camera track to a stream of pictures that the session worker can read. */

/** One browser's way. Firefox (pictures read off a `<video>`) and Safari (the track itself goes to a worker) will have theirs. */
export interface FrameSource {
  readonly name: string;
  /** Whether this browser has what it needs. */
  supported(): boolean;
  /** The track's pictures, for the session worker ("camera" message, transferred). They end with the track. */
  start(track: MediaStreamTrack): ReadableStream<VideoFrame>;
}

/** Chromium: the track processor lives on the page, and its stream is transferred. */
export const mstpWindow: FrameSource = {
  name: "mstp-window",
  supported: () => "MediaStreamTrackProcessor" in globalThis,
  // One picture waits at most: a worker that is late gets the newest one.
  start: (track) => new MediaStreamTrackProcessor({ track, maxBufferSize: 1 }).readable,
};

const SOURCES: readonly FrameSource[] = [mstpWindow];

/** The best way that this browser has, or null. */
export function frameSource(): FrameSource | null {
  return SOURCES.find((source) => source.supported()) ?? null;
}
