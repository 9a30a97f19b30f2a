/** One's own account: password, second factors, and where one is signed in. */
import { useSignal } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import type { Verdict } from "../../core/access/password";
import { judge } from "../../core/access/password";
import { copy } from "../copy";
import { t } from "../language";
import { date } from "./dates";
import { Field, Form } from "./form";
import type { Enrolling, Factor, Person, Session } from "./model";
import { Meter, passwordProblem } from "./setup";

type Outcome = "done" | "wrong" | "failed";
type Codes = readonly string[] | "wrong" | "failed";

export interface AccountProps {
  me: Person;
  sessions: readonly Session[];
  factors: readonly Factor[];
  /** How many recovery codes are not used up. */
  recoveryLeft: number;
  passkeys: boolean;
  changePassword(old: string, fresh: string): Promise<Outcome | "weak">;
  beginTotp(password: string): Promise<Enrolling | "wrong" | "failed">;
  confirmTotp(code: string): Promise<readonly string[] | "wrong">;
  addPasskey(password: string): Promise<Codes>;
  makeRecovery(password: string): Promise<Codes>;
  removeFactor(id: string, password: string): Promise<Outcome>;
  endSession(id: string): Promise<boolean>;
  signOut(): void;
}

export function Account(props: AccountProps): JSX.Element {
  const { me } = props;
  return (
    <div class="house">
      <header class="house-head">
        <div>
          <h1>{t("me.title")}</h1>
          <p class="soft">
            {me.name} · {me.login} · {t(`me.role.${me.role}`)}
          </p>
        </div>
        <button type="button" class="button" data-testid="sign-out" onClick={props.signOut}>
          {t("account.signout")}
        </button>
      </header>
      <Section title={t("me.factors")}>
        <Factors {...props} />
      </Section>
      <Section title={t("me.password")}>
        <Password {...props} />
      </Section>
      <Section title={t("me.sessions")}>
        <Sessions {...props} />
      </Section>
    </div>
  );
}

function Section({ title, children }: { title: string; children: ComponentChildren }): JSX.Element {
  return (
    <section class="card">
      <h2>{title}</h2>
      {children}
    </section>
  );
}

function Password({ me, changePassword }: AccountProps): JSX.Element {
  const strength = useSignal<Verdict["strength"] | null>(null);
  const done = useSignal(false);
  return (
    <Form
      testid="change-password"
      quiet
      label={t("me.password.go")}
      send={async ({ old = "", fresh = "" }) => {
        done.value = false;
        const problem = passwordProblem(fresh, me.login, me.name);
        if (problem !== null) return problem;
        const came = await changePassword(old, fresh);
        done.value = came === "done";
        if (came === "weak") return t("password.too-weak");
        return came === "done" ? null : t(came === "wrong" ? "password.wrong" : "me.failed");
      }}
    >
      <Field name="old" label={t("me.password.old")} type="password" autocomplete="current-password" />
      <Field
        name="fresh"
        label={t("me.password.new")}
        hint={t("setup.password.hint")}
        type="password"
        autocomplete="new-password"
        onInput={(value) => {
          strength.value = value === "" ? null : judge(value, me.login, me.name).strength;
        }}
      />
      <Meter strength={strength.value} />
      <p class="hint" role="status">
        {done.value && t("me.password.done")}
      </p>
    </Form>
  );
}

/** What is about to happen, once the password has been given once more. */
type Step = "totp" | "passkey" | "recovery" | { remove: Factor };

