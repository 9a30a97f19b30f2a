/** Loudspeakers on the page: one worklet node for each remote person, all in one audio context. */
import { trustedScript } from "../../guard/trusted";
import type { SpeakerOrder } from "./orders";
import playoutCode from "./playout.worklet?code";

/** Loads what `openSpeaker` needs; once for a context. */
export async function preparePlayout(context: AudioContext): Promise<void> {
  await context.audioWorklet.addModule(trustedScript(playoutCode));
}

export interface Speaker {
  /** For the session worker ("speaker" message, transferred): SoundChunks in, SoundReports out. */
  readonly port: MessagePort;
  /** 0 to 1. */
  setVolume(volume: number): void;
  /** What is heard, for meters. */
  readonly output: AudioNode;
  close(): void;
}

const LATENCY_INTERVAL_MS = 1000;

/** One person's loudspeaker. The context must have been prepared. */
export function openSpeaker(context: AudioContext): Speaker {
  const node = new AudioWorkletNode(context, "aparte-playout", {
    numberOfInputs: 0,
    numberOfOutputs: 1,
    outputChannelCount: [1],
  });
  const volume = new GainNode(context);
  node.connect(volume).connect(context.destination);
  const tell = (order: SpeakerOrder, transfer: Transferable[] = []): void => node.port.postMessage(order, transfer);
  const { port1, port2 } = new MessageChannel();
  tell({ port: port1 }, [port1]);
  const tellLatency = (): void => tell({ outputLatencyUs: (context.outputLatency || context.baseLatency) * 1_000_000 });
  tellLatency();
  const timer = setInterval(tellLatency, LATENCY_INTERVAL_MS);
  return {
    port: port2,
    output: volume,
    setVolume: (value) => volume.gain.setTargetAtTime(Math.min(1, Math.max(0, value)), context.currentTime, 0.02),
    close: () => {
      clearInterval(timer);
      tell({ close: true });
      node.disconnect();
      volume.disconnect();
    },
  };
}
