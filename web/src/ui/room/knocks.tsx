/** Who knocks, for those who may let them in: announced once, never let in by a slip. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Person } from "../../worker/messages";
import { Icon } from "../icons";
import { language, t } from "../language";
import { initials } from "../tile";
import type { Knock, RoomView } from "../view";
import { isEcho, useActing } from "./acting";
import { lookalike } from "./lookalike";
import { AccountMark } from "./marks";
import { Sure } from "./sure";

/** "1 person knocks", "3 people knock". */
export function knockCount(n: number): string {
  const form = new Intl.PluralRules(language.value).select(n) === "one" ? "one" : "other";
  return t(`knock.title.${form}`, { n });
}

/** The people at the door, or none for somebody who may not let them in. */
export function knocksFor(room: RoomView): readonly Knock[] {
  return room.state.value.mine.has("person:admit") ? room.knocks.value : [];
}

/** Says each knock once to a screen reader. */
export function KnockAnnouncer({ room }: { room: RoomView }): JSX.Element {
  const heard = useRef<ReadonlySet<string>>(new Set());
  const said = useSignal("");
  const knocks = knocksFor(room);
  useEffect(() => {
    const fresh = knocks.filter(({ seat }) => !heard.current.has(seat));
    heard.current = new Set(knocks.map(({ seat }) => seat));
    const [only] = fresh;
    if (only === undefined) return;
    said.value =
      fresh.length === 1 ? t("knock.heard", { name: only.name }) : t("knock.heard.many", { n: fresh.length });
  }, [knocks, said]);
  return (
    <p class="unseen" role="status" aria-live="polite" data-testid="knock-heard">
      {said}
    </p>
  );
}

interface KnockRowProps {
  knock: Knock;
  people: readonly Person[];
  room: RoomView;
  answered: () => void;
}

function KnockRow({ knock, people, room, answered }: KnockRowProps): JSX.Element {
  const { busy, problem, run } = useActing();
  const { seat, name } = knock;
  const alike = lookalike(
    name,
    people.map((person) => person.name),
  );
  const answer = (event: MouseEvent, act: (seat: string) => ReturnType<RoomView["act"]["admit"]>): void => {
    if (isEcho(event)) return;
    void run(() => act(seat)).then((outcome) => {
      if (outcome === "done") answered();
    });
  };
  return (
    <li class="knock" data-testid="knock" data-seat={seat} data-alike={alike !== null}>
      <span class="initials" aria-hidden="true">
        {initials(name)}
      </span>
      <span class="knock-words">
        <strong class="knock-name">{name}</strong>
        <AccountMark {...knock} />
      </span>
      <span class="knock-ways">
        <button
          type="button"
          class={alike === null ? "button quiet primary" : "button quiet"}
          aria-label={t("knock.in.name", { name })}
          data-testid="admit"
          disabled={busy}
          onClick={(event) => answer(event, room.act.admit)}
        >
          {t("knock.in")}
        </button>
        <button
          type="button"
          class="button quiet"
          aria-label={t("knock.refuse.name", { name })}
          data-testid="refuse"
          disabled={busy}
          onClick={(event) => answer(event, room.act.refuse)}
        >
          {t("knock.refuse")}
        </button>
      </span>
      {alike !== null && (
        <p class="knock-alike" data-testid="alike">
          <Icon name="alert" />
          <span>{t("knock.alike", { name: alike })}</span>
        </p>
      )}
      <p class="problem" role="alert">
        {problem}
      </p>
    </li>
  );
}

/** Lets in exactly those who stood there when the question was asked: who knocks meanwhile is not among them. */
function LetAllIn({ room, knocks }: { room: RoomView; knocks: readonly Knock[] }): JSX.Element {
  const asked = useSignal<ReadonlySet<string> | null>(null);
  const { busy, problem, run } = useActing();
  const meant = knocks.filter(({ seat }) => asked.value?.has(seat));
  const close = (): void => {
    asked.value = null;
  };
  const admitAll = async (): Promise<string> => {
    const outcomes = await Promise.all(meant.map(({ seat }) => room.act.admit(seat)));
    return outcomes.find((outcome) => outcome !== "done") ?? "done";
  };
  return (
    <>
      {meant.length > 0 ? (
        <Sure
          label={t("knock.all")}
          busy={busy}
          cancel={close}
          ways={[
            {
              label: t("knock.all.yes", { n: meant.length }),
              testid: "admit-all-yes",
              kind: "primary",
              act: () => void run(admitAll).then(close),
            },
          ]}
        >
          <p>{t("knock.all.sure", { n: meant.length })}</p>
        </Sure>
      ) : (
        <button
          type="button"
          class="button quiet"
          data-testid="admit-all"
          onClick={() => {
            asked.value = new Set(knocks.map(({ seat }) => seat));
          }}
        >
          {t("knock.all")}
        </button>
      )}
      <p class="problem" role="alert">
        {problem}
      </p>
    </>
  );
}

export interface KnocksProps {
  room: RoomView;
  people: readonly Person[];
}

/** Everybody who knocks, in the sheet. */
export function KnockList({ room, people }: KnocksProps): JSX.Element | null {
  const title = useRef<HTMLHeadingElement>(null);
  const knocks = knocksFor(room);
  if (knocks.length === 0) return null;
  return (
    <section class="knock-list" aria-labelledby="knocks-title" data-testid="knocks">
      <h3 id="knocks-title" ref={title} tabIndex={-1}>
        {knockCount(knocks.length)}
      </h3>
      <ul>
        {knocks.map((knock) => (
          <KnockRow
            key={knock.seat}
            knock={knock}
            people={people}
            room={room}
            answered={() => title.current?.focus()}
          />
        ))}
      </ul>
      {knocks.length > 1 && <LetAllIn room={room} knocks={knocks} />}
    </section>
  );
}

export interface KnockBannerProps extends KnocksProps {
  showAll: () => void;
}

/** The first who knocks, above the stage; the others are in the sheet. */
export function KnockBanner({ room, people, showAll }: KnockBannerProps): JSX.Element | null {
  const title = useRef<HTMLHeadingElement>(null);
  const knocks = knocksFor(room);
  const [first] = knocks;
  if (first === undefined) return null;
  return (
    <section class="knock-banner" aria-labelledby="knock-title" data-testid="knock-banner">
      <header>
        <h2 id="knock-title" ref={title} tabIndex={-1}>
          <Icon name="door" />
          {knockCount(knocks.length)}
        </h2>
        {knocks.length > 1 && (
          <button type="button" class="button quiet" data-testid="knocks-all" onClick={showAll}>
            {t("knock.more", { n: knocks.length })}
          </button>
        )}
      </header>
      <ul>
        <KnockRow key={first.seat} knock={first} people={people} room={room} answered={() => title.current?.focus()} />
      </ul>
    </section>
  );
}

/** Where the shortcut leads: the first knock that is on the page. */
export function goToKnock(): void {
  document.querySelector<HTMLElement>("#knocks-title, #knock-title")?.focus();
}
