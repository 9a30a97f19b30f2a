/** Signing in: user name and password, a passkey, and the second factor where the account asks for one. */
import type { JSX } from "preact";
import { t } from "../language";
import { Field, Form } from "./form";
import type { Signing } from "./model";

export interface SignInProps {
  signIn(login: string, password: string): Promise<Signing>;
  usePasskey(): Promise<Signing>;
  /** Whether this browser has passkeys. */
  passkeys: boolean;
}

export function SignIn({ signIn, usePasskey, passkeys }: SignInProps): JSX.Element {
  return (
    <div class="house-form">
      <h1>{t("signin.title")}</h1>
      <p class="soft">{t("signin.sentence")}</p>
      <Form
        testid="sign-in"
        label={t("signin.go")}
        busy={t("signin.going")}
        send={async ({ login = "", password = "" }) => {
          if (login.trim() === "" || password === "") return t("signin.missing");
          return problemOf(await signIn(login, password), "signin.wrong");
        }}
      >
        <Field name="login" label={t("signin.login")} autocomplete="username webauthn" autofocus />
        <Field name="password" label={t("signin.password")} type="password" autocomplete="current-password" />
      </Form>
      {passkeys && (
        <Form
          testid="passkey"
          label={t("signin.passkey")}
          quiet
          send={async () => problemOf(await usePasskey(), "signin.passkey.failed")}
        >
          {null}
        </Form>
      )}
    </div>
  );
}

export interface SecondProps {
  code: boolean;
  passkey: boolean;
  prove(code: string): Promise<Signing>;
  usePasskey(): Promise<Signing>;
  back(): void;
}

export function Second({ code, passkey, prove, usePasskey, back }: SecondProps): JSX.Element {
  return (
    <div class="house-form">
      <h1>{t("second.title")}</h1>
      <p class="soft">{t("second.sentence")}</p>
      {code && (
        <Form
          testid="prove"
          label={t("second.go")}
          send={async ({ code: given = "" }) => problemOf(await prove(given.replace(/\s/g, "")), "second.wrong")}
        >
          <Field
            name="code"
            label={t("second.code")}
            hint={t("second.code.hint")}
            autocomplete="one-time-code"
            maxLength={32}
            autofocus
          />
        </Form>
      )}
      {passkey && (
        <Form
          testid="second-passkey"
          label={t(code ? "second.passkey" : "signin.passkey")}
          quiet={code}
          send={async () => problemOf(await usePasskey(), "signin.passkey.failed")}
        >
          {null}
        </Form>
      )}
      <button type="button" class="button quiet" onClick={back}>
        {t("second.back")}
      </button>
    </div>
  );
}

function problemOf(came: Signing, wrong: "signin.wrong" | "second.wrong" | "signin.passkey.failed"): string | null {
  switch (came.kind) {
    case "done":
    case "second":
      return null;
    case "wrong":
      return t(wrong);
    case "over":
      return t("second.over");
    case "slow":
      return t("signin.slow", { seconds: came.seconds });
    case "failed":
      return t("signin.failed");
  }
}
