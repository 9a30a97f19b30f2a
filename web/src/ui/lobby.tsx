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
  validName(name: string): boolean;
  /** The entry code that was given before, and whether entry was just refused. */
  code: string | null;
  refused: boolean;
  join(name: string, code: string | null): void;
}

export function Lobby({ devices, name, validName, code, refused, join }: LobbyProps): JSX.Element {
  const problem = useSignal<"lobby.name.missing" | "lobby.name.bad" | null>(null);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus({ preventScroll: true }), []);

  const onJoin = (event: SubmitEvent): void => {
    event.preventDefault();
    const given = (field.current?.value ?? "").trim().normalize("NFC");
    problem.value = given === "" ? "lobby.name.missing" : validName(given) ? null : "lobby.name.bad";
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
        <button type="submit" class="button primary large wide" data-testid="join">
          {t("lobby.join")}
        </button>
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
