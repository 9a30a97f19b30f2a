/** A level as a form: changing one, which makes a new version, or making one from a copy. */
import { type Signal, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { MAX_NAME, type Problem, problemsOf } from "../../core/plan/level";
import { NAMES, type Rights } from "../../core/policy/rights";
import { bodyOf } from "../../page/levels";
import { Field, Form } from "../house/form";
import { t } from "../language";
import { levelName } from "../plans/level";
import { accesses, type Level } from "../plans/model";
import { sendable } from "../room/rights";
import { parts } from "./list";
import type { Making, Saving } from "./model";
import { Group, Radios, Tick } from "./parts";

const HEIGHTS = [144, 240, 360, 480, 540, 720, 1080, 1440, 2160];
/** What a history that is switched on again is kept for, until somebody says otherwise. */
const DAYS = 30;
/** A meeting does not begin with a locked door: nobody could be let in. */
const DOORS = ["open", "guests-knock", "all-knock"] as const;
/** The rights to something that a level may switch off. */
const NEEDS = { "screen:send": "screen", "file:send": "files", "chat:send": "chat" } as const;
/** What shows only once somebody has tried: nobody is told about a name that they are about to type. */
const TYPED: readonly Problem[] = ["number", "name-en", "name-fr", "retention-days"];

export interface EditorProps {
  making: Making;
  /** What is changed or copied. */
  level: Level;
  /** The numbers that levels have. */
  taken: readonly number[];
  save(level: Level): Promise<Saving>;
  back(): void;
}

interface PartProps {
  draft: Signal<Level>;
  problems: readonly Problem[];
}

export function Editor({ making, level, taken, save, back }: EditorProps): JSX.Element {
  const isNew = making === "new";
  const draft = useSignal<Level>(isNew ? copyOf(level, taken) : level);
  const tried = useSignal(false);
  const form = useRef<HTMLElement>(null);
  const found = problemsOf(bodyOf(draft.value));
  const isTaken = isNew && taken.includes(draft.value.number);
  const problems = tried.value ? found : found.filter((problem) => !TYPED.includes(problem));
  const send = async (): Promise<string | null> => {
    tried.value = true;
    if (found.length > 0 || isTaken) {
      // The fields say what is wrong only after they are drawn again.
      requestAnimationFrame(() => form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus());
      return t("wrong.some");
    }
    return refusal(await save(draft.peek()));
  };
  const name = levelName(level);
  return (
    <div class="house">
      <header class="house-head">
        <div>
          <h1>{isNew ? t("edit.copy", { name }) : t("edit.title", { name: `${level.number}. ${name}` })}</h1>
          <p class="soft">{isNew ? t("edit.note.new") : t("edit.note", { version: level.version + 1 })}</p>
        </div>
        <button type="button" class="button" data-testid="back" onClick={back}>
          {t("edit.back")}
        </button>
      </header>
      <section class="card" ref={form}>
        <Form testid="save-level" label={t(isNew ? "edit.make" : "edit.save")} send={send}>
          <Names draft={draft} problems={problems} isNew={isNew} isTaken={isTaken} />
          <Entering draft={draft} problems={problems} />
          <Beginning draft={draft} problems={problems} />
          <Parts draft={draft} problems={problems} />
          <Everybody draft={draft} problems={problems} />
          <History draft={draft} problems={problems} />
        </Form>
      </section>
    </div>
  );
}

/** A copy with the first number that is free, offered to planners whatever the original is. */
function copyOf(level: Level, taken: readonly number[]): Level {
  const number = Array.from({ length: 255 }, (_, at) => at + 1).find((one) => !taken.includes(one)) ?? 0;
  return { ...level, number, nameEn: "", nameFr: "", version: 0, retired: false };
}

function refusal(came: Saving): string | null {
  if (came.kind === "done" || came.kind === "same") return null;
  if (came.kind === "taken") return t(came.taken === "number" ? "wrong.number.taken" : "wrong.moment");
  return t(came.kind === "bad" ? "wrong.refused" : "me.failed");
}

function Names({ draft, problems, isNew, isTaken }: PartProps & { isNew: boolean; isTaken: boolean }): JSX.Element {
  const wrong = (problem: Problem): string | null => (problems.includes(problem) ? t("wrong.name") : null);
  const set = (change: Partial<Level>): void => {
    draft.value = { ...draft.value, ...change };
  };
  const wrongNumber = isTaken ? t("wrong.number.taken") : problems.includes("number") ? t("wrong.number") : null;
  return (
    <div class="pair">
      <Field
        name="name-en"
        label={t("edit.name-en")}
        value={draft.peek().nameEn}
        maxLength={MAX_NAME}
        problem={wrong("name-en")}
        autofocus
        onInput={(nameEn) => set({ nameEn: nameEn.trim().normalize("NFC") })}
      />
      <Field
        name="name-fr"
        label={t("edit.name-fr")}
        value={draft.peek().nameFr}
        maxLength={MAX_NAME}
        problem={wrong("name-fr")}
        onInput={(nameFr) => set({ nameFr: nameFr.trim().normalize("NFC") })}
      />
      {isNew && (
        <Field
          name="number"
          label={t("edit.number")}
          hint={t("edit.number.hint")}
          value={String(draft.peek().number)}
          inputMode="numeric"
          maxLength={3}
          problem={wrongNumber}
          onInput={(text) => set({ number: whole(text) })}
        />
      )}
    </div>
  );
}

/** What was typed as a whole number, or one that no field takes. */
function whole(text: string): number {
  return /^\d+$/.test(text.trim()) ? Number(text.trim()) : -1;
}

function Entering({ draft, problems }: PartProps): JSX.Element {
  const level = draft.value;
  const wrong = (["guests-always", "guests-cannot"] as const).find((problem) => problems.includes(problem));
  return (
    <>
      <Radios
        name="access"
        label={t("edit.access")}
        chosen={level.access}
        ways={accesses.map((access) => ({ value: access, label: t(`level.access.${access}`) }))}
        set={(access) => {
          draft.value = { ...level, access };
        }}
      />
      <Group label={t("edit.guests")}>
        <Tick
          name="guests"
          label={t(level.access === "link" ? "edit.guests.link" : "edit.guests.check")}
          on={level.guests}
          wrong={wrong === undefined ? null : t(`wrong.${wrong}`)}
          set={(guests) => {
            draft.value = { ...level, guests };
          }}
        />
      </Group>
    </>
  );
}

function Beginning({ draft, problems }: PartProps): JSX.Element {
  const level = draft.value;
  return (
    <>
      <Radios
        name="door"
        label={t("edit.door")}
        chosen={level.door}
        wrong={problems.includes("door") ? t("wrong.door") : null}
        ways={DOORS.map((door) => ({ value: door, label: t(`edit.door.${door}`), hint: t(`door.${door}.text`) }))}
        set={(door) => {
          draft.value = { ...level, door };
        }}
      />
      <Radios
        name="opens"
        label={t("edit.opens")}
        chosen={level.opens}
        ways={([0, 1, 2] as const).map((opens) => ({ value: opens, label: t(`edit.opens.${opens}`) }))}
        set={(opens) => {
          draft.value = { ...level, opens };
        }}
      />
    </>
  );
}

function Parts({ draft, problems }: PartProps): JSX.Element {
  const level = draft.value;
  return (
    <Group label={t("edit.parts")} hint={t("edit.parts.hint")}>
      {parts.map((part) => (
        <Tick
          key={part}
          name={part}
          label={t(`edit.${part}`)}
          on={level[part]}
          wrong={contradiction(part, problems)}
          set={(on) => {
            draft.value = { ...level, [part]: on };
          }}
        />
      ))}
      <label class="field level-short">
        <span class="field-label">{t("edit.height")}</span>
        <select
          data-testid="camera-height"
          value={level.cameraHeight}
          onChange={(event) => {
            draft.value = { ...level, cameraHeight: Number(event.currentTarget.value) };
          }}
        >
          {[...new Set([...HEIGHTS, level.cameraHeight])]
            .sort((one, other) => one - other)
            .map((n) => (
              <option key={n} value={n}>
                {t("edit.height.lines", { n })}
              </option>
            ))}
        </select>
      </label>
    </Group>
  );
}

function Everybody({ draft, problems }: PartProps): JSX.Element {
  const level = draft.value;
  return (
    <Group label={t("edit.everybody")} hint={t("edit.everybody.hint")}>
      <div class="level-ticks">
        {sendable.map((right) => {
          const bit = bits.get(right) ?? 0;
          return (
            <Tick
              key={right}
              name={`everybody-${right}`}
              label={t(`right.${right}`)}
              on={(level.everybody & bit) !== 0}
              wrong={contradiction(needed(right), problems)}
              quiet
              set={(on) => {
                draft.value = { ...level, everybody: on ? level.everybody | bit : level.everybody & ~bit };
              }}
            />
          );
        })}
      </div>
    </Group>
  );
}

const bits: ReadonlyMap<string, Rights> = new Map([...NAMES].map(([bit, name]) => [name, bit]));

function needed(right: string): string | undefined {
  return Object.entries(NEEDS).find(([name]) => name === right)?.[1];
}

/** Why a part of a level does not fit what everybody may do, or nothing. */
function contradiction(part: string | undefined, problems: readonly Problem[]): string | null {
  const wrong = Object.values(NEEDS).find((one) => one === part && problems.includes(one));
  return wrong === undefined ? null : t(`wrong.${wrong}`);
}

function History({ draft, problems }: PartProps): JSX.Element {
  const level = draft.value;
  return (
    <Group label={t("edit.history")}>
      <Tick
        name="history"
        label={t("edit.history.check")}
        on={level.history}
        set={(history) => {
          draft.value = { ...level, history, retentionDays: history ? DAYS : 0 };
        }}
      />
      {level.history && (
        <div class="level-short">
          <Field
            name="days"
            label={t("edit.days")}
            hint={t("edit.days.hint")}
            value={String(draft.peek().retentionDays)}
            inputMode="numeric"
            maxLength={4}
            problem={problems.includes("retention-days") ? t("wrong.retention-days") : null}
            onInput={(text) => {
              draft.value = { ...draft.value, retentionDays: whole(text) };
            }}
          />
        </div>
      )}
    </Group>
  );
}
