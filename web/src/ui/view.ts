/** What the screens need from the session and the devices, as signals: the page fills them from the network, the gallery by hand. */
import type { ReadonlySignal } from "@preact/signals";
import type { Counters, EndReason, FromWorker, Person, Phase } from "../worker/messages";

/** What keeps a camera or a microphone from working, or that it works. */
export type DeviceState = "off" | "starting" | "on" | "denied" | "none" | "busy" | "failed";

export type DeviceKind = "camera" | "microphone" | "speaker";

export interface DeviceChoice {
  id: string;
  label: string; // empty until the person has allowed the page to use devices
}

export interface DevicesView {
  readonly camera: ReadonlySignal<DeviceState>;
  readonly microphone: ReadonlySignal<DeviceState>;
  readonly preview: ReadonlySignal<MediaStream | null>; // one's own camera
  readonly level: ReadonlySignal<number>; // of the microphone, 0 to 1
  readonly choices: ReadonlySignal<Record<DeviceKind, readonly DeviceChoice[]>>;
  readonly chosen: ReadonlySignal<Record<DeviceKind, string>>; // "" is the system's choice
  setCamera(on: boolean): void;
  setMic(on: boolean): void;
  choose(kind: DeviceKind, id: string): void;
}

/** What another person's pictures are drawn on, made once and kept as long as the person is there. */
export type Picture = HTMLVideoElement | HTMLCanvasElement;

export type Warning = Extract<FromWorker, { t: "warning" }> & { id: number };

export interface MeetingView {
  readonly devices: DevicesView;
  readonly phase: ReadonlySignal<Phase>;
  readonly reason: ReadonlySignal<EndReason | null>;
  readonly people: ReadonlySignal<readonly Person[]>;
  readonly epoch: ReadonlySignal<{ epoch: string; code: string } | null>;
  readonly counters: ReadonlySignal<Counters | null>;
  readonly warnings: ReadonlySignal<readonly Warning[]>;
  readonly pictures: ReadonlySignal<ReadonlyMap<string, Picture>>; // by seat, of the others
  readonly soundBlocked: ReadonlySignal<boolean>; // the browser waits for a click before it plays
  readonly link: string; // with the secret: for copying only
  hear(): void;
  dismiss(warning: number): void;
  leave(): void;
}
