/** Before the door: why one is not inside yet, who knows of it, and the way back. Nothing of the meeting is here. */
import type { JSX } from "preact";
import { Icon, type IconName, Mark } from "../icons";
import { t } from "../language";
import { Preview } from "../preview";
import type { MeetingView, Waiting } from "../view";

type Why = Exclude<Waiting["why"], "present">;

const signs: Readonly<Record<Why, IconName>> = { admission: "door", locked: "lock", closed: "hourglass" };

/** Whether there is something to wait for; who is only asked who they are goes on at once. */
export function isWaiting(waiting: Waiting | null): waiting is Waiting & { why: Why } {
  return waiting !== null && waiting.why !== "present";
}

function textOf(why: Why, { someone, opens }: Waiting): string {
  if (why === "admission") return t(someone ? "waiting.admission.someone" : "waiting.admission.nobody");
  if (why === "locked") return t("waiting.locked.text");
  return t(opens === "accounts" ? "waiting.closed.accounts" : "waiting.closed.organisers");
}

export interface WaitingRoomProps {
  view: MeetingView;
  waiting: Waiting & { why: Why };
}

export function WaitingRoom({ view, waiting }: WaitingRoomProps): JSX.Element {
  const { why } = waiting;
  return (
    <div class="page waiting" data-testid="waiting" data-why={why} data-someone={waiting.someone}>
      <header class="masthead">
        <span class="wordmark">
          <Mark />
          <span>{t("app.name")}</span>
        </span>
      </header>
      <div class="page-body">
        <div class="lobby">
          <div class="lobby-words">
            <div class="waiting-words" role="status" aria-live="polite">
              <span class="notice-icon">
                <Icon name={signs[why]} />
              </span>
              <h1>{t(`waiting.${why}`)}</h1>
              <p class="lead">{textOf(why, waiting)}</p>
              {view.phase.value === "cut" && <p class="problem">{t("stage.cut")}</p>}
            </div>
            <p class="soft">{t("waiting.stay")}</p>
            <button type="button" class="button large" data-testid="leave" onClick={view.leave}>
              <Icon name="leave" />
              {t("control.leave")}
            </button>
            <p class="sealed-note">
              <Icon name="lock" />
              {t("lobby.terms")}
            </p>
          </div>
          <Preview devices={view.devices} />
        </div>
      </div>
    </div>
  );
}
