/** Colour spaces: WebCodecs' names and the code points of ITU-T H.273 by which the sealed content carries them. */
import type { Colour } from "../e2ee/content";

const MATRICES: ReadonlyMap<VideoMatrixCoefficients, number> = new Map([
  ["rgb", 0],
  ["bt709", 1],
  ["bt470bg", 5],
  ["smpte170m", 6],
]);
const PRIMARIES: ReadonlyMap<VideoColorPrimaries, number> = new Map([
  ["bt709", 1],
  ["bt470bg", 5],
  ["smpte170m", 6],
]);
const UNSPECIFIED = 2;

/** What to say of pictures that the encoder describes like this; nothing known is unspecified. */
export function colourOf(space: VideoColorSpaceInit | undefined): Colour {
  const { matrix, primaries, fullRange } = space ?? {};
  return {
    matrix: (matrix && MATRICES.get(matrix)) ?? UNSPECIFIED,
    primaries: (primaries && PRIMARIES.get(primaries)) ?? UNSPECIFIED,
    fullRange: fullRange ?? false,
  };
}

/** What to tell the decoder; the transfer curves of cameras and screens differ too little to carry one. */
export function spaceOf({ matrix, primaries, fullRange }: Colour): VideoColorSpaceInit {
  return {
    matrix: nameOf(MATRICES, matrix),
    primaries: nameOf(PRIMARIES, primaries),
    transfer: null,
    fullRange,
  };
}

export function sameColour(a: Colour, b: Colour): boolean {
  return a.matrix === b.matrix && a.primaries === b.primaries && a.fullRange === b.fullRange;
}

function nameOf<Name>(names: ReadonlyMap<Name, number>, number: number): Name | null {
  for (const [name, value] of names) if (value === number) return name;
  return null;
}
