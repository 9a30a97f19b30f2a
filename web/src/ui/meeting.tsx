/** The meeting: a line on top, the stage, the sheet beside it, the control bar. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Counters, Person } from "../worker/messages";
import { Alone } from "./alone";
import { Banners } from "./banners";
import { Bar } from "./bar";
import { copy } from "./copy";
import { Help } from "./help";
import { Icon, Mark } from "./icons";
import { t } from "./language";
import { type Panel, Sheet } from "./panel";
import { FreezeButton } from "./room/everybody";
import { goToKnock, KnockAnnouncer, KnockBanner } from "./room/knocks";
import { GivenBack } from "./room/notices";
import { isWithheld, useWithheld } from "./room/own";
import { isWaiting, WaitingRoom } from "./room/waiting";
import { type Action, useShortcuts } from "./shortcuts";
import { Stage } from "./stage";
import type { MeetingView } from "./view";

/** Says to a screen reader that one was let in, who came and who went. */
function Announcer({ people, first }: { people: readonly Person[]; first: string }): JSX.Element {
  const before = useRef<readonly Person[]>(people);
  const said = useSignal("");
  useEffect(() => {
    if (first !== "") said.value = first;
  }, [first, said]);
  useEffect(() => {
    const seats = (list: readonly Person[]): Set<string> => new Set(list.map((person) => person.seat));
    const [had, has] = [seats(before.current), seats(people)];
    const came = people
      .filter((person) => !person.self && !had.has(person.seat))
      .map(({ name }) => t("people.joined", { name }));
    const went = before.current
      .filter((person) => !person.self && !has.has(person.seat))
      .map(({ name }) => t("people.left", { name }));
    before.current = people;
    if (came.length + went.length > 0) said.value = [...came, ...went].join(" ");
  }, [people, said]);
  return (
    <p class="unseen" role="status" aria-live="polite">
      {said}
    </p>
  );
}

function Entering({ phase }: { phase: "connecting" | "joining" }): JSX.Element {
  return (
    <div class="entering" role="status">
      <span class="pulse">
        <Mark />
      </span>
      <h1>{t(`stage.${phase}`)}</h1>
      <p class="soft">{t(`stage.${phase}.text`)}</p>
    </div>
  );
}

/** What this browser counted, for tools that read the page: values are JSON. The security sheet says the same in words. */
function Counted({ counters }: { counters: Counters }): JSX.Element {
  return (
    <div
      hidden
      data-testid="counters"
      data-sealed={counters.sealed}
      data-opened={counters.opened}
      data-refused={JSON.stringify(counters.refused)}
      data-commits-refused={counters.commitsRefused}
      data-bytes-up={counters.bytesUp}
      data-bytes-down={counters.bytesDown}
      data-round-trip-ms={counters.roundTripMs}
    />
  );
}

export interface MeetingProps {
  view: MeetingView;
  opened?: Panel | "help" | null; // what is open at first
}

export function Meeting(props: MeetingProps): JSX.Element {
  const waited = useRef(false);
  useWithheld(props.view);
  const waiting = props.view.room.waiting.value;
  if (isWaiting(waiting)) {
    waited.current = true;
    return <WaitingRoom view={props.view} waiting={waiting} />;
  }
  return <Inside {...props} waited={waited.current} />;
}

function Inside({ view, opened = null, waited }: MeetingProps & { waited: boolean }): JSX.Element {
  const panel = useSignal<Panel | null>(opened === "help" ? null : opened);
  const help = useSignal(opened === "help");
  const opener = useRef<HTMLElement | null>(null);

  const wanted = useSignal<string | null>(null);

  const close = (): void => {
    panel.value = null;
    wanted.value = null;
    opener.current?.focus();
    opener.current = null;
  };
  const toggle = (wanted: Panel): void => {
    if (panel.value === wanted) {
      close();
      return;
    }
    if (panel.value === null && document.activeElement instanceof HTMLElement) opener.current = document.activeElement;
    panel.value = wanted;
  };
  const { devices, room } = view;
  const showPeople = (): void => {
    if (panel.value === "people") document.getElementById("panel-title")?.focus();
    else toggle("people");
  };
  const compare = ({ seat }: Person): void => {
    wanted.value = seat;
    if (panel.value !== "people") toggle("people");
  };
  const acts: Record<Action, () => void> = {
    mic: () => {
      if (!isWithheld(room.state.value, "mic")) devices.setMic(devices.microphone.value !== "on");
    },
    camera: () => {
      if (!isWithheld(room.state.value, "camera")) devices.setCamera(devices.camera.value !== "on");
    },
    people: () => toggle("people"),
    knocks: goToKnock,
    security: () => toggle("security"),
    settings: () => toggle("settings"),
    copy: () => void copy(view.link),
    help: () => {
      help.value = true;
    },
    close,
  };
  useShortcuts((action) => acts[action]());

  const phase = view.phase.value;
  const people = view.people.value;
  const entering = phase === "connecting" || phase === "joining" ? phase : null;
  return (
    <div class="meeting" data-panel={panel.value ?? "none"}>
      <header class="meeting-head">
        <span class="wordmark">
          <Mark />
          <span>{t("app.name")}</span>
        </span>
        <button type="button" class="badge" title={t("control.security")} onClick={() => toggle("security")}>
          <Icon name="lock" />
          <span class="roomy">{t("stage.encrypted")}</span>
          <span class="tight">{t("stage.encrypted.short")}</span>
        </button>
        <div class="meeting-head-end">
          {!room.state.value.frozen && <FreezeButton room={room} frozen={showPeople} />}
          <button
            type="button"
            class="control small"
            aria-label={t("control.settings")}
            title={`${t("control.settings")} (,)`}
            aria-expanded={panel.value === "settings"}
            data-testid="settings"
            onClick={() => toggle("settings")}
          >
            <Icon name="settings" />
          </button>
          <button
            type="button"
            class="control small"
            aria-label={t("control.help")}
            title={`${t("control.help")} (?)`}
            data-testid="help"
            onClick={acts.help}
          >
            <Icon name="help" />
          </button>
        </div>
      </header>
      <div class="meeting-room">
        <div class="meeting-stage">
          <div class="stage-top">
            {panel.value !== "people" && <KnockBanner room={room} people={people} showAll={showPeople} />}
            <Banners view={view} compare={compare} />
          </div>
          {entering !== null ? (
            <Entering phase={entering} />
          ) : (
            <>
              <h1 class="unseen">{t("stage.label")}</h1>
              <Stage
                people={people}
                pictures={view.pictures.value}
                own={devices.preview.value}
                dimmed={phase === "cut"}
                comparing={view.comparing}
              >
                <Alone link={view.link} door={room.state.value.door} />
              </Stage>
            </>
          )}
          <Announcer people={people} first={waited && phase === "inside" ? t("waiting.in") : ""} />
          <KnockAnnouncer room={room} />
          <GivenBack room={room} />
          {view.counters.value !== null && <Counted counters={view.counters.value} />}
        </div>
        {panel.value !== null && <Sheet panel={panel.value} view={view} wanted={wanted.value} close={close} />}
      </div>
      <Bar view={view} panel={panel.value} toggle={toggle} />
      {help.value && (
        <Help
          close={() => {
            help.value = false;
          }}
        />
      )}
    </div>
  );
}
