/** A camera that shows the time: each picture carries the moment of its making as black and white cells, which survive encoding and scaling. */

const COLUMNS = 8;
const ROWS = 4;
/** The share of the picture's width and height that the cells cover, from the top left corner. */
const SHARE = 0.5;
/** The stamp counts units of 100 µs in 24 bits; 8 bits of checksum follow. */
const UNIT_US = 100;
const MODULUS = 2 ** 24;

/** Microseconds since the epoch. */
export function nowUs(): number {
  return (performance.timeOrigin + performance.now()) * 1000;
}

function checksum(value: number): number {
  return (value ^ (value >>> 8) ^ (value >>> 16) ^ 0xa5) & 255;
}

type Context = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

/** Draws `timeUs` over the top left quarter. */
export function drawStamp(context: Context, width: number, height: number, timeUs: number): void {
  const value = Math.floor(timeUs / UNIT_US) % MODULUS;
  const word = value * 256 + checksum(value);
  const cellWidth = (width * SHARE) / COLUMNS;
  const cellHeight = (height * SHARE) / ROWS;
  for (let bit = 0; bit < 32; bit++) {
    context.fillStyle = Math.floor(word / 2 ** bit) % 2 === 1 ? "#fff" : "#000";
    context.fillRect((bit % COLUMNS) * cellWidth, Math.floor(bit / COLUMNS) * cellHeight, cellWidth, cellHeight);
  }
}

/** Reads the stamp from a picture of any size; null when its checksum is wrong. Returns how long before `seenUs` it was drawn, ms. */
export function readStamp(picture: ImageData, seenUs: number): number | null {
  let word = 0;
  for (let bit = 0; bit < 32; bit++) {
    const x = Math.floor((((bit % COLUMNS) + 0.5) / COLUMNS) * SHARE * picture.width);
    const y = Math.floor(((Math.floor(bit / COLUMNS) + 0.5) / ROWS) * SHARE * picture.height);
    if ((picture.data[4 * (y * picture.width + x) + 1] ?? 0) > 127) word += 2 ** bit;
  }
  const value = Math.floor(word / 256);
  if (word % 256 !== checksum(value)) return null;
  const seen = Math.floor(seenUs / UNIT_US) % MODULUS;
  return (((seen - value + MODULUS) % MODULUS) * UNIT_US) / 1000;
}

/** A video track of `width` x `height` at `fps` with a moving scene, and with the stamp unless `stamped` is false. */
export function stampedTrack(width: number, height: number, fps: number, stamped = true): MediaStreamTrack {
  const track = new MediaStreamTrackGenerator({ kind: "video" });
  const writer = track.writable.getWriter();
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d", { alpha: false, willReadFrequently: true });
  if (context === null) throw new Error("no 2D canvas");
  let count = 0;
  const timer = setInterval(() => {
    if (track.readyState === "ended") return clearInterval(timer);
    count += 1;
    context.fillStyle = `hsl(${count % 360} 40% 40%)`;
    context.fillRect(0, 0, width, height);
    context.fillStyle = "#fc3";
    context.fillRect((count * 7) % width, height * 0.6, width / 8, height / 4);
    const timeUs = nowUs();
    if (stamped) drawStamp(context, width, height, timeUs);
    const frame = new VideoFrame(canvas, { timestamp: timeUs });
    writer.write(frame).catch(() => frame.close());
  }, 1000 / fps);
  return track;
}

/** Calls back with the age (ms) of each picture that `video` presents, read at the moment of presentation; null for an unreadable one. */
export function watchStamps(video: HTMLVideoElement, seen: (ageMs: number | null) => void): void {
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const look = (): void => {
    const seenUs = nowUs();
    if (context !== null && video.videoWidth > 0) {
      canvas.width = 320;
      canvas.height = 180;
      context.drawImage(video, 0, 0, canvas.width, canvas.height);
      seen(readStamp(context.getImageData(0, 0, canvas.width, canvas.height), seenUs));
    }
    video.requestVideoFrameCallback(look);
  };
  video.requestVideoFrameCallback(look);
}
