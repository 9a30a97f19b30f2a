/** The line on top of every screen outside a meeting, and the choices of language and appearance. */
import type { JSX } from "preact";
import { catalogue, type Language, languages } from "./catalogue";
import { Mark } from "./icons";
import { chooseLanguage, language, t } from "./language";
import { chooseTheme, type Theme, theme, themes } from "./theme";

const ownNames: Record<Language, string> = { en: "English", fr: "Français" };

export function LanguageSwitch({ titled = false }: { titled?: boolean }): JSX.Element {
  return (
    <fieldset class="choice" data-testid="language">
      <legend class={titled ? "field-label" : "unseen"}>{t("app.language")}</legend>
      <div class="switch">
        {languages.map((one) => (
          <button
            key={one}
            type="button"
            lang={one}
            aria-pressed={language.value === one}
            onClick={() => chooseLanguage(one)}
          >
            <abbr title={ownNames[one]}>{one.toUpperCase()}</abbr>
          </button>
        ))}
      </div>
    </fieldset>
  );
}

export function ThemeChoice(): JSX.Element {
  return (
    <label class="field">
      <span class="field-label">{t("app.theme")}</span>
      <select
        value={theme.value}
        onChange={(event) => chooseTheme(event.currentTarget.value as Theme)}
        data-testid="theme"
      >
        {themes.map((one) => (
          <option key={one} value={one}>
            {t(`app.theme.${one}`)}
          </option>
        ))}
      </select>
    </label>
  );
}

export interface MastheadProps {
  onHome: () => void;
  /** Who is signed in, by name, or nobody. */
  name: string | null;
  isAdministrator: boolean;
  go: (path: "/signin" | "/account" | "/accounts" | "/levels") => void;
}

function Way({
  path,
  go,
  children,
}: {
  path: Parameters<MastheadProps["go"]>[0];
  go: MastheadProps["go"];
  children: string;
}): JSX.Element {
  return (
    <a
      class="way"
      href={path}
      aria-current={location.pathname === path ? "page" : undefined}
      onClick={(event) => {
        event.preventDefault();
        go(path);
      }}
    >
      {children}
    </a>
  );
}

export function Masthead({ onHome, name, isAdministrator, go }: MastheadProps): JSX.Element {
  return (
    <header class="masthead">
      <a
        class="wordmark"
        href="/"
        aria-label={`${catalogue.en["app.name"]}: ${t("app.home")}`}
        onClick={(event) => {
          event.preventDefault();
          onHome();
        }}
      >
        <Mark />
        <span>{catalogue.en["app.name"]}</span>
      </a>
      <nav class="masthead-choices" aria-label={t("account.menu")}>
        {name !== null && isAdministrator && (
          <>
            <Way path="/accounts" go={go}>
              {t("accounts.title")}
            </Way>
            <Way path="/levels" go={go}>
              {t("levels.way")}
            </Way>
          </>
        )}
        <Way path={name === null ? "/signin" : "/account"} go={go}>
          {name ?? t("account.signin")}
        </Way>
        <LanguageSwitch />
      </nav>
    </header>
  );
}