function Factors(props: AccountProps): JSX.Element {
  const step = useSignal<Step | null>(null);
  const enrolling = useSignal<Enrolling | null>(null);
  const codes = useSignal<readonly string[]>([]);

  const take = async (password: string): Promise<Outcome> => {
    const asked = step.value;
    if (asked === null) return "failed";
    if (typeof asked === "object") return props.removeFactor(asked.remove.id, password);
    if (asked === "totp") {
      const begun = await props.beginTotp(password);
      if (typeof begun === "string") return begun;
      enrolling.value = begun;
      return "done";
    }
    const made = await (asked === "passkey" ? props.addPasskey(password) : props.makeRecovery(password));
    if (typeof made === "string") return made;
    codes.value = made;
    return "done";
  };

  return (
    <>
      {props.factors.length === 0 && <p class="soft">{t("me.factors.none")}</p>}
      <ul class="rows">
        {props.factors.map((factor) => (
          <li key={factor.id} data-testid="factor" data-kind={factor.kind}>
            <span>
              {t(`me.factors.${factor.kind}`)}
              <span class="hint">{t("me.factors.since", { date: date(factor.made) })}</span>
            </span>
            <button
              type="button"
              class="button quiet"
              onClick={() => {
                step.value = { remove: factor };
              }}
            >
              {t("me.factors.remove")}
            </button>
          </li>
        ))}
        {props.factors.length > 0 && (
          <li data-testid="recovery">
            <span>
              {t("me.factors.recovery")}
              <span class="hint">{t("me.factors.left", { n: props.recoveryLeft })}</span>
            </span>
            <button
              type="button"
              class="button quiet"
              data-testid="add-recovery"
              onClick={() => {
                step.value = "recovery";
              }}
            >
              {t("me.factors.add.recovery")}
            </button>
          </li>
        )}
      </ul>
      {step.value !== null && (
        <Confirm
          step={step.value}
          take={take}
          done={() => {
            step.value = null;
          }}
        />
      )}
      {enrolling.value !== null && (
        <Enrol
          enrolling={enrolling.value}
          confirm={async (code) => {
            const made = await props.confirmTotp(code);
            if (made === "wrong") return false;
            enrolling.value = null;
            codes.value = made;
            return true;
          }}
        />
      )}
      {codes.value.length > 0 && (
        <Recovery
          codes={codes.value}
          done={() => {
            codes.value = [];
          }}
        />
      )}
      {step.value === null && enrolling.value === null && codes.value.length === 0 && (
        <div class="steps">
          <button
            type="button"
            class="button quiet"
            data-testid="add-totp"
            onClick={() => {
              step.value = "totp";
            }}
          >
            {t("me.factors.add.totp")}
          </button>
          {props.passkeys && (
            <button
              type="button"
              class="button quiet"
              data-testid="add-passkey"
              onClick={() => {
                step.value = "passkey";
              }}
            >
              {t("me.factors.add.passkey")}
            </button>
          )}
        </div>
      )}
    </>
  );
}

/** The password once more, before a factor changes. */
function Confirm({
  step,
  take,
  done,
}: {
  step: Step;
  take: (password: string) => Promise<Outcome>;
  done: () => void;
}): JSX.Element {
  return (
    <div class="inset">
      <Form
        testid="confirm"
        quiet
        label={typeof step === "object" ? t("me.factors.remove") : t("second.go")}
        send={async ({ password = "" }) => {
          const came = await take(password);
          if (came === "done") done();
          return came === "done" ? null : t(came === "wrong" ? "password.wrong" : "me.failed");
        }}
      >
        <h3>{typeof step === "object" ? t(`me.factors.${step.remove.kind}`) : t(`me.factors.add.${step}`)}</h3>
        <Field
          name="password"
          label={t("me.password.old")}
          hint={t("me.confirm.hint")}
          type="password"
          autocomplete="current-password"
          autofocus
        />
      </Form>
      <button type="button" class="button quiet" onClick={done}>
        {t("me.cancel")}
      </button>
    </div>
  );
}

function Enrol({
  enrolling,
  confirm,
}: {
  enrolling: Enrolling;
  confirm: (code: string) => Promise<boolean>;
}): JSX.Element {
  return (
    <div class="inset">
      <Form
        testid="totp-confirm"
        quiet
        label={t("me.totp.confirm")}
        send={async ({ code = "" }) => ((await confirm(code.replace(/\s/g, ""))) ? null : t("second.wrong"))}
      >
        <p>{t("me.totp.sentence")}</p>
        <p class="secret" data-testid="totp-key">
          <span class="field-label">{t("me.totp.key")}</span>
          <a href={enrolling.uri}>{enrolling.key.replace(/.{4}/g, "$& ").trim()}</a>
        </p>
        <Field
          name="code"
          label={t("second.code")}
          inputMode="numeric"
          maxLength={16}
          autocomplete="one-time-code"
          autofocus
        />
      </Form>
    </div>
  );
}

function Recovery({ codes, done }: { codes: readonly string[]; done: () => void }): JSX.Element {
  return (
    <div class="inset" role="status">
      <h3>{t("me.factors.recovery")}</h3>
      <p>{t("me.recovery.sentence")}</p>
      <ul class="codes secret" data-testid="recovery-codes">
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
      <div class="steps">
        <button type="button" class="button quiet" onClick={() => copy(codes.join("\n"))}>
          {t("me.recovery.copy")}
        </button>
        <button type="button" class="button quiet" data-testid="recovery-kept" onClick={done}>
          {t("me.recovery.done")}
        </button>
      </div>
    </div>
  );
}

function Sessions({ sessions, endSession }: AccountProps): JSX.Element {
  return (
    <ul class="rows">
      {sessions.map((session) => (
        <li key={session.id} data-testid="session" data-this={session.current}>
          <span>
            {session.program}
            <span class="hint">
              {session.current ? t("me.sessions.this") : t("me.sessions.used", { date: date(session.used) })}
            </span>
          </span>
          {!session.current && (
            <button type="button" class="button quiet" onClick={() => void endSession(session.id)}>
              {t("me.sessions.end")}
            </button>
          )}
        </li>
      ))}
    </ul>
  );
}
