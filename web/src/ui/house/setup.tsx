/** The first steps of an account: whoever was given a link chooses a password. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { judge, type Verdict } from "../../core/access/password";
import { t } from "../language";
import { Field, Form } from "./form";
import type { SettingUp } from "./model";

/** A set-up link whose part behind the # is missing. */
export function TicketOver(): JSX.Element {
  return (
    <div class="house-form">
      <h1>{t("setup.title")}</h1>
      <p class="lead">{t("setup.over")}</p>
    </div>
  );
}

export interface SetUpProps {
  /** The first administrator chooses a user name and a name too; others were given theirs. */
  first: boolean;
  /** The user name that the account has, so that it does not stand in the password. */
  login: string;
  setUp(values: { login: string; name: string; password: string }): Promise<SettingUp>;
}

export function SetUp({ first, login, setUp }: SetUpProps): JSX.Element {
  const strength = useSignal<Verdict["strength"] | null>(null);
  return (
    <div class="house-form">
      <h1>{t("setup.title")}</h1>
      <p class="lead">{t(first ? "setup.first" : "setup.ticket")}</p>
      <Form
        testid="set-up"
        label={t("setup.go")}
        busy={t("setup.going")}
        send={async ({ login: chosen = login, name = "", password = "" }) => {
          const problem = passwordProblem(password, chosen, name);
          if (problem !== null) return problem;
          if (first && (chosen.trim() === "" || name.trim() === "")) return t("accounts.bad");
          const came = await setUp({ login: chosen.trim(), name: name.trim(), password });
          // The server knows words and lists that the page does not.
          if (came === "weak") return t("password.too-weak");
          return came === "done" ? null : t(came === "bad" ? "accounts.bad" : `setup.${came}`);
        }}
      >
        {first && (
          <>
            <Field name="login" label={t("signin.login")} autocomplete="username" autofocus />
            <Field name="name" label={t("setup.name")} hint={t("setup.name.hint")} autocomplete="name" maxLength={64} />
          </>
        )}
        <Field
          name="password"
          label={t("setup.password")}
          hint={t("setup.password.hint")}
          type="password"
          autocomplete="new-password"
          autofocus={!first}
          onInput={(value) => {
            strength.value = value === "" ? null : judge(value, login).strength;
          }}
        />
        <Meter strength={strength.value} />
      </Form>
    </div>
  );
}

/** How strong a password is, in words and as a bar. */
export function Meter({ strength }: { strength: Verdict["strength"] | null }): JSX.Element | null {
  if (strength === null) return null;
  return (
    <div class="strength" data-strength={strength}>
      <meter min={0} max={4} value={strength} aria-label={t("strength.label")} />
      <span class="hint" aria-live="polite" data-testid="strength">
        {t(`strength.${strength}`)}
      </span>
    </div>
  );
}

/** Why an account may not have a password, in words; null when it may. */
export function passwordProblem(password: string, ...known: readonly string[]): string | null {
  const { accepted, flaws } = judge(password, ...known);
  if (accepted) return null;
  const said = (["too-short", "too-long", "contains-name", "repeats", "sequence"] as const).find((flaw) =>
    flaws.includes(flaw),
  );
  return t(`password.${said ?? "too-weak"}`);
}
