/** The start page: one button that makes a meeting, and a place for a link that somebody sent. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { Door } from "./door";
import { Icon } from "./icons";
import { t } from "./language";

export type StartFailure = "failed" | "limited";
export type PasteFailure = { kind: "bad" } | { kind: "elsewhere"; host: string };

export interface HomeProps {
  /** Makes a meeting and goes there; resolves with what went wrong. */
  start(): Promise<StartFailure | null>;
  /** Goes to the meeting of a pasted link, or says why not. */
  open(link: string): PasteFailure | null;
}

export function Home({ start, open }: HomeProps): JSX.Element {
  const starting = useSignal(false);
  const failure = useSignal<StartFailure | null>(null);
  const refused = useSignal<PasteFailure | null>(null);

  const onStart = async (): Promise<void> => {
    starting.value = true;
    failure.value = null;
    failure.value = await start();
    starting.value = false;
  };
  const onOpen = (event: SubmitEvent): void => {
    event.preventDefault();
    const link = new FormData(event.currentTarget as HTMLFormElement).get("link");
    refused.value = open(typeof link === "string" ? link : "");
  };
  const problem = refused.value;

  return (
    <div class="home">
      <div class="home-words">
        <h1>{t("home.title")}</h1>
        <p class="lead">{t("home.sentence")}</p>
        <div class="home-start">
          <button
            type="button"
            class="button primary large"
            data-testid="start"
            disabled={starting.value}
            onClick={onStart}
          >
            {t(starting.value ? "home.starting" : "home.start")}
            <Icon name="arrow" />
          </button>
          <p class="problem" role="alert">
            {failure.value !== null && t(failure.value === "limited" ? "home.limited" : "home.failed")}
          </p>
        </div>
        <form class="home-paste" onSubmit={onOpen} noValidate>
          <label class="field-label" for="link">
            {t("home.have")}
          </label>
          <div class="field-row">
            <input
              id="link"
              name="link"
              type="url"
              autocomplete="off"
              spellcheck={false}
              aria-describedby="link-problem"
              aria-invalid={problem !== null}
              placeholder={t("home.placeholder")}
              data-testid="paste"
              onInput={() => {
                refused.value = null;
              }}
            />
            <button type="submit" class="button" data-testid="open">
              {t("home.go")}
            </button>
          </div>
          <p class="problem" id="link-problem" role="alert">
            {problem !== null && (problem.kind === "bad" ? t("home.bad") : t("home.elsewhere", { host: problem.host }))}
          </p>
        </form>
        <ul class="facts">
          {(["home.fact.sealed", "home.fact.install", "home.fact.origin"] as const).map((fact) => (
            <li key={fact}>
              <Icon name="check" />
              {t(fact)}
            </li>
          ))}
        </ul>
      </div>
      <Door />
    </div>
  );
}
