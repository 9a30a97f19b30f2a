/** What the session worker does with media, without a line: what is encoded is decoded at once. Some pictures can be lost on purpose. */
import { SoundReceiver, type SoundReport } from "../src/media/decode/sound";
import { VideoReceiver } from "../src/media/decode/video";
import { SMALL, vp9 } from "../src/media/encode/size";
import { SoundPublisher } from "../src/media/encode/sound";
import { VideoPublisher } from "../src/media/encode/video";

export type LoopbackOrder =
  | { camera: ReadableStream<VideoFrame> }
  | { microphone: MessagePort }
  | { picture: WritableStream<VideoFrame> | OffscreenCanvas }
  | { speaker: MessagePort }
  /** Lose the next picture of this temporal layer. */
  | { lose: number }
  | { tell: true };

export interface LoopbackReport {
  pictures: number;
  keys: number;
  keysAsked: number;
  temporal: number[];
  size: string;
  videoState: string;
  soundState: string;
  soundBytes: number[];
  levels: number[];
  report: SoundReport | null;
  failures: string[];
}

const told: LoopbackReport = {
  pictures: 0,
  keys: 0,
  keysAsked: 0,
  temporal: [0, 0, 0],
  size: "",
  videoState: "waiting",
  soundState: "waiting",
  soundBytes: [],
  levels: [],
  report: null,
  failures: [],
};
let lose: number | null = null;
let soundCounter = 0;

const pictures = new VideoReceiver({
  state: (state) => {
    told.videoState = state;
  },
  keyNeeded: () => {
    told.keysAsked += 1;
    publisher.requestKey();
  },
});
const sounds = new SoundReceiver({
  state: (state) => {
    told.soundState = state;
  },
  report: (report) => {
    told.report = report;
    if (report.playedUs !== null) pictures.soundPlays(report.playedUs);
  },
});
const publisher = new VideoPublisher(SMALL, {
  congested: () => false,
  failed: (reason) => told.failures.push(`video ${reason}`),
  picture: (picture) => {
    told.pictures += 1;
    told.size = `${picture.width}x${picture.height}`;
    told.temporal[picture.temporal] = (told.temporal[picture.temporal] ?? 0) + 1;
    if (picture.key) told.keys += 1;
    if (lose === picture.temporal && !picture.key) {
      lose = null;
      return;
    }
    pictures.push({ ...picture, counter: told.pictures, codec: vp9(picture.width, picture.height) });
  },
});
const voice = new SoundPublisher({
  failed: (reason) => told.failures.push(`sound ${reason}`),
  sound: (sound) => {
    told.soundBytes.push(sound.bytes.length);
    told.levels.push(sound.level);
    sounds.push({ ...sound, counter: soundCounter++ });
  },
});

addEventListener("message", ({ data }: MessageEvent<LoopbackOrder>) => {
  if ("camera" in data) publisher.start(data.camera);
  else if ("microphone" in data) voice.start(data.microphone);
  else if ("picture" in data) pictures.attach(data.picture);
  else if ("speaker" in data) sounds.attach(data.speaker);
  else if ("lose" in data) lose = data.lose;
  else postMessage(told);
});
