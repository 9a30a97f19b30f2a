/** One's own camera before joining, as a mirror, with what keeps it dark, the two switches and the microphone's level. */
import type { JSX } from "preact";
import { Icon } from "./icons";
import { t } from "./language";
import { Toggle } from "./toggle";
import { Video } from "./video";
import type { DeviceState, DevicesView } from "./view";

type Trouble = Exclude<DeviceState, "off" | "starting" | "on">;

function isTrouble(state: DeviceState): state is Trouble {
  return state !== "off" && state !== "starting" && state !== "on";
}

export function Level({ level }: { level: DevicesView["level"] }): JSX.Element {
  return <meter class="level" min={0} max={1} value={level.value} aria-label={t("lobby.level")} data-testid="level" />;
}

export function MicrophoneTrouble({ devices }: { devices: DevicesView }): JSX.Element | null {
  const state = devices.microphone.value;
  if (!isTrouble(state)) return null;
  return (
    <div class="trouble" role="status" data-testid="microphone-trouble">
      <Icon name="microphoneOff" />
      <div>
        <strong>{t(`device.microphone.${state}`)}</strong>
        <p>{t(`device.microphone.${state}.text`)}</p>
        <button type="button" class="button quiet" onClick={() => devices.setMic(true)}>
          {t("device.retry")}
        </button>
      </div>
    </div>
  );
}

export function Preview({ devices }: { devices: DevicesView }): JSX.Element {
  const state = devices.camera.value;
  const stream = devices.preview.value;
  return (
    <div class="preview">
      <div class="preview-picture" data-testid="preview" data-state={state}>
        {state === "on" && stream !== null ? (
          <Video stream={stream} label={t("lobby.preview")} />
        ) : (
          <div class="preview-words" role="status">
            <Icon name={isTrouble(state) ? "alert" : state === "starting" ? "hourglass" : "cameraOff"} />
            <strong>{t(state === "on" ? "device.camera.starting" : `device.camera.${state}`)}</strong>
            {isTrouble(state) && <p>{t(`device.camera.${state}.text`)}</p>}
            {isTrouble(state) && (
              <button type="button" class="button quiet" onClick={() => devices.setCamera(true)}>
                {t("device.retry")}
              </button>
            )}
          </div>
        )}
      </div>
      <div class="preview-bar">
        <Toggle subject="mic" state={devices.microphone.value} set={devices.setMic} />
        <Toggle subject="camera" state={state} set={devices.setCamera} />
        <Level level={devices.level} />
      </div>
      <MicrophoneTrouble devices={devices} />
    </div>
  );
}
