/** What this browser lacks for a meeting. */
import { frameSource } from "./capture/camera";
import { vp9 } from "./encode/size";

export type Lack =
  /** Not https and not this computer: the browser hides camera, microphone and cryptography. */
  | "secure-context"
  | "web-crypto"
  | "devices"
  | "video-encode"
  | "video-decode"
  | "sound-encode"
  | "sound-decode"
  | "audio-worklet"
  /** No way from a camera track to pictures. */
  | "track-processor"
  /** Neither a track to feed a `<video>` with nor a canvas that a worker draws on. */
  | "picture-surface";

export interface Capability {
  /** Without these no meeting is possible. Empty is good. */
  missing: Lack[];
  /** Cryptography that the browser does not have itself; our own code does it instead, slower. */
  replaced: ("Ed25519" | "X25519")[];
}

/** Asks the browser itself, codec by codec. Never throws. */
export async function capability(): Promise<Capability> {
  const checks: [Lack, boolean | Promise<boolean>][] = [
    ["secure-context", globalThis.isSecureContext],
    ["web-crypto", globalThis.crypto?.subtle !== undefined],
    ["devices", navigator.mediaDevices?.getUserMedia !== undefined],
    ["video-encode", encodesVideo()],
    ["video-decode", decodesVideo()],
    ["sound-encode", encodesSound()],
    ["sound-decode", decodesSound()],
    ["audio-worklet", "AudioWorkletNode" in globalThis],
    ["track-processor", frameSource() !== null],
    ["picture-surface", "MediaStreamTrackGenerator" in globalThis || "OffscreenCanvas" in globalThis],
  ];
  const missing: Lack[] = [];
  for (const [lack, present] of checks) if (!(await present)) missing.push(lack);
  const replaced: Capability["replaced"] = [];
  for (const name of ["Ed25519", "X25519"] as const) if (!(await generates(name))) replaced.push(name);
  return { missing, replaced };
}

const VIDEO = { codec: vp9(640, 360), width: 640, height: 360 };
const SOUND = { codec: "opus", sampleRate: 48_000, numberOfChannels: 1 };

async function holds(question: () => Promise<{ supported?: boolean }>): Promise<boolean> {
  try {
    return (await question()).supported === true;
  } catch {
    return false;
  }
}

function encodesVideo(): Promise<boolean> {
  return holds(() =>
    VideoEncoder.isConfigSupported({
      ...VIDEO,
      bitrate: 600_000,
      framerate: 30,
      scalabilityMode: "L1T3",
      latencyMode: "realtime",
    }),
  );
}

function decodesVideo(): Promise<boolean> {
  return holds(() => VideoDecoder.isConfigSupported({ codec: VIDEO.codec, optimizeForLatency: true }));
}

function encodesSound(): Promise<boolean> {
  return holds(() =>
    AudioEncoder.isConfigSupported({
      ...SOUND,
      bitrate: 32_000,
      bitrateMode: "constant",
      opus: { frameDuration: 20_000 },
    }),
  );
}

function decodesSound(): Promise<boolean> {
  return holds(() => AudioDecoder.isConfigSupported(SOUND));
}

async function generates(name: "Ed25519" | "X25519"): Promise<boolean> {
  try {
    await crypto.subtle.generateKey({ name }, false, name === "Ed25519" ? ["sign", "verify"] : ["deriveBits"]);
    return true;
  } catch {
    return false;
  }
}
