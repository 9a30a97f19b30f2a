/** The microphone on the page: its sound goes straight from the worklet to the session worker, never through the page. */
import { trustedScript } from "../../guard/trusted";
import { ClockMap, nowUs } from "../clock";
import { loudness } from "../level";
import microphoneCode from "./microphone.worklet?code";
import type { MicrophoneOrder, MicrophoneReport } from "./orders";

/** Loads what `openMicrophone` needs; once for a context. */
export async function prepareCapture(context: AudioContext): Promise<void> {
  await context.audioWorklet.addModule(trustedScript(microphoneCode));
}

export interface Microphone {
  /** For the session worker ("microphone" message, transferred): MicrophoneChunks. A second call gives another port and ends the first. */
  port(): MessagePort;
  /** Muted, no sample leaves the worklet; the level meter goes on. */
  setMuted(muted: boolean): void;
  close(): void;
}

const CLOCK_INTERVAL_MS = 250;

/**
 * Listens to the audio track of `stream`. The context must have been prepared, and run.
 * @param onLevel ten times a second, 0 to 1.
 */
export function openMicrophone(
  context: AudioContext,
  stream: MediaStream,
  onLevel?: (level: number) => void,
): Microphone {
  const source = new MediaStreamAudioSourceNode(context, { mediaStream: stream });
  const node = new AudioWorkletNode(context, "aparte-microphone", { numberOfInputs: 1, numberOfOutputs: 0 });
  source.connect(node);
  const tell = (order: MicrophoneOrder, transfer: Transferable[] = []): void => node.port.postMessage(order, transfer);
  node.port.onmessage = (event: MessageEvent<MicrophoneReport>) => onLevel?.(loudness(event.data.level));

  // A worklet has no clock of its own: the page compares the context's with ours, and the smallest difference seen is the true one.
  const clock = new ClockMap();
  const tellClock = (): void => {
    if (context.state !== "running") return;
    clock.observe(context.currentTime * 1_000_000, nowUs());
    tell({ offsetUs: clock.offsetUs });
  };
  tellClock();
  const timer = setInterval(tellClock, CLOCK_INTERVAL_MS);

  return {
    port: () => {
      const { port1, port2 } = new MessageChannel();
      tell({ port: port1 }, [port1]);
      return port2;
    },
    setMuted: (muted) => tell({ muted }),
    close: () => {
      clearInterval(timer);
      tell({ close: true });
      source.disconnect();
      node.disconnect();
    },
  };
}
