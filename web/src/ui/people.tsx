/** Who is in the meeting: exactly the leaves of the group's tree. */
import type { JSX } from "preact";
import type { Person } from "../worker/messages";
import { Icon } from "./icons";
import { people as count, t } from "./language";
import { initials } from "./tile";

function Row({ person }: { person: Person }): JSX.Element {
  const away = person.tile === "away" || person.sound === "away";
  const state = away
    ? t("people.away")
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
    </li>
  );
}

export function People({ people }: { people: readonly Person[] }): JSX.Element {
  return (
    <div data-testid="panel-people">
      <p class="sheet-lead">
        <strong>{count(people.length)}</strong>
      </p>
      <ul class="persons">
        {people.map((person) => (
          <Row key={person.seat} person={person} />
        ))}
      </ul>
      <p class="hint">{t("people.exact")}</p>
    </div>
  );
}
