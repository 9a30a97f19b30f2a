/** Security levels: what each one means, and the choice of one. */
import type { JSX } from "preact";
import { language, t } from "../language";
import type { Level } from "./model";

export function levelName(level: Level): string {
  return language.value === "fr" ? level.nameFr : level.nameEn;
}

/** What a level means for those who come, in one line. */
export function levelText(level: Level): string {
  const guests = level.guests ? (level.access === "link" ? null : t("level.guests")) : t("level.no-guests");
  const history = level.history ? t("level.history", { n: level.retentionDays }) : t("level.no-history");
  return [t(`level.access.${level.access}`), guests, history].filter((part) => part !== null).join(" ");
}

export function LevelSign({ level }: { level: Level }): JSX.Element {
  return (
    <span class="level-sign" data-level={Math.min(level.number, 5)} title={levelText(level)}>
      {levelName(level)}
    </span>
  );
}

export function LevelChoice({ levels, chosen }: { levels: readonly Level[]; chosen: number }): JSX.Element {
  return (
    <fieldset class="choice levels">
      <legend class="field-label">{t("planner.level")}</legend>
      {levels
        .filter((level) => !level.retired || level.number === chosen)
        .map((level) => (
          <label key={level.number} class="level-card">
            <input type="radio" name="level" value={level.number} defaultChecked={level.number === chosen} />
            <span>
              <strong>
                {level.number}. {levelName(level)}
              </strong>
              <span class="hint">{levelText(level)}</span>
            </span>
          </label>
        ))}
    </fieldset>
  );
}
