/** This person's camera, microphone and loudspeaker: opened, switched, exchanged, and always in a state that can be shown. */
import { effect, signal } from "@preact/signals";
import {
  type DeviceFailure,
  listDevices,
  openCamera,
  openMicrophoneDevice,
  watchDevices,
} from "../media/capture/devices";
import { type Microphone, openMicrophone } from "../media/capture/microphone";
import type { DeviceChoice, DeviceKind, DeviceState, DevicesView } from "../ui/view";
import type { PageSound } from "./sound";

function stateOf(failure: DeviceFailure): DeviceState {
  return failure === "other" ? "failed" : failure;
}

function stop(stream: MediaStream | null): void {
  for (const track of stream?.getTracks() ?? []) {
    track.onended = null;
    track.stop();
  }
}

export class PageDevices implements DevicesView {
  readonly camera = signal<DeviceState>("off");
  readonly microphone = signal<DeviceState>("off");
  readonly preview = signal<MediaStream | null>(null);
  readonly level = signal(0);
  readonly choices = signal<Record<DeviceKind, readonly DeviceChoice[]>>({ camera: [], microphone: [], speaker: [] });
  readonly chosen = signal<Record<DeviceKind, string>>({ camera: "", microphone: "", speaker: "" });
  /** The microphone behind its worklet, for the session. */
  readonly capture = signal<Microphone | null>(null);

  private readonly voice = signal<MediaStream | null>(null);
  /** Each opening has a number; one that comes back after a newer wish is thrown away. */
  private cameraWish = 0;
  private microphoneWish = 0;
  private readonly endings: (() => void)[] = [];

  constructor(private readonly sound: PageSound) {}

  /** Opens what is wished for and follows devices that come and go. */
  start(wish: { mic: boolean; camera: boolean }): void {
    this.endings.push(
      watchDevices(() => this.changed()),
      effect(() => this.connect()),
    );
    this.setCamera(wish.camera);
    this.setMic(wish.mic);
    void this.list();
  }

  readonly setCamera = (on: boolean): void => {
    const wish = ++this.cameraWish;
    if (!on) {
      this.dropCamera("off");
      return;
    }
    this.camera.value = "starting";
    void openCamera(this.chosen.value.camera || null).then(({ stream, failure }) => {
      if (wish !== this.cameraWish) return stop(stream);
      this.dropCamera(failure === null ? "on" : stateOf(failure));
      const track = stream?.getVideoTracks()[0];
      if (track === undefined) return;
      track.onended = () => this.dropCamera("none");
      this.preview.value = stream;
      void this.list();
    });
  };

  /** Off keeps the device open but mutes it twice, at the track and in the worklet: on again is immediate. */
  readonly setMic = (on: boolean): void => {
    // Muted while another device is being opened: that one must not come on afterwards, and is asked for anew.
    if (!on && this.microphone.value === "starting") {
      this.microphoneWish++;
      this.dropVoice("off");
      return;
    }
    const track = this.voice.value?.getAudioTracks()[0];
    if (track !== undefined) {
      track.enabled = on;
      this.capture.value?.setMuted(!on);
      this.microphone.value = on ? "on" : "off";
      if (!on) this.level.value = 0;
      return;
    }
    const wish = ++this.microphoneWish;
    this.microphone.value = on ? "starting" : "off";
    if (on) this.openVoice(wish);
  };

  /** Lets go of a device that is on, or being opened, whatever anybody wished: its light goes out. */
  readonly release = (kind: "camera" | "microphone"): void => {
    if (kind === "camera") {
      if (this.preview.value === null && this.camera.value !== "starting") return;
      this.cameraWish++;
      this.dropCamera("off");
    } else {
      if (this.voice.value === null && this.microphone.value !== "starting") return;
      this.microphoneWish++;
      this.dropVoice("off");
    }
  };

  readonly choose = (kind: DeviceKind, id: string): void => {
    this.chosen.value = { ...this.chosen.value, [kind]: id };
    if (kind === "speaker") this.sound.choose(id);
    else if (kind === "camera") {
      if (this.camera.value !== "off") this.setCamera(true);
    } else if (this.microphone.value !== "off") {
      this.microphone.value = "starting";
      this.openVoice(++this.microphoneWish);
    } else this.dropVoice("off");
  };

  /** Lets go of every device: no light stays on. */
  close(): void {
    this.cameraWish++;
    this.microphoneWish++;
    for (const end of this.endings.splice(0)) end();
    this.dropCamera("off");
    this.dropVoice("off");
    this.capture.value?.close();
    this.capture.value = null;
  }

  private openVoice(wish: number): void {
    void openMicrophoneDevice(this.chosen.value.microphone || null).then(({ stream, failure }) => {
      if (wish !== this.microphoneWish) return stop(stream);
      this.dropVoice(failure === null ? "on" : stateOf(failure));
      const track = stream?.getAudioTracks()[0];
      if (track === undefined) return;
      track.onended = () => this.dropVoice("none");
      this.voice.value = stream;
      void this.list();
    });
  }

  /** Ties the microphone's stream to the audio context, whichever of the two comes last. */
  private connect(): void {
    const context = this.sound.context.value;
    const stream = this.voice.value;
    this.capture.peek()?.close();
    const capture =
      context === null || stream === null
        ? null
        : openMicrophone(context, stream, (level) => {
            this.level.value = this.microphone.peek() === "on" ? level : 0;
          });
    capture?.setMuted(this.microphone.peek() !== "on");
    this.capture.value = capture;
  }

  private dropCamera(state: DeviceState): void {
    stop(this.preview.value);
    this.preview.value = null;
    this.camera.value = state;
  }

  private dropVoice(state: DeviceState): void {
    stop(this.voice.value);
    this.voice.value = null;
    this.level.value = 0;
    this.microphone.value = state;
  }

  /** A device came or went: what was missing may be there now. */
  private changed(): void {
    void this.list();
    if (this.camera.value === "none") this.setCamera(true);
    if (this.microphone.value === "none") this.setMic(true);
  }

  private async list(): Promise<void> {
    const { cameras, microphones, speakers } = await listDevices();
    this.choices.value = { camera: cameras, microphone: microphones, speaker: speakers };
  }
}
