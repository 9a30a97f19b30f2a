/** What one person may do, and what one may decide about them. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { Person } from "../../worker/messages";
import { t } from "../language";
import type { Outcome, RightName, RoomState, RoomView } from "../view";
import { useActing } from "./acting";
import { Compare, type CompareProps } from "./compare";
import { AskFor, type AskForProps } from "./gestures";
import { directing, named, pictures, sending } from "./rights";
import { Sure, type Way } from "./sure";
import { RightSwitch, RightWord } from "./switch";

interface PersonProps {
  person: Person;
  room: RoomView;
}

/** Nobody gives what they do not have; whoever may change rights takes any. */
function mayChange(right: RightName, has: boolean, { mine }: RoomState): boolean {
  return mine.has("right:change") && (has || mine.has(right));
}

function Held({ person }: { person: Person }): JSX.Element {
  const rights = named(person.allowed);
  const held = sending.filter((right) => rights.has(right));
  const also = directing.filter((right) => rights.has(right));
  return (
    <>
      <h3>{t("rights.may")}</h3>
      {held.length === 0 ? (
        <p class="hint">{t("rights.may.nothing")}</p>
      ) : (
        <ul class="right-words">
          {held.map((right) => (
            <RightWord key={right} right={right} icon={pictures[right]} on />
          ))}
        </ul>
      )}
      {also.length > 0 && (
        <>
          <h3>{t("rights.also")}</h3>
          <ul class="right-words">
            {also.map((right) => (
              <RightWord key={right} right={right} on />
            ))}
          </ul>
        </>
      )}
    </>
  );
}

function Changed({ person, room }: PersonProps): JSX.Element {
  const state = room.state.value;
  const { subject } = person;
  const rights = named(person.allowed);
  const set = (right: RightName) => (on: boolean) =>
    on ? room.act.give(subject, right) : room.act.take(subject, right);
  const one = (right: RightName): JSX.Element => {
    const on = rights.has(right);
    const icon = right in pictures ? { icon: pictures[right as keyof typeof pictures] } : {};
    return mayChange(right, on, state) ? (
      <RightSwitch key={right} right={right} on={on} set={set(right)} {...icon} />
    ) : (
      <RightWord key={right} right={right} on={on} {...icon} />
    );
  };
  const over = directing.filter((right) => rights.has(right) || state.mine.has(right));
  return (
    <>
      <h3>{t("rights.may")}</h3>
      <ul class="rights">{sending.map(one)}</ul>
      {over.length > 0 && (
        <details class="rights-over">
          <summary>{t("rights.direct")}</summary>
          <ul class="rights single">{over.map(one)}</ul>
        </details>
      )}
    </>
  );
}

type Question = "remove" | "organise" | "unmake";

/** What has to be known before a guest is removed: without an account nothing keeps a name from coming back. */
function returning(person: Person, { door, mine }: RoomState): string | null {
  if (!person.guest || door !== "open") return null;
  return t(mine.has("door:change") ? "act.remove.knock" : "act.remove.open");
}

export function mayRemove(person: Person, { mine }: RoomState): boolean {
  return mine.has(person.organiser ? "organiser:change" : "person:remove");
}

interface AskedProps extends PersonProps {
  question: Question;
  close: () => void;
  answer: (act: () => Promise<Outcome>) => void;
  busy: boolean;
}

function Asked({ person, room, question, close, answer, busy }: AskedProps): JSX.Element {
  const { name, subject } = person;
  if (question === "remove") {
    const note = returning(person, room.state.value);
    const bars = room.state.value.mine.has("person:remove");
    const way = (bar: boolean): Way => ({
      label: t(bar ? "act.remove.bar" : "act.remove.yes"),
      testid: bar ? "remove-bar" : "remove-yes",
      kind: bar ? "bad" : "danger",
      act: () => answer(() => room.act.remove(subject, bar)),
    });
    return (
      <Sure
        label={t("act.remove.name", { name })}
        busy={busy}
        cancel={close}
        ways={bars ? [way(false), way(true)] : [way(false)]}
      >
        <p>{t("act.remove.sure", { name })}</p>
        {note !== null && <p>{note}</p>}
      </Sure>
    );
  }
  const makes = question === "organise";
  return (
    <Sure
      label={t(`act.${question}`)}
      busy={busy}
      cancel={close}
      ways={[
        {
          label: t(`act.${question}`),
          testid: "organise-yes",
          kind: makes ? "primary" : "danger",
          act: () => answer(() => room.act.organise(subject, makes)),
        },
      ]}
    >
      <p>{t(`act.${question}.sure`, { name })}</p>
    </Sure>
  );
}

export interface DecisionsProps extends PersonProps {
  only?: "remove";
}

/** The decisions about one person, each asked once. */
export function Decisions({ person, room, only }: DecisionsProps): JSX.Element | null {
  const question = useSignal<Question | null>(null);
  const { busy, problem, run } = useActing();
  const state = room.state.value;
  const removes = mayRemove(person, state);
  const organises = only !== "remove" && state.mine.has("organiser:change");
  if (!removes && !organises) return null;
  const close = (): void => {
    question.value = null;
  };
  const asks = question.value;
  if (asks !== null) {
    return (
      <>
        <Asked
          person={person}
          room={room}
          question={asks}
          busy={busy}
          close={close}
          answer={(act) => void run(act).then(close)}
        />
        <Problem text={problem} />
      </>
    );
  }
  const opener = (wanted: Question, testid: string): JSX.Element => (
    <button
      type="button"
      class={wanted === "remove" ? "button quiet bad" : "button quiet"}
      data-testid={testid}
      onClick={() => {
        question.value = wanted;
      }}
    >
      {t(`act.${wanted}`)}
    </button>
  );
  return (
    <>
      <div class="decisions">
        {organises && opener(person.organiser ? "unmake" : "organise", "organise")}
        {removes && opener("remove", "remove")}
      </div>
      <Problem text={problem} />
    </>
  );
}

function Problem({ text }: { text: string }): JSX.Element {
  return (
    <p class="problem" role="alert">
      {text}
    </p>
  );
}

export type PersonDetailsProps = CompareProps & AskForProps;

export function PersonDetails({ person, room, comparing, asking }: PersonDetailsProps): JSX.Element {
  const state = room.state.value;
  return (
    <div class="person-details">
      {person.organiser ? (
        <p class="hint">{t("rights.all")}</p>
      ) : (
        <>
          {state.frozen && <p class="hint">{t("rights.frozen")}</p>}
          {state.mine.has("right:change") && !person.self ? (
            <Changed person={person} room={room} />
          ) : (
            <Held person={person} />
          )}
        </>
      )}
      <Compare person={person} comparing={comparing} />
      <AskFor person={person} room={room} asking={asking} />
      {!person.self && <Decisions person={person} room={room} />}
    </div>
  );
}
