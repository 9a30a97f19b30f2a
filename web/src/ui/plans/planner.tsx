/** Planning a meeting, and changing one that is planned. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useId } from "preact/hooks";
import { instantOf, ownZone, wallOf, zones } from "../../page/zones";
import { Field, Form } from "../house/form";
import { t } from "../language";
import { LevelChoice } from "./level";
import type { Colleague, Draft, Level, Plan, Planning, Repeat } from "./model";

const LENGTHS = [15, 30, 45, 60, 90, 120, 180, 240, 480];
const REPEATS: readonly Repeat[] = ["never", "daily", "weekly", "monthly"];

export interface PlannerProps {
  /** What is changed, or null for a new one. Level, part and organisers of a planned meeting stay. */
  plan: Plan | null;
  levels: readonly Level[];
  /** Everybody who may organise, without whoever plans. */
  colleagues: readonly Colleague[];
  /** Seconds since 1970. */
  now: number;
  save(draft: Draft): Promise<Planning>;
  back(): void;
}

export function Planner({ plan, levels, colleagues, now, save, back }: PlannerProps): JSX.Element {
  const zone = plan?.zone ?? ownZone();
  const begins = wallOf(plan?.start ?? Math.ceil(now / 3600) * 3600 + 3600, zone);
  const repeat = useSignal<Repeat>(plan?.repeat ?? "never");
  const send = async (values: Readonly<Record<string, string>>): Promise<string | null> => {
    const { title = "", agenda = "", date = "", time = "", minutes = "", until = "", level = "", part = "" } = values;
    const chosen = values.zone ?? zone;
    const start = instantOf(date, time, chosen);
    if (title.trim() === "" || start === null) return t("planner.missing");
    if (start < now - 3600 && start !== plan?.start) return t("planner.past");
    const organises = part !== "prepare";
    const organisers = Object.keys(values).flatMap((name) => (name.startsWith("organiser-") ? [name.slice(10)] : []));
    if (!organises && organisers.length === 0) return t("planner.nobody");
    const last = repeat.value === "never" ? null : instantOf(until, "23:59", chosen);
    if (repeat.value !== "never" && (last === null || last < start)) return t("planner.missing");
    const came = await save({
      title: title.trim(),
      agenda: agenda.trim(),
      start,
      zone: chosen,
      minutes: Number(minutes),
      repeat: repeat.value,
      until: last,
      level: Number(level),
      organises,
      organisers,
    });
    return came === "done" ? null : t(`planner.${came}`);
  };
  return (
    <div class="house">
      <header class="house-head">
        <h1>{t(plan === null ? "planner.title" : "planner.change")}</h1>
        <button type="button" class="button" onClick={back}>
          {t("plans.back")}
        </button>
      </header>
      <section class="card">
        <Form testid="save-plan" label={t(plan === null ? "planner.go" : "planner.save")} send={send}>
          <Field
            name="title"
            label={t("planner.name")}
            hint={t("planner.name.hint")}
            value={plan?.title ?? ""}
            maxLength={120}
            autofocus
          />
          <div class="pair">
            <Field name="date" type="date" label={t("planner.date")} value={begins.date} />
            <Field name="time" type="time" label={t("planner.time")} value={begins.time} />
            <Choice name="minutes" label={t("planner.minutes")} chosen={plan?.minutes ?? 60}>
              {[...new Set([...LENGTHS, plan?.minutes ?? 60])].sort((one, other) => one - other)}
            </Choice>
            <Zone zone={zone} />
            <label class="field">
              <span class="field-label">{t("planner.repeat")}</span>
              <select
                name="repeat"
                data-testid="repeat"
                value={repeat.value}
                onChange={(event) => {
                  repeat.value = event.currentTarget.value as Repeat;
                }}
              >
                {REPEATS.map((one) => (
                  <option key={one} value={one}>
                    {t(`planner.repeat.${one}`)}
                  </option>
                ))}
              </select>
            </label>
            {repeat.value !== "never" && (
              <Field
                name="until"
                type="date"
                label={t("planner.until")}
                value={wallOf(plan?.until ?? now + 8 * 7 * 86_400, zone).date}
              />
            )}
          </div>
          <Agenda agenda={plan?.agenda ?? ""} />
          {plan === null && (
            <>
              <LevelChoice levels={levels} chosen={firstChoice(levels)} />
              <Part />
              {colleagues.length > 0 && <Organisers colleagues={colleagues} />}
            </>
          )}
        </Form>
      </section>
    </div>
  );
}

/** The second level, which asks for an account, unless it is offered no more. */
function firstChoice(levels: readonly Level[]): number {
  const offered = levels.filter((level) => !level.retired);
  return (offered.find((level) => level.number === 2) ?? offered[0])?.number ?? 0;
}

function Choice({
  name,
  label,
  chosen,
  children,
}: {
  name: string;
  label: string;
  chosen: number;
  children: readonly number[];
}): JSX.Element {
  return (
    <label class="field">
      <span class="field-label">{label}</span>
      <select name={name} data-testid={name}>
        {children.map((n) => (
          <option key={n} value={n} selected={n === chosen}>
            {t("plans.minutes", { n })}
          </option>
        ))}
      </select>
    </label>
  );
}

function Zone({ zone }: { zone: string }): JSX.Element {
  const known = zones();
  return (
    <label class="field">
      <span class="field-label">{t("planner.zone")}</span>
      <select name="zone" data-testid="zone">
        {(known.includes(zone) ? known : [zone, ...known]).map((one) => (
          <option key={one} value={one} selected={one === zone}>
            {one}
          </option>
        ))}
      </select>
    </label>
  );
}

function Agenda({ agenda }: { agenda: string }): JSX.Element {
  const id = useId();
  return (
    <div class="field">
      <label class="field-label" for={id}>
        {t("planner.agenda")}
      </label>
      <textarea id={id} name="agenda" rows={4} maxLength={2000} defaultValue={agenda} data-testid="agenda" />
    </div>
  );
}

/** Whether whoever plans takes part: an assistant prepares a meeting and never enters it. */
function Part(): JSX.Element {
  return (
    <fieldset class="choice levels">
      <legend class="field-label">{t("planner.role")}</legend>
      <label class="level-card">
        <input type="radio" name="part" value="organise" defaultChecked />
        <strong>{t("planner.role.organise")}</strong>
      </label>
      <label class="level-card">
        <input type="radio" name="part" value="prepare" data-testid="prepare" />
        <span>
          <strong>{t("planner.role.prepare")}</strong>
          <span class="hint">{t("planner.role.prepare.hint")}</span>
        </span>
      </label>
    </fieldset>
  );
}

function Organisers({ colleagues }: { colleagues: readonly Colleague[] }): JSX.Element {
  return (
    <fieldset class="choice">
      <legend class="field-label">{t("planner.organisers")}</legend>
      <p class="hint">{t("planner.organisers.hint")}</p>
      <ul class="colleagues">
        {colleagues.map((one) => (
          <li key={one.id}>
            <label class="check">
              <input type="checkbox" name={`organiser-${one.id}`} data-testid="organiser" data-login={one.login} />
              <span>
                {one.name}
                <span class="hint"> {[one.label, one.login].filter(Boolean).join(" · ")}</span>
              </span>
            </label>
          </li>
        ))}
      </ul>
    </fieldset>
  );
}
