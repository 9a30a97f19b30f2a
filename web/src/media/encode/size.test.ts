import fc from "fast-check";
import { expect, test } from "vitest";
import { fitted, LARGE, SMALL, vp9 } from "./size";

test.each([
  [1280, 720, SMALL, 640, 360],
  [1280, 720, LARGE, 1280, 720],
  [1920, 1080, LARGE, 1280, 720],
  [640, 480, SMALL, 480, 360],
  [640, 480, LARGE, 640, 480],
  [720, 1280, SMALL, 360, 640],
  [480, 480, SMALL, 360, 360],
  [320, 180, LARGE, 320, 180],
  [641, 361, SMALL, 640, 360],
  [1, 1, SMALL, 2, 2],
])("%i x %i", (width, height, rendition, fittedWidth, fittedHeight) => {
  expect(fitted(width, height, rendition)).toEqual({ width: fittedWidth, height: fittedHeight });
});

test("always even, never larger than the rendition, the shape kept to a pixel", () => {
  const length = fc.integer({ min: 64, max: 4096 });
  fc.assert(
    fc.property(length, length, (width, height) => {
      const size = fitted(width, height, SMALL);
      expect(size.width % 2).toBe(0);
      expect(size.height % 2).toBe(0);
      expect(Math.max(size.width, size.height)).toBeLessThanOrEqual(640);
      expect(Math.min(size.width, size.height)).toBeLessThanOrEqual(360);
      const scale = Math.min(1, Math.max(size.width / width, size.height / height));
      expect(Math.abs(size.width - width * scale)).toBeLessThanOrEqual(2 + width / height);
      expect(Math.abs(size.height - height * scale)).toBeLessThanOrEqual(2 + height / width);
    }),
  );
});

test("the level of VP9 follows the size", () => {
  expect(vp9(640, 360)).toBe("vp09.00.21.08");
  expect(vp9(1280, 720)).toBe("vp09.00.31.08");
  expect(vp9(1920, 1080)).toBe("vp09.00.41.08");
});
