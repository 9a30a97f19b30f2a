/**
 * Put into every page of the measurement before its own scripts: the stamped camera, the reading of stamps, and the peer: plain WebRTC.
 * Everything else of our pages is the product.
 */
import { stampedTrack, watchStamps } from "../../web/dev/stamp";

const WIDTH = 640;
const HEIGHT = 360;
const FPS = 30;
const BITRATE = 600_000;

declare global {
  /** Whose camera carries the stamp; the other one's is the same scene without. */
  var latencyStamped: boolean;
}

const ages: number[] = [];
const watched = new WeakSet<HTMLVideoElement>();

/** Every picture of every `<video>` that carries a stamp: pages show each other's pictures and their own, and only one camera is stamped. */
function watchAll(): void {
  for (const video of document.querySelectorAll("video")) {
    if (watched.has(video)) continue;
    watched.add(video);
    watchStamps(video, (age) => {
      if (age !== null) ages.push(age);
    });
  }
}

function sound(): MediaStreamTrack[] {
  const context = new AudioContext({ sampleRate: 48_000 });
  const tone = new OscillatorNode(context, { frequency: 440 });
  const quiet = new GainNode(context, { gain: 0.1 });
  const sink = new MediaStreamAudioDestinationNode(context, { channelCount: 1 });
  tone.connect(quiet).connect(sink);
  tone.start();
  return sink.stream.getAudioTracks();
}

function open(constraints: MediaStreamConstraints): MediaStream {
  const picture = constraints.video ? [stampedTrack(WIDTH, HEIGHT, FPS, globalThis.latencyStamped)] : [];
  return new MediaStream([...picture, ...(constraints.audio ? sound() : [])]);
}

navigator.mediaDevices.getUserMedia = async (constraints = {}) => open(constraints);

/** The far picture fills the page and our own lies small in its corner, as in a meeting of two: painting costs the same on both sides. */
function show(stream: MediaStream, own: boolean): void {
  const video = document.createElement("video");
  const place = own
    ? { right: "16px", bottom: "16px", width: "20vw" }
    : { left: "0", top: "0", width: "100vw", height: "100vh" };
  Object.assign(video.style, { position: "fixed", objectFit: "cover", zIndex: own ? "1" : "0", ...place });
  video.muted = true;
  video.autoplay = true;
  video.srcObject = stream;
  document.body.append(video);
  if (stream.getAudioTracks().length > 0) {
    const audio = document.createElement("audio");
    audio.autoplay = true;
    audio.srcObject = new MediaStream(stream.getAudioTracks());
    document.body.append(audio);
  }
}

let connection: RTCPeerConnection | null = null;

/** A connection that sends picture and sound as a plain application would: VP9, the same bit rate, defaults otherwise. */
function peer(): RTCPeerConnection {
  const stream = open({ video: true, audio: true });
  show(new MediaStream(stream.getVideoTracks()), true);
  const made = new RTCPeerConnection();
  made.ontrack = ({ streams: [remote], track }) => {
    if (track.kind === "video" && remote !== undefined) show(remote, false);
  };
  for (const track of stream.getTracks()) made.addTrack(track, stream);
  connection = made;
  return made;
}

function prefer(made: RTCPeerConnection): void {
  const codecs = RTCRtpReceiver.getCapabilities("video")?.codecs ?? [];
  const vp9 = codecs.filter((codec) => codec.mimeType === "video/VP9" && !codec.sdpFmtpLine?.includes("profile-id=2"));
  const rest = codecs.filter((codec) => codec.mimeType === "video/rtx");
  for (const transceiver of made.getTransceivers()) {
    if (transceiver.receiver.track.kind === "video") transceiver.setCodecPreferences([...vp9, ...rest]);
  }
}

async function settled(made: RTCPeerConnection): Promise<string> {
  if (made.iceGatheringState !== "complete") {
    await new Promise<void>((resolve) => {
      made.addEventListener("icegatheringstatechange", () => {
        if (made.iceGatheringState === "complete") resolve();
      });
    });
  }
  for (const sender of made.getSenders()) {
    if (sender.track?.kind !== "video") continue;
    const parameters = sender.getParameters();
    for (const encoding of parameters.encodings) encoding.maxBitrate = BITRATE;
    await sender.setParameters(parameters);
  }
  return made.localDescription?.sdp ?? "";
}

Object.assign(globalThis, {
  latency: {
    /** Ages (ms) of the stamped pictures presented since the last call. */
    take: () => ages.splice(0),
    offer: async () => {
      const made = peer();
      prefer(made);
      await made.setLocalDescription(await made.createOffer());
      return settled(made);
    },
    answer: async (sdp: string) => {
      const made = peer();
      await made.setRemoteDescription({ type: "offer", sdp });
      prefer(made);
      await made.setLocalDescription(await made.createAnswer());
      return settled(made);
    },
    accept: (sdp: string) => connection?.setRemoteDescription({ type: "answer", sdp }),
  },
});

setInterval(watchAll, 100);
