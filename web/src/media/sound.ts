/** The page's one audio context: 48 kHz, because Opus takes nothing else and the browser resamples best. */
import { prepareCapture } from "./capture/microphone";
import { preparePlayout } from "./playout/speaker";

/** Makes the context with the worklets for microphone and loudspeakers loaded. It may be suspended until the person clicks: call `resume()` then. */
export async function openSound(): Promise<AudioContext> {
  const context = new AudioContext({ sampleRate: 48_000, latencyHint: "interactive" });
  await Promise.all([prepareCapture(context), preparePlayout(context)]);
  return context;
}

/** Chooses the loudspeaker. False where the browser does not let pages choose, or the device is gone. */
export async function chooseSpeaker(context: AudioContext, deviceId: string): Promise<boolean> {
  if (context.setSinkId === undefined) return false;
  return context.setSinkId(deviceId).then(
    () => true,
    () => false,
  );
}
