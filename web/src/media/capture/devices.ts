/** Cameras, microphones and loudspeakers: which there are, whether we may use them, and calm words for why not. */

export type DeviceFailure =
  /** The person, the browser or the system said no. */
  | "denied"
  /** There is no such device, or the chosen one is gone. */
  | "none"
  /** Another program holds it, or it does not start. */
  | "busy"
  | "other";

export type Opened = { stream: MediaStream; failure: null } | { stream: null; failure: DeviceFailure };

export interface Device {
  id: string;
  /** Empty until the person has allowed a device of this kind. */
  label: string;
}

export interface Devices {
  cameras: Device[];
  microphones: Device[];
  speakers: Device[];
}

/** Every device of the machine, in the browser's order: its default first. */
export async function listDevices(): Promise<Devices> {
  const all = await navigator.mediaDevices.enumerateDevices();
  const kind = (wanted: MediaDeviceKind): Device[] =>
    all.filter((device) => device.kind === wanted).map((device) => ({ id: device.deviceId, label: device.label }));
  return { cameras: kind("videoinput"), microphones: kind("audioinput"), speakers: kind("audiooutput") };
}

/** Calls back whenever a device comes or goes. Returns how to stop. */
export function watchDevices(changed: () => void): () => void {
  navigator.mediaDevices.addEventListener("devicechange", changed);
  return () => navigator.mediaDevices.removeEventListener("devicechange", changed);
}

/** "prompt" also where the browser does not tell. */
export async function permission(kind: "camera" | "microphone"): Promise<PermissionState> {
  try {
    return (await navigator.permissions.query({ name: kind as PermissionName })).state;
  } catch {
    return "prompt";
  }
}

/** Opens the camera that was chosen, or the default one if it is gone; null asks for the default. */
export function openCamera(deviceId: string | null): Promise<Opened> {
  const wanted = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } };
  return open(deviceId, (device) => ({ video: { ...wanted, ...device } }));
}

/** Opens the microphone that was chosen, or the default one if it is gone; null asks for the default. */
export function openMicrophoneDevice(deviceId: string | null): Promise<Opened> {
  const wanted = { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: { ideal: 1 } };
  return open(deviceId, (device) => ({ audio: { ...wanted, ...device } }));
}

/** What the error of `getUserMedia` means for the person. */
export function failureOf(error: unknown): DeviceFailure {
  const name = error instanceof Error ? error.name : "";
  switch (name) {
    case "NotAllowedError":
    case "SecurityError":
      return "denied";
    case "NotFoundError":
    case "OverconstrainedError":
      return "none";
    case "NotReadableError":
    case "AbortError":
      return "busy";
    default:
      return "other";
  }
}

async function open(
  deviceId: string | null,
  constraints: (device: { deviceId?: ConstrainDOMString }) => MediaStreamConstraints,
): Promise<Opened> {
  try {
    const stream = await navigator.mediaDevices.getUserMedia(
      constraints(deviceId === null ? {} : { deviceId: { exact: deviceId } }),
    );
    return { stream, failure: null };
  } catch (error) {
    const failure = failureOf(error);
    if (deviceId !== null && failure === "none") return open(null, constraints);
    return { stream: null, failure };
  }
}
