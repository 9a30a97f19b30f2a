/** Gestures that people are asked for: it helps against recordings and simple fakes, and proves nothing. */
import type { JSX } from "preact";
import type { Asked, Person } from "../../worker/messages";
import { Icon } from "../icons";
import { t } from "../language";
import type { AskingView, MeetingView, RoomView } from "../view";
import type { GestureKey } from "./gesturewords";

/** What is asked for, by its number. */
export function gestureWords(gesture: number): string {
  return t(`gesture.${gesture}` as GestureKey);
}

/** On the tile of whoever was asked. */
export function AskedStrip({ asked }: { asked: Asked }): JSX.Element {
  return (
    <p class="asked" data-testid="asked" data-gesture={asked.gesture}>
      <Icon name="hand" />
      <span>
        <strong>{asked.mine ? t("ask.strip.mine") : t("ask.strip", { name: asked.by })}</strong>{" "}
        {gestureWords(asked.gesture)}
      </span>
    </p>
  );
}

/** Large, for oneself. */
function AskedOfMe({ asked }: { asked: Asked }): JSX.Element {
  return (
    <div class="banner asked-me" data-testid="asked-me" data-gesture={asked.gesture}>
      <Icon name="hand" />
      <span>
        <span class="asked-by">{t("ask.me", { name: asked.by })}</span>
        <strong class="asked-what">{gestureWords(asked.gesture)}</strong>
        <span class="hint">{t("ask.me.text")}</span>
      </span>
    </div>
  );
}

/** What others ask of oneself, and what one has asked of others. */
export function Gestures({ view }: { view: Pick<MeetingView, "people" | "asking"> }): JSX.Element {
  const mine = view.people.value.find(({ self }) => self)?.asked ?? null;
  const { answer, open } = view.asking;
  return (
    <>
      {mine !== null && <AskedOfMe asked={mine} />}
      {open.value.map((ask) => (
        <div key={ask.id} class="banner wrapped" data-testid="asking" data-name={ask.name}>
          <Icon name="hand" />
          <span>
            <strong>{t("ask.open", { name: ask.name })}</strong> {gestureWords(ask.gesture)}
          </span>
          <span class="banner-ways">
            <button type="button" class="button quiet" data-testid="as-asked" onClick={() => answer(ask, true)}>
              {t("ask.yes")}
            </button>
            <button type="button" class="button quiet" data-testid="not-as-asked" onClick={() => answer(ask, false)}>
              {t("ask.no")}
            </button>
          </span>
        </div>
      ))}
    </>
  );
}

export interface AskForProps {
  person: Person;
  room: RoomView;
  asking: AskingView;
}

/** In a person's entry, for whoever may remove people. */
export function AskFor({ person, room, asking }: AskForProps): JSX.Element | null {
  if (person.self || !room.state.value.mine.has("person:remove")) return null;
  const answer = asking.of(person);
  return (
    <section class="compare" data-testid="ask-for">
      <h3>{t("ask.title")}</h3>
      <p class="hint">{t("ask.text")}</p>
      {answer !== null && <p class="hint">{t(answer ? "ask.was" : "ask.was.not")}</p>}
      <div class="decisions">
        <button type="button" class="button quiet" data-testid="ask-gesture" onClick={() => asking.ask(person)}>
          {t("ask.button")}
        </button>
      </div>
    </section>
  );
}
