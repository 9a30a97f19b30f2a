/** A page that says one thing, and offers one next step. */
import type { ComponentChildren, JSX } from "preact";
import { endingOf, type Next } from "./endings";
import { Icon, type IconName } from "./icons";
import { t } from "./language";

interface NoticeProps {
  icon: IconName;
  title: string;
  text: string;
  children?: ComponentChildren;
}

function Notice({ icon, title, text, children }: NoticeProps): JSX.Element {
  return (
    <div class="notice">
      <span class="notice-icon">
        <Icon name={icon} />
      </span>
      <h1>{title}</h1>
      <p class="lead">{text}</p>
      {children}
    </div>
  );
}

export function Incomplete({ home }: { home: () => void }): JSX.Element {
  return (
    <Notice icon="link" title={t("notice.incomplete.title")} text={t("notice.incomplete.text")}>
      <button type="button" class="button" onClick={home}>
        {t("app.home")}
      </button>
    </Notice>
  );
}

export function Unknown({ home }: { home: () => void }): JSX.Element {
  return (
    <Notice icon="help" title={t("notice.unknown.title")} text={t("notice.unknown.text")}>
      <button type="button" class="button" onClick={home}>
        {t("app.home")}
      </button>
    </Notice>
  );
}

/** What this browser lacks, each thing in words. */
export function Unsupported<Item extends string>({
  missing,
  explain,
}: {
  missing: readonly Item[];
  explain: (item: Item) => string;
}): JSX.Element {
  return (
    <Notice icon="alert" title={t("notice.unsupported.title")} text={t("notice.unsupported.text")}>
      <section class="notice-list" data-testid="missing">
        <h2>{t("notice.unsupported.missing")}</h2>
        <ul>
          {missing.map((item) => (
            <li key={item} data-missing={item}>
              {explain(item)}
            </li>
          ))}
        </ul>
      </section>
    </Notice>
  );
}

export interface EndedProps {
  reason: string | null;
  back(): void;
  reload(): void;
  home(): void;
}

export function Ended({ reason, back, reload, home }: EndedProps): JSX.Element {
  const ending = endingOf(reason);
  const steps: Record<Next, { label: string; act: () => void } | null> = {
    back: { label: t("ended.back"), act: back },
    again: { label: t("notice.again"), act: back },
    code: { label: t("notice.code"), act: back },
    reload: { label: t("ended.reload"), act: reload },
    home: null,
  };
  const step = steps[ending.next];
  const icon: IconName =
    reason === "left" ? "check" : reason === "not-invited" ? "link" : reason === "full" ? "people" : "alert";
  return (
    <Notice icon={icon} title={t(ending.title)} text={t(ending.text)}>
      <div class="notice-steps" data-testid="ended" data-reason={reason ?? ""}>
        {step !== null && (
          <button type="button" class="button primary" data-testid="back" onClick={step.act}>
            {step.label}
          </button>
        )}
        <button type="button" class={step === null ? "button primary" : "button"} onClick={home}>
          {t("app.home")}
        </button>
      </div>
      {ending.showReason && reason !== null && <p class="hint">{t("ended.code", { reason })}</p>}
    </Notice>
  );
}
