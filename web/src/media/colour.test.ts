import { describe, expect, it } from "vitest";
import { colourOf, sameColour, spaceOf } from "./colour";

describe("colour", () => {
  it("keeps what cameras and canvases say, and leaves the transfer curve out", () => {
    const camera = { matrix: "smpte170m", primaries: "smpte170m", transfer: "smpte170m", fullRange: false } as const;
    expect(colourOf(camera)).toEqual({ matrix: 6, primaries: 6, fullRange: false });
    expect(spaceOf(colourOf(camera))).toEqual({ ...camera, transfer: null });
    const canvas = { matrix: "bt709", primaries: "bt709", transfer: "iec61966-2-1", fullRange: true } as const;
    expect(spaceOf(colourOf(canvas))).toEqual({ ...canvas, transfer: null });
  });

  it("says unspecified of what it does not know, and guesses nothing from it", () => {
    expect(colourOf(undefined)).toEqual({ matrix: 2, primaries: 2, fullRange: false });
    expect(spaceOf({ matrix: 77, primaries: 200, fullRange: true })).toEqual({
      matrix: null,
      primaries: null,
      transfer: null,
      fullRange: true,
    });
  });

  it("tells colours apart", () => {
    const one = colourOf({ matrix: "bt709", primaries: "bt709", fullRange: false });
    expect(sameColour(one, { ...one })).toBe(true);
    expect(sameColour(one, { ...one, fullRange: true })).toBe(false);
    expect(sameColour(one, { ...one, matrix: 6 })).toBe(false);
  });
});
