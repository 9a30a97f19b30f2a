/** Which size to encode a picture at: no letterbox, no enlargement, even numbers. */

/** What a rendition may be at most. */
export interface Rendition {
  width: number;
  height: number;
  /** Pictures a second. */
  fps: number;
  /** Bits a second. */
  bitrate: number;
}

export const SMALL: Rendition = { width: 640, height: 360, fps: 30, bitrate: 600_000 };
export const LARGE: Rendition = { width: 1280, height: 720, fps: 30, bitrate: 1_500_000 };

/**
 * The largest even size with the source's aspect ratio that fits into the rendition and is no larger than the source.
 * A picture in portrait format fits into the rendition turned by 90°, so that it has as many pixels as one in landscape.
 */
export function fitted(
  sourceWidth: number,
  sourceHeight: number,
  within: Rendition,
): { width: number; height: number } {
  const portrait = sourceHeight > sourceWidth;
  const boxWidth = portrait ? Math.min(within.width, within.height) : within.width;
  const boxHeight = portrait ? Math.max(within.width, within.height) : within.height;
  const scale = Math.min(1, boxWidth / sourceWidth, boxHeight / sourceHeight);
  return { width: even(sourceWidth * scale), height: even(sourceHeight * scale) };
}

function even(length: number): number {
  return Math.max(2, 2 * Math.round(length / 2 - 1e-9));
}

/** VP9, profile 0, 8 bit, with the lowest level that allows this size at 30 pictures a second. */
export function vp9(width: number, height: number): string {
  const area = width * height;
  const level =
    area <= 122_880 ? "20" : area <= 245_760 ? "21" : area <= 552_960 ? "30" : area <= 983_040 ? "31" : "41";
  return `vp09.00.${level}.08`;
}
