/** The start page of somebody who is signed in: their meetings, the next one first. */
import type { JSX } from "preact";
import type { StartFailure } from "../home";
import { t } from "../language";
import { LevelSign } from "./level";
import type { Plan } from "./model";
import { again, when } from "./when";

export interface PlanListProps {
  plans: readonly Plan[];
  mayPlan: boolean;
  /** Why a meeting that is not planned could not be started. */
  failure: StartFailure | null;
  /** The meetings whose link this device has. */
  hasLink(meeting: string): boolean;
  plan(): void;
  now(): void;
  open(meeting: string): void;
  enter(meeting: string): void;
}

export function PlanList({ plans, mayPlan, failure, hasLink, plan, now, open, enter }: PlanListProps): JSX.Element {
  const sorted = [...plans].sort((one, other) => one.start - other.start);
  return (
    <div class="house">
      <header class="house-head">
        <div>
          <h1>{t("plans.title")}</h1>
        </div>
        <div class="steps">
          <button type="button" class="button" data-testid="start" onClick={now}>
            {t("plans.now")}
          </button>
          {mayPlan && (
            <button type="button" class="button primary" data-testid="plan" onClick={plan}>
              {t("plans.plan")}
            </button>
          )}
        </div>
      </header>
      <p class="problem" role="alert">
        {failure !== null && t(failure === "limited" ? "home.limited" : "home.failed")}
      </p>
      {sorted.length === 0 ? (
        <section class="card">
          <h2>{t("plans.none")}</h2>
          <p class="soft">{t("plans.none.text")}</p>
        </section>
      ) : (
        <ul class="card rows" data-testid="plans">
          {sorted.map((one) => (
            <li key={one.meeting} data-testid="planned" data-title={one.title} data-cancelled={one.cancelled}>
              <span>
                <strong>{one.title}</strong> <LevelSign level={one.level} />
                <span class="hint">
                  {[
                    when(one),
                    t("plans.minutes", { n: one.minutes }),
                    again(one),
                    one.cancelled && t("plans.cancelled"),
                  ]
                    .filter(Boolean)
                    .join(" · ")}
                </span>
              </span>
              <span class="steps">
                {!one.cancelled && hasLink(one.meeting) && (
                  <button type="button" class="button quiet primary" onClick={() => enter(one.meeting)}>
                    {t("plans.enter")}
                  </button>
                )}
                <button type="button" class="button quiet" data-testid="details" onClick={() => open(one.meeting)}>
                  {t("plans.details")}
                </button>
              </span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
