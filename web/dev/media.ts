/** The whole media path on one page: stamped camera and beeping microphone, encoded and decoded in a worker, seen and heard again. */
import { trustedScript } from "../src/guard/trusted";
import { capability } from "../src/media/capability";
import { frameSource } from "../src/media/capture/camera";
import { openMicrophone } from "../src/media/capture/microphone";
import { openScreen } from "../src/media/playout/screen";
import { openSpeaker } from "../src/media/playout/speaker";
import { openSound } from "../src/media/sound";
import type { LoopbackOrder, LoopbackReport } from "./loopback.worker";
import workerCode from "./loopback.worker?code";
import probeCode from "./probe.worklet?code";
import { stampedTrack, watchStamps } from "./stamp";

interface Trial {
  capability: Awaited<ReturnType<typeof capability>>;
  pictureAges: number[];
  unreadable: number;
  /** Mouth to ear within the audio graph, ms; the device's output latency comes on top. */
  soundDelays: number[];
  outputLatencyMs: number;
  purity: number[];
  micLevels: number[];
  worker: LoopbackReport;
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Runs for `seconds` and loses one picture of each temporal layer listed in `losses` on the way, evenly spaced. */
async function run(seconds: number, losses: number[]): Promise<Trial> {
  const worker = new Worker(trustedScript(workerCode), { type: "module" });
  const tell = (order: LoopbackOrder, transfer: Transferable[] = []): void => worker.postMessage(order, transfer);

  const screen = openScreen();
  document.getElementById("screen")?.append(screen.element);
  tell({ picture: screen.target }, [screen.target]);
  const pictureAges: number[] = [];
  let unreadable = 0;
  if (screen.element instanceof HTMLVideoElement) {
    watchStamps(screen.element, (age) => {
      if (age === null) unreadable += 1;
      else pictureAges.push(age);
    });
  }
  const camera = stampedTrack(640, 360, 30);
  const frames = frameSource()?.start(camera);
  if (frames === undefined) throw new Error("no frame source");
  tell({ camera: frames }, [frames]);

  const context = await openSound();
  await context.resume();
  await context.audioWorklet.addModule(trustedScript(probeCode));
  const probe = new AudioWorkletNode(context, "probe", { numberOfInputs: 2, numberOfOutputs: 0 });
  const tone = new OscillatorNode(context, { frequency: 440 });
  const beep = new GainNode(context, { gain: 0 });
  const mouth = new MediaStreamAudioDestinationNode(context, { channelCount: 1 });
  tone.connect(beep).connect(mouth);
  beep.connect(probe, 0, 0);
  tone.start();
  for (let at = context.currentTime + 0.7; at < context.currentTime + seconds; at += 0.7) {
    beep.gain.setValueAtTime(0.5, at).setValueAtTime(0, at + 0.4);
  }
  const micLevels: number[] = [];
  const microphone = openMicrophone(context, mouth.stream, (level) => micLevels.push(level));
  const port = microphone.port();
  tell({ microphone: port }, [port]);
  const speaker = openSpeaker(context);
  tell({ speaker: speaker.port }, [speaker.port]);
  speaker.output.connect(probe, 0, 1);

  const said: number[] = [];
  const soundDelays: number[] = [];
  const purity: number[] = [];
  probe.port.onmessage = ({ data }: MessageEvent<{ ear?: number; ms?: number; purity?: number }>) => {
    if (data.purity !== undefined) purity.push(data.purity);
    if (data.ms === undefined) return;
    if (data.ear === 0) said.push(data.ms);
    else soundDelays.push(data.ms - (said[said.length - 1] ?? Number.NaN));
  };

  for (const layer of losses) {
    await wait((seconds * 1000) / (losses.length + 1));
    tell({ lose: layer });
  }
  await wait((seconds * 1000) / (losses.length + 1));
  const report = new Promise<LoopbackReport>((resolve) => {
    worker.onmessage = ({ data }: MessageEvent<LoopbackReport>) => resolve(data);
  });
  tell({ tell: true });
  const trial: Trial = {
    capability: await capability(),
    pictureAges,
    unreadable,
    soundDelays,
    outputLatencyMs: context.outputLatency * 1000,
    purity,
    micLevels,
    worker: await report,
  };
  camera.stop();
  microphone.close();
  speaker.close();
  screen.close();
  await context.close();
  worker.terminate();
  return trial;
}

Object.assign(globalThis, { runTrial: run });
