/** One person on the stage: the picture, or why there is none; the name; whether the microphone is on. */
import type { JSX } from "preact";
import type { Person, TileState } from "../worker/messages";
import type { Rect } from "./grid";
import { Icon, type IconName } from "./icons";
import { t } from "./language";
import { AskedStrip } from "./room/gestures";
import { AccountMark, ComparedMark } from "./room/marks";
import { Surface, Video } from "./video";
import type { Compared, Picture } from "./view";

const reasons: Record<Exclude<TileState, "live">, IconName> = {
  waiting: "hourglass",
  "no-key": "key",
  "cannot-decode": "alert",
  paused: "cameraOff",
  away: "cut",
};

/** The first letters of the first and the last word of a name. */
export function initials(name: string): string {
  const words = name.split(/\s+/u).filter((word) => word !== "");
  const letters = [words[0], words.length > 1 ? words[words.length - 1] : undefined].map(
    (word) => [...(word ?? "")][0] ?? "",
  );
  return letters.join("").toLocaleUpperCase();
}

function nameOn(person: Person, over: boolean): string {
  if (!person.self) return person.name;
  return over ? t("tile.you") : `${person.name} (${t("people.you")})`;
}

export interface TileProps {
  person: Person;
  picture: Picture | MediaStream | null; // a stream is one's own camera, shown as in a mirror
  place: Rect;
  over: boolean; // lies over another tile
  compared: Compared;
}

export function Tile({ person, picture, place, over, compared }: TileProps): JSX.Element {
  const state: TileState = person.tile;
  const closed = compared === "changed";
  const isLive = state === "live" && !closed;
  const words = closed ? t("compare.tile") : t(`tile.${state}`);
  const label = t("tile.label", { name: person.name, state: t("tile.live") });
  const soundTrouble =
    person.sound === "no-key" || person.sound === "cannot-decode" ? t(`sound.${person.sound}`) : null;
  return (
    <li
      class="tile"
      data-testid="tile"
      data-seat={person.seat}
      data-name={person.name}
      data-state={state}
      data-sound={person.sound}
      data-self={person.self}
      data-client={person.client}
      data-speaking={person.speaking}
      data-doubt={person.doubt}
      data-over={over}
      data-compared={compared}
      style={{
        transform: `translate(${place.x}px, ${place.y}px)`,
        width: `${place.width}px`,
        height: `${place.height}px`,
      }}
    >
      {picture instanceof MediaStream && isLive && <Video stream={picture} label={label} />}
      {picture instanceof HTMLElement && <Surface element={picture} hidden={!isLive} label={label} />}
      {!isLive && (
        <div class="placard">
          <span class="initials" aria-hidden="true">
            {initials(person.name)}
          </span>
          <span class="placard-words">
            <Icon name={closed || state === "live" ? "key" : reasons[state]} />
            {words}
          </span>
        </div>
      )}
      {person.doubt !== null && (
        <p class="doubt" data-testid="doubt" title={t(`doubt.${person.doubt}`, { name: person.name })}>
          <Icon name="alert" />
          <span>{t(`doubt.${person.doubt}`, { name: person.name })}</span>
        </p>
      )}
      {person.asked !== null && !person.self && <AskedStrip asked={person.asked} />}
      <div class="plate">
        {!person.mic && (
          <>
            <Icon name="microphoneOff" />
            <span class="unseen">{t("people.mic.off")}</span>
          </>
        )}
        {soundTrouble !== null && (
          <>
            <Icon name="alert" />
            <span class="unseen">{soundTrouble}</span>
          </>
        )}
        <span class="plate-name">{nameOn(person, over)}</span>
        {!person.self && <AccountMark {...person} />}
        {compared === "yes" && <ComparedMark />}
        {person.client === "python" && (
          <span class="program-sign" title={t("people.python")}>
            <Icon name="program" />
            <span class="unseen">{t("people.python")}</span>
          </span>
        )}
        {person.speaking && <span class="unseen">{t("people.speaking")}</span>}
      </div>
    </li>
  );
}
