/** The code to compare, what is protected by what, and what this browser counted. */
import type { JSX } from "preact";
import type { Counters } from "../worker/messages";
import { Icon, type IconName } from "./icons";
import { language, t } from "./language";

export function Code({ code, testid }: { code: string; testid: string }): JSX.Element {
  return (
    <ol class="code" data-testid={testid} data-code={code}>
      {code.split(" ").map((group, i) => (
        // Six places in a fixed order: the place is the identity. Its label makes a screen reader say digit by digit.
        <li key={i}>
          <span role="img" aria-label={[...group].join(" ")}>
            {group}
          </span>
        </li>
      ))}
    </ol>
  );
}

function Protection({ kind, icon }: { kind: "sealed" | "link" | "not"; icon: IconName }): JSX.Element {
  return (
    <section class="protection" data-kind={kind}>
      <Icon name={icon} />
      <div>
        <h3>{t(`security.${kind}`)}</h3>
        <p>{t(`security.${kind}.text`)}</p>
      </div>
    </section>
  );
}

function Counted({ counters }: { counters: Counters }): JSX.Element {
  const number = new Intl.NumberFormat(language.value);
  const megabytes = new Intl.NumberFormat(language.value, {
    style: "unit",
    unit: "megabyte",
    maximumFractionDigits: 1,
  });
  const milliseconds = new Intl.NumberFormat(language.value, {
    style: "unit",
    unit: "millisecond",
    maximumFractionDigits: 0,
  });
  const refused = Object.entries(counters.refused).filter(([, n]) => n > 0);
  const total = refused.reduce((sum, [, n]) => sum + n, 0);
  return (
    <dl class="counters">
      <dt>{t("security.sealedFrames")}</dt>
      <dd>{number.format(counters.sealed)}</dd>
      <dt>{t("security.opened")}</dt>
      <dd>{number.format(counters.opened)}</dd>
      <dt>{t("security.refused")}</dt>
      <dd data-bad={total > 0}>
        {total === 0 ? t("security.nothing") : number.format(total)}
        {refused.map(([reason, n]) => (
          <span key={reason} class="counter-reason" data-reason={reason} data-count={n}>
            {reason} {number.format(n)}
          </span>
        ))}
      </dd>
      <dt>{t("security.commits")}</dt>
      <dd data-bad={counters.commitsRefused > 0}>
        {counters.commitsRefused === 0 ? t("security.nothing.commits") : number.format(counters.commitsRefused)}
      </dd>
      <dt>{t("security.roundTrip")}</dt>
      <dd>{milliseconds.format(counters.roundTripMs)}</dd>
      <dt>{t("security.volume")}</dt>
      <dd>
        {megabytes.format(counters.bytesUp / 1e6)} / {megabytes.format(counters.bytesDown / 1e6)}
      </dd>
    </dl>
  );
}

export interface SecurityProps {
  epoch: { epoch: string; code: string } | null;
  counters: Counters | null;
}

export function Security({ epoch, counters }: SecurityProps): JSX.Element {
  return (
    <div class="security" data-testid="panel-security">
      <section class="code-card">
        <h3>{t("security.code")}</h3>
        {epoch === null ? <p>{t("security.code.wait")}</p> : <Code code={epoch.code} testid="epoch-code" />}
        <p class="soft">{t("security.code.how")}</p>
        <p class="soft">{t("security.code.differs")}</p>
        {epoch !== null && (
          <p class="hint" data-epoch={epoch.epoch}>
            {t("security.epoch", { epoch: epoch.epoch })}
          </p>
        )}
      </section>
      <Protection kind="sealed" icon="lock" />
      <Protection kind="link" icon="link" />
      <Protection kind="not" icon="alert" />
      {counters !== null && (
        <section>
          <h3>{t("security.counters")}</h3>
          <Counted counters={counters} />
        </section>
      )}
    </div>
  );
}
