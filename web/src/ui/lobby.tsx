/** Before the meeting: see oneself, give a name, join. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Choosers } from "./choosers";
import { Icon } from "./icons";
import { t } from "./language";
import { Preview } from "./preview";
import type { DevicesView } from "./view";

export interface LobbyProps {
  devices: DevicesView;
  name: string; // given before in this tab, or empty
  /** Whoever is signed in joins as that: the name is the account's. */
  account?: { name: string; label: string } | null;
  validName(name: string): boolean;
  /** The entry code that was given before, and whether entry was just refused. */
  code: string | null;
  refused: boolean;
  /** Somebody is about to join, or why the last try came to nothing. */
  joining?: boolean;
  failure?: "changed" | "failed" | null;
  /** The name counts for guests alone. */
  join(name: string, code: string | null): void;
}

export function Lobby(props: LobbyProps): JSX.Element {
  const { devices, name, account = null, validName, code, refused, joining = false, failure = null, join } = props;
  const problem = useSignal<"lobby.name.missing" | "lobby.name.bad" | null>(null);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus({ preventScroll: true }), []);

  const onJoin = (event: SubmitEvent): void => {
    event.preventDefault();
    const given = (field.current?.value ?? "").trim().normalize("NFC");
    const isValid = account !== null || validName(given);
    problem.value = isValid ? null : given === "" ? "lobby.name.missing" : "lobby.name.bad";
    const digits = new FormData(event.currentTarget as HTMLFormElement).get("code");
    const entry = typeof digits === "string" ? digits.replace(/\D/g, "") : "";
    if (problem.value === null) join(given, entry === "" ? null : entry);
    else field.current?.focus();
  };

  return (
    <div class="lobby">
      <Preview devices={devices} />
      <form class="lobby-words" onSubmit={onJoin} noValidate>
        <h1>{t("lobby.title")}</h1>
        <p class="soft">{t("lobby.sentence")}</p>
        {account === null ? (
          <div class="field">
            <label class="field-label" for="name">
              {t("lobby.name")}
            </label>
            <input
              ref={field}
              id="name"
              name="name"
              type="text"
              autocomplete="name"
              maxLength={64}
              defaultValue={name}
              aria-invalid={problem.value !== null}
              aria-describedby={problem.value === null ? "name-hint" : "name-problem"}
              data-testid="name"
              onInput={() => {
                problem.value = null;
              }}
            />
            {problem.value === null ? (
              <p class="hint" id="name-hint">
                {t("lobby.name.hint")}
              </p>
            ) : (
              <p class="problem" id="name-problem" role="alert">
                {t(problem.value)}
              </p>
            )}
          </div>
        ) : (
          <AccountName {...account} />
        )}
        <details class="lobby-code" open={refused || code !== null}>
          <summary data-testid="have-code">{t("lobby.code.have")}</summary>
          <div class="field">
            <label class="field-label" for="code">
              {t("lobby.code")}
            </label>
            <input
              id="code"
              name="code"
              type="text"
              inputMode="numeric"
              autocomplete="one-time-code"
              maxLength={12}
              defaultValue={code ?? ""}
              aria-describedby="code-hint"
              data-testid="code"
            />
            <p class="hint" id="code-hint">
              {t("lobby.code.hint")}
            </p>
          </div>
        </details>
        <button type="submit" class="button primary large wide" data-testid="join" disabled={joining}>
          {t("lobby.join")}
        </button>
        <p class="problem" role="alert" data-testid="join-problem">
          {failure !== null && t(`lobby.${failure}`)}
        </p>
        <p class="sealed-note">
          <Icon name="lock" />
          {t("lobby.terms")}
        </p>
        <details class="lobby-devices">
          <summary>{t("lobby.devices")}</summary>
          <Choosers devices={devices} />
        </details>
      </form>
    </div>
  );
}

/** The name of whoever is signed in: it cannot be changed here. */
function AccountName({ name, label }: { name: string; label: string }): JSX.Element {
  return (
    <div class="field" data-testid="account-name">
      <span class="field-label">{t("lobby.name")}</span>
      <p class="lobby-account">
        <strong>{name}</strong>
        {label !== "" && <span class="soft">{label}</span>}
      </p>
      <p class="hint">{t("lobby.account")}</p>
    </div>
  );
}
