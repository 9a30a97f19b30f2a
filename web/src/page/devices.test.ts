import { signal } from "@preact/signals";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Opened } from "../media/capture/devices";

const opening: ((opened: Opened) => void)[] = [];
vi.mock("../media/capture/devices", () => ({
  listDevices: async () => ({ cameras: [], microphones: [], speakers: [] }),
  openCamera: () => new Promise((resolve) => opening.push(resolve)),
  openMicrophoneDevice: () => new Promise((resolve) => opening.push(resolve)),
  watchDevices: () => () => {},
}));
vi.mock("../media/capture/microphone", () => ({ openMicrophone: () => null }));
vi.mock("./sound", () => ({ PageSound: class {} }));

const { PageDevices } = await import("./devices");

class Track {
  enabled = true;
  stopped = false;
  onended: (() => void) | null = null;
  stop(): void {
    this.stopped = true;
  }
}

/** A stream of one track, whichever kind is asked for. */
function opened(track: Track): Opened {
  const tracks = () => [track];
  const stream = { getTracks: tracks, getAudioTracks: tracks, getVideoTracks: tracks };
  return { stream: stream as unknown as MediaStream, failure: null };
}

async function answer(track: Track): Promise<void> {
  opening.shift()?.(opened(track));
  await new Promise((resolve) => setTimeout(resolve, 0));
}

function devices(): InstanceType<typeof PageDevices> {
  const sound = { context: signal(null), choose: () => {} };
  return new PageDevices(sound as unknown as ConstructorParameters<typeof PageDevices>[0]);
}

beforeEach(() => {
  opening.length = 0;
});

describe("devices", () => {
  it("lets go of what is withheld, open or muted or on its way, and of nothing twice", async () => {
    const own = devices();
    const [voice, picture, late] = [new Track(), new Track(), new Track()];
    own.setMic(true);
    await answer(voice);
    own.setMic(false);
    expect(voice.stopped).toBe(false);
    own.release("microphone");
    expect([voice.stopped, own.microphone.value]).toEqual([true, "off"]);
    own.setCamera(true);
    await answer(picture);
    own.release("camera");
    expect([picture.stopped, own.camera.value, own.preview.value]).toEqual([true, "off", null]);
    own.setCamera(true);
    own.release("camera");
    await answer(late);
    expect([late.stopped, own.camera.value]).toEqual([true, "off"]);
    own.camera.value = "denied";
    own.release("camera");
    expect(own.camera.value).toBe("denied");
  });

  it("stays muted when muted while another microphone is being opened", async () => {
    const own = devices();
    const [first, second, third] = [new Track(), new Track(), new Track()];
    own.setMic(true);
    await answer(first);
    own.choose("microphone", "other");
    own.setMic(false);
    await answer(second);
    expect(own.microphone.value).toBe("off");
    expect([first.stopped, second.stopped]).toEqual([true, true]);
    own.setMic(true);
    await answer(third);
    expect(own.microphone.value).toBe("on");
    expect(third.stopped).toBe(false);
  });

  it("lets the camera's light go out, also when it was switched off while it started", async () => {
    const own = devices();
    const [first, second] = [new Track(), new Track()];
    own.setCamera(true);
    await answer(first);
    own.setCamera(false);
    expect(first.stopped).toBe(true);
    own.setCamera(true);
    own.setCamera(false);
    await answer(second);
    expect(second.stopped).toBe(true);
    expect([own.camera.value, own.preview.value]).toEqual(["off", null]);
  });
});
