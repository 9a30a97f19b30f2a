/** For administrators: the levels that planners choose from, each in words. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { language, t } from "../language";
import { levelName, levelText } from "../plans/level";
import type { Level } from "../plans/model";
import { Sure } from "../room/sure";
import type { Saving } from "./model";

export const parts = ["browser", "screen", "files", "chat", "recording"] as const;

/** What there is in a meeting of a level, and what there is not. */
export function partsText(level: Level): string {
  const words = new Intl.ListFormat(language.value, { type: "conjunction" });
  const listed = (isOn: boolean): string =>
    words.format(parts.filter((part) => level[part] === isOn).map((part) => t(`levels.part.${part}`)));
  const [on, off] = [listed(true), listed(false)];
  const said = [on && t("levels.on", { list: on }), off && t("levels.off", { list: off })];
  return [...said, t("levels.camera", { n: level.cameraHeight })].filter(Boolean).join(" ");
}

export interface LevelListProps {
  levels: readonly Level[];
  /** What was just done, in words. */
  note: string | null;
  change(level: Level): void;
  copy(level: Level): void;
  /** Offers a level to planners, or no longer. */
  offer(level: Level, isOffered: boolean): Promise<Saving>;
}

export function LevelList({ levels, note, change, copy, offer }: LevelListProps): JSX.Element {
  const offered = levels.filter((level) => !level.retired);
  return (
    <div class="house">
      <header class="house-head">
        <div>
          <h1>{t("levels.title")}</h1>
          <p class="soft">{t("levels.sentence")}</p>
        </div>
      </header>
      <p class="level-note" role="status" data-testid="levels-note">
        {note}
      </p>
      <ul class="card rows" data-testid="levels">
        {levels.map((level) => (
          <Row
            key={level.number}
            level={level}
            isLast={offered.length === 1 && offered[0] === level}
            change={() => change(level)}
            copy={() => copy(level)}
            offer={(isOffered) => offer(level, isOffered)}
          />
        ))}
      </ul>
    </div>
  );
}

interface RowProps {
  level: Level;
  /** The only one that is offered. */
  isLast: boolean;
  change(): void;
  copy(): void;
  offer(isOffered: boolean): Promise<Saving>;
}

function Row({ level, isLast, change, copy, offer }: RowProps): JSX.Element {
  const name = levelName(level);
  const state = [t("levels.version", { version: level.version }), level.retired && t("levels.retired")];
  return (
    <li class="level-row" data-testid="level" data-number={level.number} data-retired={level.retired}>
      <span>
        <strong>
          {level.number}. {name}
        </strong>{" "}
        <span class="soft small">{state.filter(Boolean).join(" · ")}</span>
        <span class="hint">{levelText(level)}</span>
        <span class="hint">{partsText(level)}</span>
      </span>
      <span class="steps">
        <button
          type="button"
          class="button quiet"
          data-testid="change-level"
          aria-label={t("levels.change.for", { name })}
          onClick={change}
        >
          {t("levels.change")}
        </button>
        <button
          type="button"
          class="button quiet"
          data-testid="copy-level"
          aria-label={t("levels.copy.for", { name })}
          onClick={copy}
        >
          {t("levels.copy")}
        </button>
        <Retire level={level} isLast={isLast} offer={offer} />
      </span>
    </li>
  );
}

function Retire({ level, isLast, offer }: Pick<RowProps, "level" | "isLast" | "offer">): JSX.Element {
  const asking = useSignal(false);
  const working = useSignal(false);
  const problem = useSignal<string | null>(null);
  const name = levelName(level);
  const button = useRef<HTMLButtonElement>(null);
  const asked = useRef(false);
  const isAsking = asking.value;
  // The question took the focus; it goes back to where it came from.
  useEffect(() => {
    if (!isAsking && asked.current) button.current?.focus();
    asked.current = isAsking;
  }, [isAsking]);
  const set = async (isOffered: boolean): Promise<void> => {
    working.value = true;
    const came = await offer(isOffered);
    working.value = false;
    asking.value = false;
    problem.value = came.kind === "done" ? null : t(came.kind === "taken" ? "wrong.moment" : "me.failed");
  };
  const press = (): void => {
    problem.value = isLast && !level.retired ? t("retire.last") : null;
    if (level.retired) void set(true);
    else asking.value = !isLast;
  };
  return (
    <>
      {!isAsking && (
        <button
          ref={button}
          type="button"
          class="button quiet"
          data-testid="retire"
          disabled={working.value}
          aria-label={t(level.retired ? "retire.back.for" : "retire.for", { name })}
          onClick={press}
        >
          {t(level.retired ? "retire.back" : "retire.go")}
        </button>
      )}
      {isAsking && (
        <Sure
          label={t("retire.for", { name })}
          busy={working.value}
          ways={[{ label: t("retire.yes"), testid: "retire-yes", kind: "danger", act: () => void set(false) }]}
          cancel={() => {
            asking.value = false;
          }}
        >
          <p>{t("retire.sure", { name })}</p>
        </Sure>
      )}
      <span class="problem" role="alert" data-testid="retire-problem">
        {problem.value}
      </span>
    </>
  );
}
