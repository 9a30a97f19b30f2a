/** How loud sound is: RFC 6464's audio level. */

/** Level of `samples` (-1 to 1) in -dBov: 0 is the loudest that can be, 127 is silence. */
export function level(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  if (sum === 0) return 127;
  const decibel = -10 * Math.log10(sum / samples.length);
  return Math.min(127, Math.max(0, Math.round(decibel)));
}

/** A level as a bar shows it: 0 from -60 dBov down, 1 from -10 dBov up. */
export function loudness(dBov: number): number {
  return Math.min(1, Math.max(0, (60 - dBov) / 50));
}
