/** Where a person's pictures appear on the page: a `<video>` fed by a track, or a canvas where the browser has no such track. */

export interface Screen {
  /** To be put into the tile. */
  readonly element: HTMLVideoElement | HTMLCanvasElement;
  /** For the session worker ("picture" message, transferred). */
  readonly target: WritableStream<VideoFrame> | OffscreenCanvas;
  close(): void;
}

/** Whether pictures can go to a `<video>`: cheaper than a canvas for large tiles. */
export function hasTrackGenerator(): boolean {
  return "MediaStreamTrackGenerator" in globalThis;
}

export function openScreen(): Screen {
  return hasTrackGenerator() ? videoScreen() : canvasScreen();
}

function videoScreen(): Screen {
  const track = new MediaStreamTrackGenerator({ kind: "video" });
  const element = document.createElement("video");
  element.muted = true;
  element.playsInline = true;
  element.autoplay = true;
  element.disablePictureInPicture = true;
  element.srcObject = new MediaStream([track]);
  return {
    element,
    target: track.writable,
    close: () => {
      track.stop();
      element.srcObject = null;
      element.remove();
    },
  };
}

function canvasScreen(): Screen {
  const element = document.createElement("canvas");
  return { element, target: element.transferControlToOffscreen(), close: () => element.remove() };
}
