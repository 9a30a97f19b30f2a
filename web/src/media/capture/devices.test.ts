import { afterEach, expect, test, vi } from "vitest";
import { failureOf, listDevices, openCamera, openMicrophoneDevice, permission, watchDevices } from "./devices";

afterEach(() => vi.unstubAllGlobals());

function browser(devices: Partial<MediaDevices>, permissions?: unknown): void {
  vi.stubGlobal("navigator", { mediaDevices: devices, permissions });
}

test.each([
  ["NotAllowedError", "denied"],
  ["SecurityError", "denied"],
  ["NotFoundError", "none"],
  ["OverconstrainedError", "none"],
  ["NotReadableError", "busy"],
  ["AbortError", "busy"],
  ["TypeError", "other"],
])("%s means %s", (name, failure) => {
  expect(failureOf(new DOMException("x", name))).toBe(failure);
});

test("what is not an error is other", () => {
  expect(failureOf("x")).toBe("other");
});

test("a chosen device that is gone is replaced by the default one", async () => {
  const stream = {} as MediaStream;
  const getUserMedia = vi.fn(async (constraints?: MediaStreamConstraints) => {
    if (JSON.stringify(constraints).includes("exact")) throw new DOMException("x", "OverconstrainedError");
    return stream;
  });
  browser({ getUserMedia });
  expect(await openCamera("gone")).toEqual({ stream, failure: null });
  expect(getUserMedia).toHaveBeenCalledTimes(2);
  expect(await openMicrophoneDevice(null)).toEqual({ stream, failure: null });
  expect(getUserMedia.mock.calls[2]?.[0]).toMatchObject({ audio: { echoCancellation: true } });
});

test("a refusal is a value", async () => {
  browser({ getUserMedia: () => Promise.reject(new DOMException("x", "NotAllowedError")) });
  expect(await openCamera("any")).toEqual({ stream: null, failure: "denied" });
});

test("devices come sorted by kind, and changes are told until one stops listening", async () => {
  const target = new EventTarget();
  const device = (kind: string, deviceId: string) => ({ kind, deviceId, label: `the ${deviceId}` });
  browser({
    enumerateDevices: async () =>
      [device("audioinput", "a"), device("videoinput", "b"), device("audiooutput", "c")] as MediaDeviceInfo[],
    addEventListener: target.addEventListener.bind(target),
    removeEventListener: target.removeEventListener.bind(target),
  });
  expect(await listDevices()).toEqual({
    cameras: [{ id: "b", label: "the b" }],
    microphones: [{ id: "a", label: "the a" }],
    speakers: [{ id: "c", label: "the c" }],
  });
  const changed = vi.fn();
  const stop = watchDevices(changed);
  target.dispatchEvent(new Event("devicechange"));
  stop();
  target.dispatchEvent(new Event("devicechange"));
  expect(changed).toHaveBeenCalledTimes(1);
});

test("permission is prompt where the browser does not tell", async () => {
  browser({}, { query: async () => ({ state: "granted" }) });
  expect(await permission("camera")).toBe("granted");
  browser({}, { query: () => Promise.reject(new TypeError("unknown name")) });
  expect(await permission("microphone")).toBe("prompt");
});
