/** One planned meeting: its link, who is invited, who manages it. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { copy, copying } from "../copy";
import { Field, Form } from "../house/form";
import { Icon } from "../icons";
import { t } from "../language";
import { LevelSign, levelText } from "./level";
import type { Colleague, Invitation, Plan, Planning } from "./model";
import { again, when } from "./when";

export interface PlanPageProps {
  plan: Plan;
  /** The whole link, if this device has it. */
  link: string | null;
  /** Everybody who may be invited or given the management, without oneself. */
  colleagues: readonly Colleague[];
  enter(): void;
  change(): void;
  back(): void;
  bring(link: string): boolean;
  makeLink(): Promise<Planning>;
  saveCalendar(): void;
  invite(who: { account: string } | { address: string; name: string }): Promise<{ code: string } | Planning>;
  withdraw(invitation: string): Promise<Planning>;
  delegate(account: string, stay: boolean): Promise<Planning>;
  cancel(): Promise<Planning>;
}

export function PlanPage(props: PlanPageProps): JSX.Element {
  const { plan, link } = props;
  return (
    <div class="house">
      <header class="house-head">
        <div>
          <h1>{plan.title}</h1>
          <p class="soft">
            {[when(plan), t("plans.minutes", { n: plan.minutes }), again(plan), plan.cancelled && t("plans.cancelled")]
              .filter(Boolean)
              .join(" · ")}
          </p>
          <p class="hint">
            <LevelSign level={plan.level} /> {levelText(plan.level)}
          </p>
        </div>
        <div class="steps">
          <button type="button" class="button" onClick={props.back}>
            {t("plans.back")}
          </button>
          {link !== null && !plan.cancelled && (
            <button type="button" class="button primary" data-testid="enter" onClick={props.enter}>
              {t("plans.enter")}
            </button>
          )}
        </div>
      </header>
      {plan.agenda !== "" && (
        <section class="card">
          <h2>{t("planner.agenda")}</h2>
          <p class="agenda">{plan.agenda}</p>
        </section>
      )}
      {!plan.cancelled && <LinkCard {...props} />}
      {plan.manages && <People {...props} />}
      {plan.manages && <Manage {...props} />}
    </div>
  );
}

function LinkCard({ plan, link, bring, makeLink, saveCalendar }: PlanPageProps): JSX.Element | null {
  if (!plan.hasKeys && !plan.organises) return null;
  if (!plan.hasKeys) {
    return (
      <section class="card" data-testid="link">
        <h2>{t("plan.link")}</h2>
        <p>{t("plan.link.make.text")}</p>
        <Form testid="make-link" quiet label={t("plan.link.make")} send={async () => said(await makeLink())}>
          {null}
        </Form>
      </section>
    );
  }
  if (link === null) {
    return (
      <section class="card" data-testid="link">
        <h2>{t("plan.link")}</h2>
        <p class="soft">{t("plan.link.missing")}</p>
        <Form
          testid="keep-link"
          quiet
          label={t("plan.link.keep")}
          send={async ({ link: pasted = "" }) => (bring(pasted) ? null : t("plan.link.wrong"))}
        >
          <Field name="link" label={t("plan.link")} maxLength={512} />
        </Form>
      </section>
    );
  }
  const subject = encodeURIComponent(t("plan.mail.subject", { title: plan.title }));
  const body = encodeURIComponent(t("plan.mail.body", { title: plan.title, when: when(plan), link }));
  return (
    <section class="card" data-testid="link">
      <h2>{t("plan.link")}</h2>
      <p class="soft">{t("plan.link.text")}</p>
      <p class="secret" data-testid="plan-link">
        {link}
      </p>
      <div class="steps">
        <button type="button" class="button primary" onClick={() => copy(link)}>
          <Icon name={copying.value === "done" ? "check" : "link"} />
          {t(copying.value === "done" ? "plan.copied" : "plan.copy")}
        </button>
        <button type="button" class="button" data-testid="calendar" onClick={saveCalendar}>
          {t("plan.calendar")}
        </button>
        <a class="button" href={`mailto:?subject=${subject}&body=${body}`}>
          {t("plan.mail")}
        </a>
      </div>
    </section>
  );
}

function People(props: PlanPageProps): JSX.Element {
  const { plan, colleagues } = props;
  const code = useSignal<{ name: string; code: string } | null>(null);
  const named = (invitation: Invitation): string =>
    invitation.name || colleagues.find((one) => one.id === invitation.account)?.name || invitation.address;
  return (
    <section class="card" data-testid="invited">
      <h2>{t("plan.people")}</h2>
      {plan.invitations.length === 0 && <p class="soft">{t("plan.people.none")}</p>}
      <ul class="rows">
        {plan.invitations.map((one) => (
          <li key={one.id} data-testid="invitation" data-name={named(one)}>
            <span>
              {named(one)}
              <span class="hint">
                {[one.address, one.needsCode && t("plan.code.needed"), one.mail !== "off" && t(`plan.mail.${one.mail}`)]
                  .filter(Boolean)
                  .join(" · ")}
              </span>
            </span>
            <button
              type="button"
              class="button quiet"
              aria-label={t("plan.withdraw.for", { name: named(one) })}
              onClick={() => void props.withdraw(one.id)}
            >
              {t("plan.withdraw")}
            </button>
          </li>
        ))}
      </ul>
      {code.value !== null && (
        <div class="inset" role="status" data-testid="code">
          <p>
            <strong>{t("plan.code", code.value)}</strong>
          </p>
          <p class="hint">{t("plan.code.text")}</p>
        </div>
      )}
      {!plan.cancelled && (
        <Invite
          {...props}
          invited={(name, made) => {
            code.value = made === "" ? null : { name, code: made };
          }}
        />
      )}
    </section>
  );
}

