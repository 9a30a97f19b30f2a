/** Who is in the meeting: exactly the leaves of the group's tree; what they may do, and who waits before the door. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import type { Person } from "../worker/messages";
import { Icon } from "./icons";
import { people as count, t } from "./language";
import { Everybody } from "./room/everybody";
import { KnockList } from "./room/knocks";
import { Marks } from "./room/marks";
import { Decisions, PersonDetails } from "./room/person";
import { initials } from "./tile";
import type { AskingView, ComparingView, RoomView } from "./view";

interface RowProps {
  person: Person;
  room: RoomView;
  comparing: ComparingView;
  asking: AskingView;
  wanted: boolean; // is to be looked at: open it
}

function Row({ person, room, comparing, asking, wanted }: RowProps): JSX.Element {
  const open = useSignal(wanted);
  useEffect(() => {
    if (wanted) open.value = true;
  }, [wanted, open]);
  const rest = useRef<HTMLDivElement>(null);
  // What was opened at the lower edge is brought into view.
  useEffect(() => {
    if (open.value) rest.current?.scrollIntoView({ block: "nearest" });
  }, [open.value]);
  const id = useId();
  const away = person.tile === "away" || person.sound === "away";
  const compared = comparing.of(person);
  const state = away
    ? t("people.away")
    : compared === "changed"
      ? t("compare.tile")
      : person.doubt !== null
        ? t(`doubt.${person.doubt}`, { name: person.name })
        : person.speaking
          ? t("people.speaking")
          : null;
  return (
    <li
      class="person"
      data-testid="person"
      data-seat={person.seat}
      data-name={person.name}
      data-client={person.client}
      data-speaking={person.speaking}
    >
      <span class="initials" aria-hidden="true">
        {initials(person.name)}
      </span>
      <span class="person-words">
        <span class="person-name">{person.self ? `${person.name} (${t("people.you")})` : person.name}</span>
        <Marks person={person} compared={compared} />
        {person.client === "python" && (
          <span class="program" data-testid="program">
            {t("people.python")}
          </span>
        )}
        {state !== null && <span class="person-state">{state}</span>}
      </span>
      <span class="person-icons">
        <span data-on={person.camera}>
          <Icon name={person.camera ? "camera" : "cameraOff"} />
          <span class="unseen">{t(person.camera ? "people.camera.on" : "people.camera.off")}</span>
        </span>
        <span data-on={person.mic}>
          <Icon name={person.mic ? "microphone" : "microphoneOff"} />
          <span class="unseen">{t(person.mic ? "people.mic.on" : "people.mic.off")}</span>
        </span>
      </span>
      <button
        type="button"
        class="control small person-more"
        aria-label={t("rights.more", { name: person.name })}
        title={t("rights.more", { name: person.name })}
        aria-expanded={open.value}
        aria-controls={id}
        data-testid="person-more"
        onClick={() => {
          open.value = !open.value;
        }}
      >
        <Icon name="more" />
      </button>
      <div id={id} ref={rest} class="person-rest">
        {open.value ? (
          <PersonDetails person={person} room={room} comparing={comparing} asking={asking} />
        ) : (
          room.state.value.frozen && !person.self && <Decisions person={person} room={room} only="remove" />
        )}
      </div>
    </li>
  );
}

export interface PeopleProps {
  people: readonly Person[];
  room: RoomView;
  comparing: ComparingView;
  asking: AskingView;
  wanted: string | null; // the seat of somebody who is to be looked at
}

export function People({ people, room, comparing, asking, wanted }: PeopleProps): JSX.Element {
  return (
    <div data-testid="panel-people">
      <KnockList room={room} people={people} />
      <Everybody room={room} people={people} />
      <p class="sheet-lead">
        <strong>{count(people.length)}</strong>
      </p>
      <ul class="persons">
        {people.map((person) => (
          <Row
            key={person.seat}
            person={person}
            room={room}
            comparing={comparing}
            asking={asking}
            wanted={person.seat === wanted}
          />
        ))}
      </ul>
      <p class="hint">{t("people.exact")}</p>
    </div>
  );
}
