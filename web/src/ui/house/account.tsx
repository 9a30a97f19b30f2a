/** One's own account: password, second factors, and where one is signed in. */
import { useSignal } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import type { Verdict } from "../../core/access/password";
import { judge } from "../../core/access/password";
import { copy } from "../copy";
import { t } from "../language";
import { date } from "./dates";
import { Field, Form } from "./form";
import type { Factor, Me, Session } from "./model";
import { Meter, passwordProblem } from "./setup";

/** A key for an authenticator app that waits for its first code. */
export interface Enrolling {
  /** Base32, as such apps take it. */
  key: string;
  uri: string;
}

export interface AccountProps {
  me: Me;
  sessions: readonly Session[];
  factors: readonly Factor[];
  passkeys: boolean;
  changePassword(old: string, fresh: string): Promise<"done" | "wrong" | "slow" | "failed">;
  beginTotp(): Promise<Enrolling | null>;
  confirmTotp(code: string): Promise<boolean>;
  addPasskey(): Promise<boolean>;
  makeRecovery(): Promise<readonly string[] | null>;
  removeFactor(id: string): Promise<boolean>;
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

function Factors(props: AccountProps): JSX.Element {
  const enrolling = useSignal<Enrolling | null>(null);
  const codes = useSignal<readonly string[] | null>(null);
  const failed = useSignal(false);
  const act = async (work: Promise<unknown>): Promise<void> => {
    const came = await work;
    failed.value = came === null || came === false;
  };
  return (
    <>
      {props.factors.length === 0 && <p class="soft">{t("me.factors.none")}</p>}
      <ul class="rows">
        {props.factors.map((factor) => (
          <li key={factor.id} data-testid="factor" data-kind={factor.kind}>
            <span>
              {t(`me.factors.${factor.kind}`)}
              <span class="hint">
                {factor.kind === "recovery"
                  ? t("me.factors.left", { n: factor.left })
                  : t("me.factors.since", { date: date(factor.made) })}
              </span>
            </span>
            <button type="button" class="button quiet" onClick={() => act(props.removeFactor(factor.id))}>
              {t("me.factors.remove")}
            </button>
          </li>
        ))}
      </ul>
      {enrolling.value !== null && (
        <Form
          testid="totp-confirm"
          quiet
          label={t("me.totp.confirm")}
          send={async ({ code = "" }) => {
            if (!(await props.confirmTotp(code.replace(/\s/g, "")))) return t("second.wrong");
            enrolling.value = null;
            return null;
          }}
        >
          <p>{t("me.totp.sentence")}</p>
          <p class="secret" data-testid="totp-key">
            <span class="field-label">{t("me.totp.key")}</span>
            <a href={enrolling.value.uri}>{enrolling.value.key.replace(/.{4}/g, "$& ").trim()}</a>
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
      )}
      {codes.value !== null && (
        <div class="secret" role="status">
          <p>{t("me.recovery.sentence")}</p>
          <ul class="codes" data-testid="recovery-codes">
            {codes.value.map((code) => (
              <li key={code}>{code}</li>
            ))}
          </ul>
          <div class="steps">
            <button type="button" class="button quiet" onClick={() => copy(codes.value?.join("\n") ?? "")}>
              {t("me.recovery.copy")}
            </button>
            <button
              type="button"
              class="button quiet"
              onClick={() => {
                codes.value = null;
              }}
            >
              {t("me.recovery.done")}
            </button>
          </div>
        </div>
      )}
      <p class="problem" role="alert">
        {failed.value && t("me.failed")}
      </p>
      <div class="steps">
        <button
          type="button"
          class="button quiet"
          data-testid="add-totp"
          onClick={() =>
            act(
              props.beginTotp().then((begun) => {
                enrolling.value = begun;
                return begun;
              }),
            )
          }
        >
          {t("me.factors.add.totp")}
        </button>
        {props.passkeys && (
          <button type="button" class="button quiet" data-testid="add-passkey" onClick={() => act(props.addPasskey())}>
            {t("me.factors.add.passkey")}
          </button>
        )}
        {props.factors.length > 0 && (
          <button
            type="button"
            class="button quiet"
            data-testid="add-recovery"
            onClick={() =>
              act(
                props.makeRecovery().then((made) => {
                  codes.value = made;
                  return made;
                }),
              )
            }
          >
            {t("me.factors.add.recovery")}
          </button>
        )}
      </div>
    </>
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
