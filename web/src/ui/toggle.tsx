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
}

export function Toggle({ subject, state, set }: ToggleProps): JSX.Element {
  const on = state === "on" || state === "starting";
  const { key, ...icon } = icons[subject];
  return (
    <button
      type="button"
      class="control"
      aria-pressed={on}
      aria-keyshortcuts={key}
      title={`${t(`control.${subject}.${on ? "off" : "on"}`)} (${key})`}
      data-testid={subject}
      data-state={state}
      data-on={on}
      onClick={() => set(!on)}
    >
      <Icon name={on ? icon.on : icon.off} />
      <span class="control-label">{t(`control.${subject}`)}</span>
      <span class="key" aria-hidden="true">
        {key}
      </span>
    </button>
  );
}
