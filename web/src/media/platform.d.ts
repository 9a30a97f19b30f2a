/** What browsers have and TypeScript's DOM library does not know yet. */

declare module "*?code" {
  /** The script that the build made of this module and everything that it imports. */
  const code: import("../guard/trusted").Code;
  export default code;
}

/** Chromium, on the page: the pictures of a track as a stream. */
declare class MediaStreamTrackProcessor {
  constructor(init: { track: MediaStreamTrack; maxBufferSize?: number });
  readonly readable: ReadableStream<VideoFrame>;
}

/** Chromium, on the page: a track whose pictures come from a stream. */
declare class MediaStreamTrackGenerator extends MediaStreamTrack {
  constructor(init: { kind: "video" });
  readonly writable: WritableStream<VideoFrame>;
}

interface AudioContext {
  /** Chromium: which loudspeaker plays. */
  setSinkId?(sinkId: string): Promise<void>;
}

interface EncodedVideoChunkMetadata {
  svc?: { temporalLayerId?: number };
}
