/** The switch of the microphone or the camera, the same before and in the meeting. */
import type { JSX } from "preact";
import { Icon, type IconName } from "./icons";
import { t } from "./language";
import type { DeviceState } from "./view";

const icons: Record<"mic" | "camera", { on: IconName; off: IconName; key: string }> = {
  mic: { on: "microphone", off: "microphoneOff", key: "M" },
  camera: { on: "camera", off: "cameraOff", key: "V" },
};

export interface ToggleProps {
  subject: "mic" | "camera";
  state: DeviceState;
  set: (on: boolean) => void;
  keyed?: boolean; // the shortcut works here
}

export function Toggle({ subject, state, set, keyed = false }: ToggleProps): JSX.Element {
  const on = state === "on" || state === "starting";
  const { key, ...icon } = icons[subject];
  const does = t(`control.${subject}.${on ? "off" : "on"}`);
  return (
    <button
      type="button"
      class="control"
      aria-pressed={on}
      {...(keyed ? { "aria-keyshortcuts": key } : {})}
      title={keyed ? `${does} (${key})` : does}
      data-testid={subject}
      data-state={state}
      data-on={on}
      onClick={() => set(!on)}
    >
      <Icon name={on ? icon.on : icon.off} />
      <span class="control-label roomy">{t(`control.${subject}`)}</span>
      <span class="control-label tight">{t(`control.${subject}.short`)}</span>
      {keyed && (
        <span class="key" aria-hidden="true">
          {key}
        </span>
      )}
    </button>
  );
}
