/** What has to be said while the meeting goes on. */
import type { JSX } from "preact";
import type { Person } from "../worker/messages";
import { copying } from "./copy";
import { Icon } from "./icons";
import { t } from "./language";
import { ChangedKeys } from "./room/compare";
import { Gestures } from "./room/gestures";
import { RoomNotices } from "./room/notices";
import type { MeetingView, Warning } from "./view";

/** What somebody must have done on purpose. */
function isGrave({ kind }: Warning): boolean {
  return kind === "forged" || kind === "split";
}

export interface BannersProps {
  view: MeetingView;
  compare: (person: Person) => void; // shows what to compare
}

export function Banners({ view, compare }: BannersProps): JSX.Element {
  const { microphone } = view.devices;
  const mic = microphone.value;
  const micTrouble = mic === "off" || mic === "on" || mic === "starting" ? null : mic;
  const cam = view.devices.camera.value;
  const camTrouble = cam === "off" || cam === "on" || cam === "starting" ? null : cam;
  return (
    <div class="banners" role="status" aria-live="polite">
      {view.phase.value === "cut" && (
        <p class="banner bad" data-testid="cut">
          <Icon name="cut" />
          <span>{t("stage.cut")}</span>
        </p>
      )}
      <ChangedKeys view={view} compare={compare} />
      <Gestures view={view} />
      <RoomNotices room={view.room} />
      {view.soundBlocked.value && view.phase.value === "inside" && (
        <p class="banner" data-testid="sound-blocked">
          <Icon name="alert" />
          <span>{t("stage.silent")}</span>
          <button type="button" class="button quiet" onClick={view.hear}>
            {t("stage.hear")}
          </button>
        </p>
      )}
      {micTrouble !== null && (
        <p class="banner" data-testid="microphone-trouble">
          <Icon name="microphoneOff" />
          <span>
            <strong>{t(`device.microphone.${micTrouble}`)}</strong> {t(`device.microphone.${micTrouble}.text`)}
          </span>
        </p>
      )}
      {camTrouble !== null && (
        <p class="banner" data-testid="camera-trouble">
          <Icon name="cameraOff" />
          <span>
            <strong>{t(`device.camera.${camTrouble}`)}</strong> {t(`device.camera.${camTrouble}.text`)}
          </span>
        </p>
      )}
      {copying.value === "failed" && (
        <p class="banner">
          <Icon name="link" />
          <span>{t("alone.failed")}</span>
          <input
            readOnly
            value={view.link}
            aria-label={t("alone.link")}
            onFocus={(event) => event.currentTarget.select()}
          />
        </p>
      )}
      {view.warnings.value.map((warning) => (
        <p
          key={warning.id}
          class={isGrave(warning) ? "banner bad" : "banner"}
          data-testid="warning"
          data-kind={warning.kind}
        >
          <Icon name="alert" />
          <span>
            {t(`warning.${warning.kind}`, { name: warning.by ?? "" })}
            {warning.kind === "commit-refused" && warning.by ? ` ${t("warning.by", { name: warning.by })}` : null}
          </span>
          <button
            type="button"
            class="control small"
            aria-label={t("warning.dismiss")}
            onClick={() => view.dismiss(warning.id)}
          >
            <Icon name="close" />
          </button>
        </p>
      ))}
    </div>
  );
}
