/** For administrators: who has an account here. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { copy, copying } from "../copy";
import { Icon } from "../icons";
import { t } from "../language";
import { initials } from "../tile";
import { date } from "./dates";
import { Field, Form } from "./form";
import { type Invited, type NewPerson, type Person, roles } from "./model";

export interface AccountsProps {
  people: readonly Person[];
  /** One's own id: nobody ends the account that they are using. */
  self: string;
  add(person: NewPerson): Promise<{ invited: Invited } | "taken" | "bad" | "failed">;
  newLink(id: string): Promise<string | null>;
  end(id: string): Promise<boolean>;
}

export function Accounts(props: AccountsProps): JSX.Element {
  const adding = useSignal(false);
  const invited = useSignal<Invited | null>(null);
  return (
    <div class="house">
      <header class="house-head">
        <div>
          <h1>{t("accounts.title")}</h1>
          <p class="soft">{t("accounts.sentence")}</p>
        </div>
        {!adding.value && (
          <button
            type="button"
            class="button primary"
            data-testid="add-account"
            onClick={() => {
              adding.value = true;
              invited.value = null;
            }}
          >
            {t("accounts.add")}
          </button>
        )}
      </header>
      {invited.value !== null && (
        <Invitation
          invited={invited.value}
          done={() => {
            invited.value = null;
          }}
        />
      )}
      {adding.value && (
        <Adding
          add={props.add}
          done={(made) => {
            adding.value = false;
            invited.value = made;
          }}
        />
      )}
      {props.people.length <= 1 && !adding.value && <p class="soft">{t("accounts.empty")}</p>}
      <ul class="card rows" data-testid="accounts">
        {props.people.map((person) => (
          <Row
            key={person.id}
            person={person}
            isSelf={person.id === props.self}
            end={() => props.end(person.id)}
            link={async () => {
              const link = await props.newLink(person.id);
              if (link !== null) invited.value = { name: person.name, link };
              return link !== null;
            }}
          />
        ))}
      </ul>
    </div>
  );
}

function Adding({ add, done }: { add: AccountsProps["add"]; done: (invited: Invited | null) => void }): JSX.Element {
  return (
    <section class="card">
      <h2>{t("accounts.add")}</h2>
      <Form
        testid="make-account"
        label={t("accounts.make")}
        send={async ({ login = "", name = "", label = "", role = "", ends = "" }) => {
          const known = roles.find((one) => one === role);
          if (login.trim() === "" || name.trim() === "" || known === undefined) return t("accounts.bad");
          // A day ends when it is over where the administrator is.
          const last = ends === "" ? null : new Date(`${ends}T23:59:59`).getTime() / 1000;
          const came = await add({
            login: login.trim(),
            name: name.trim(),
            label: label.trim(),
            role: known,
            ends: last,
          });
          if (typeof came !== "object") {
            return t(came === "taken" ? "setup.taken" : came === "bad" ? "accounts.bad" : "me.failed");
          }
          done(came.invited);
          return null;
        }}
      >
        <div class="pair">
          <Field name="login" label={t("signin.login")} autofocus />
          <Field name="name" label={t("accounts.name")} maxLength={64} />
          <Field name="label" label={t("accounts.label")} hint={t("accounts.label.hint")} maxLength={64} />
          <label class="field">
            <span class="field-label">{t("accounts.role")}</span>
            <select name="role" data-testid="role">
              {[...roles].reverse().map((role) => (
                <option key={role} value={role} selected={role === "member"}>
                  {t(`me.role.${role}`)}
                </option>
              ))}
            </select>
          </label>
          <Field name="ends" label={t("accounts.ends")} hint={t("accounts.ends.hint")} type="date" />
        </div>
      </Form>
      <button type="button" class="button quiet" onClick={() => done(null)}>
        {t("app.close")}
      </button>
    </section>
  );
}

function Invitation({ invited, done }: { invited: Invited; done: () => void }): JSX.Element {
  return (
    <section class="card" role="status" data-testid="invitation">
      <p>{t("accounts.invited", { name: invited.name })}</p>
      <p class="secret">{invited.link}</p>
      <div class="steps">
        <button type="button" class="button primary" onClick={() => copy(invited.link)}>
          <Icon name={copying.value === "done" ? "check" : "link"} />
          {t("accounts.copy")}
        </button>
        <button type="button" class="button" onClick={done}>
          {t("accounts.done")}
        </button>
      </div>
    </section>
  );
}

function Row({
  person,
  isSelf,
  end,
  link,
}: {
  person: Person;
  isSelf: boolean;
  end: () => Promise<boolean>;
  link: () => Promise<boolean>;
}): JSX.Element {
  const asking = useSignal(false);
  const failed = useSignal(false);
  const act = async (work: Promise<boolean>): Promise<void> => {
    failed.value = !(await work);
    asking.value = false;
  };
  const state = person.ended
    ? t("accounts.ended")
    : person.ends === null
      ? null
      : t("accounts.until", { date: date(person.ends) });
  return (
    <li data-testid="account" data-login={person.login} data-ended={person.ended}>
      <span class="initials" aria-hidden="true">
        {initials(person.name)}
      </span>
      <span>
        {person.name}
        <span class="hint">
          {[t(`me.role.${person.role}`), person.login, person.label, state].filter(Boolean).join(" · ")}
        </span>
        <span class="problem" role="alert">
          {failed.value && t("me.failed")}
        </span>
      </span>
      {!person.ended && !isSelf && (
        <span class="steps">
          {asking.value ? (
            <span class="sure" role="alertdialog" aria-label={t("accounts.end", { name: person.name })}>
              <span>{t("accounts.end.sure", { name: person.name })}</span>
              <button type="button" class="button quiet danger" data-testid="end-yes" onClick={() => act(end())}>
                {t("accounts.end.yes")}
              </button>
              <button
                type="button"
                class="button quiet"
                onClick={() => {
                  asking.value = false;
                }}
              >
                {t("accounts.end.no")}
              </button>
            </span>
          ) : (
            <>
              <button
                type="button"
                class="button quiet"
                aria-label={t("accounts.new-link.for", { name: person.name })}
                onClick={() => act(link())}
              >
                {t("accounts.new-link")}
              </button>
              <button
                type="button"
                class="button quiet"
                data-testid="end"
                aria-label={t("accounts.end", { name: person.name })}
                onClick={() => {
                  asking.value = true;
                }}
              >
                {t("accounts.end.short")}
              </button>
            </>
          )}
        </span>
      )}
    </li>
  );
}