function Invite({
  plan,
  colleagues,
  invite,
  invited,
}: PlanPageProps & { invited: (name: string, code: string) => void }): JSX.Element {
  const there = new Set(plan.invitations.map((one) => one.account));
  const others = colleagues.filter((one) => !there.has(one.id));
  const send = async (name: string, who: Parameters<typeof invite>[0]): Promise<string | null> => {
    const came = await invite(who);
    if (typeof came === "string") return said(came);
    invited(name, came.code);
    return null;
  };
  return (
    <div class="pair inset wide">
      {others.length > 0 && (
        <Form
          testid="invite-colleague"
          quiet
          label={t("plan.invite")}
          send={async ({ account = "" }) => {
            const who = others.find((one) => one.id === account);
            return who === undefined ? t("accounts.bad") : send(who.name, { account });
          }}
        >
          <label class="field">
            <span class="field-label">{t("plan.invite.colleague")}</span>
            <select name="account" data-testid="colleague">
              <option value="">{t("plan.invite.choose")}</option>
              {others.map((one) => (
                <option key={one.id} value={one.id}>
                  {one.name} ({one.login})
                </option>
              ))}
            </select>
          </label>
        </Form>
      )}
      {plan.level.guests && (
        <Form
          testid="invite-guest"
          quiet
          label={t("plan.invite")}
          send={({ address = "", name = "" }) => send(name.trim(), { address: address.trim(), name: name.trim() })}
        >
          <h3>{t("plan.invite.guest")}</h3>
          <Field name="name" label={t("plan.invite.name")} maxLength={64} />
          <Field name="address" label={t("plan.invite.address")} maxLength={254} />
        </Form>
      )}
    </div>
  );
}

function Manage({ plan, colleagues, change, delegate, cancel }: PlanPageProps): JSX.Element {
  const sure = useSignal(false);
  return (
    <section class="card" data-testid="manage">
      <h2>{t("plan.manage")}</h2>
      {colleagues.length > 0 && (
        <Form
          testid="delegate"
          quiet
          label={t("plan.delegate")}
          send={async ({ account = "", stay = "" }) =>
            account === "" ? t("accounts.bad") : said(await delegate(account, stay !== ""))
          }
        >
          <p class="soft">{t("plan.delegate.text")}</p>
          <label class="field">
            <span class="field-label">{t("plan.delegate.to")}</span>
            <select name="account" data-testid="delegate-to">
              <option value="">{t("plan.invite.choose")}</option>
              {colleagues.map((one) => (
                <option key={one.id} value={one.id}>
                  {one.name} ({one.login})
                </option>
              ))}
            </select>
          </label>
          <label class="check">
            <input type="checkbox" name="stay" defaultChecked data-testid="stay" />
            {t("plan.delegate.stay")}
          </label>
        </Form>
      )}
      {!plan.cancelled && (
        <div class="steps">
          <button type="button" class="button" data-testid="change-plan" onClick={change}>
            {t("plan.change")}
          </button>
          {sure.value ? (
            <span class="sure" role="alertdialog" aria-label={t("plan.cancel")}>
              <span>{t("plan.cancel.sure")}</span>
              <button type="button" class="button quiet danger" data-testid="cancel-yes" onClick={() => void cancel()}>
                {t("plan.cancel.yes")}
              </button>
              <button
                type="button"
                class="button quiet"
                onClick={() => {
                  sure.value = false;
                }}
              >
                {t("plan.cancel.no")}
              </button>
            </span>
          ) : (
            <button
              type="button"
              class="button"
              data-testid="cancel"
              onClick={() => {
                sure.value = true;
              }}
            >
              {t("plan.cancel")}
            </button>
          )}
        </div>
      )}
    </section>
  );
}

export function Gone({ back }: { back: () => void }): JSX.Element {
  return (
    <div class="house-form">
      <h1>{t("plan.gone")}</h1>
      <button type="button" class="button" onClick={back}>
        {t("plans.back")}
      </button>
    </div>
  );
}

/** The server did not say what is planned. */
export function Unreached({ again }: { again: () => void }): JSX.Element {
  return (
    <div class="house-form">
      <h1>{t("plans.title")}</h1>
      <p class="problem" role="alert">
        {t("planner.failed")}
      </p>
      <button type="button" class="button primary" onClick={again}>
        {t("device.retry")}
      </button>
    </div>
  );
}

function said(came: Planning): string | null {
  return came === "done" ? null : t(`planner.${came}`);
}
