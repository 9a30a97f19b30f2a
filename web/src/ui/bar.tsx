/** The control bar at the foot of a meeting. */
import type { JSX } from "preact";
import { copy, copying } from "./copy";
import { Icon, type IconName } from "./icons";
import { t } from "./language";
import type { Panel } from "./panel";
import { knockCount, knocksFor } from "./room/knocks";
import { isWithheld } from "./room/own";
import { Toggle } from "./toggle";
import type { MeetingView } from "./view";

interface OpenerProps {
  subject: "people" | "security";
  icon: IconName;
  shortcut: string;
  open: boolean;
  count?: number;
  waiting?: number; // before the door
  toggle: () => void;
}

function Opener({ subject, icon, shortcut, open, count, waiting = 0, toggle }: OpenerProps): JSX.Element {
  return (
    <button
      type="button"
      class="control"
      aria-expanded={open}
      aria-controls="panel"
      aria-keyshortcuts={shortcut}
      title={`${t(`control.${subject}`)} (${shortcut})`}
      data-testid={subject}
      onClick={toggle}
    >
      <Icon name={icon} />
      <span class="control-label">{t(`control.${subject}`)}</span>
      {waiting > 0 ? (
        <span class="count knocking" data-testid="knocking">
          <span aria-hidden="true">{waiting}</span>
          <span class="unseen">{knockCount(waiting)}</span>
        </span>
      ) : (
        count !== undefined && count > 0 && <span class="count">{count}</span>
      )}
      <span class="key" aria-hidden="true">
        {shortcut}
      </span>
    </button>
  );
}

export interface BarProps {
  view: MeetingView;
  panel: Panel | null;
  toggle: (panel: Panel) => void;
}

export function Bar({ view, panel, toggle }: BarProps): JSX.Element {
  const copied = copying.value === "done";
  const { devices, room } = view;
  const withheld = (subject: "mic" | "camera"): string | null =>
    isWithheld(room.state.value, subject) ? t(`own.${subject}.withheld`) : null;
  return (
    <div class="bar" role="toolbar" aria-label={t("control.bar")}>
      <div class="bar-group">
        <Toggle subject="mic" state={devices.microphone.value} set={devices.setMic} withheld={withheld("mic")} keyed />
        <Toggle
          subject="camera"
          state={devices.camera.value}
          set={devices.setCamera}
          withheld={withheld("camera")}
          keyed
        />
      </div>
      <div class="bar-group">
        <Opener
          subject="people"
          icon="people"
          shortcut="P"
          open={panel === "people"}
          count={view.people.value.length}
          waiting={knocksFor(room).length}
          toggle={() => toggle("people")}
        />
        <Opener
          subject="security"
          icon="security"
          shortcut="S"
          open={panel === "security"}
          toggle={() => toggle("security")}
        />
        <button
          type="button"
          class="control"
          aria-keyshortcuts="C"
          title={`${t("control.copy")} (C)`}
          data-testid="copy-link"
          onClick={() => copy(view.link)}
        >
          <Icon name={copied ? "check" : "link"} />
          <span class="control-label roomy">{t(copied ? "control.copied" : "control.copy")}</span>
          <span class="control-label tight">{t(copied ? "control.copied" : "control.copy.short")}</span>
          <span class="key" aria-hidden="true">
            C
          </span>
        </button>
      </div>
      <div class="bar-group">
        <button type="button" class="control leave" data-testid="leave" onClick={view.leave}>
          <Icon name="leave" />
          <span class="control-label">{t("control.leave")}</span>
        </button>
      </div>
    </div>
  );
}
