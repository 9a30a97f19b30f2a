/** The switch of the microphone or the camera, the same before and in the meeting. */
import type { JSX } from "preact";
import { useId } from "preact/hooks";
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
  withheld?: string | null; // why one may not use it now
}

export function Toggle({ subject, state, set, keyed = false, withheld = null }: ToggleProps): JSX.Element {
  const on = state === "on" || state === "starting";
  const { key, ...icon } = icons[subject];
  const does = withheld ?? t(`control.${subject}.${on ? "off" : "on"}`);
  const id = useId();
  return (
    <button
      type="button"
      class="control"
      aria-pressed={on}
      aria-disabled={withheld !== null}
      aria-describedby={withheld === null ? undefined : id}
      {...(keyed ? { "aria-keyshortcuts": key } : {})}
      title={keyed && withheld === null ? `${does} (${key})` : does}
      data-testid={subject}
      data-state={state}
      data-on={on}
      onClick={() => {
        if (withheld === null) set(!on);
      }}
    >
      <Icon name={on ? icon.on : icon.off} />
      {withheld === null ? (
        <>
          <span class="control-label roomy">{t(`control.${subject}`)}</span>
          <span class="control-label tight">{t(`control.${subject}.short`)}</span>
        </>
      ) : (
        <>
          <span class="unseen">{t(`control.${subject}`)}: </span>
          <span class="control-label">{t("own.withheld")}</span>
          <span class="unseen" id={id}>
            {withheld}
          </span>
        </>
      )}
      {keyed && withheld === null && (
        <span class="key" aria-hidden="true">
          {key}
        </span>
      )}
    </button>
  );
}
