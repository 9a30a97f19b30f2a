/** What is known of somebody: the label of their account, or that they have none; whether they organise. A sign and a word, never a colour alone. */
import type { JSX } from "preact";
import type { Person } from "../../worker/messages";
import { Icon } from "../icons";
import { t } from "../language";
import type { Compared } from "../view";

/** The house says which account it is: no more than that is claimed. */
export function AccountMark({ guest, label }: Pick<Person, "guest" | "label">): JSX.Element {
  return (
    <span class="mark-sign" data-testid="mark" data-guest={guest}>
      <Icon name={guest ? "guest" : "account"} />
      <span class="mark-words">
        {!guest && label !== "" && <span class="unseen">{t("mark.account")}: </span>}
        {guest ? t("mark.guest") : label || t("mark.account")}
      </span>
    </span>
  );
}

export function OrganiserMark(): JSX.Element {
  return (
    <span class="mark-sign organiser" data-testid="organiser">
      <Icon name="organiser" />
      {t("mark.organiser")}
    </span>
  );
}

/** Only one's own: the house has no word in it. */
export function ComparedMark(): JSX.Element {
  return (
    <span class="mark-sign compared" data-testid="compared-mark" title={t("compare.mark.title")}>
      <Icon name="check" />
      <span class="mark-words">{t("compare.mark")}</span>
    </span>
  );
}

export function Marks({ person, compared }: { person: Person; compared: Compared }): JSX.Element {
  return (
    <span class="marks">
      <AccountMark {...person} />
      {person.organiser && <OrganiserMark />}
      {compared === "yes" && <ComparedMark />}
    </span>
  );
}
