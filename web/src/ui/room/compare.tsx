/** Comparing keys, so that a mark says who somebody is and not what they look like; and what is said when a key is another one. */
import type { JSX } from "preact";
import type { Person } from "../../worker/messages";
import { Icon } from "../icons";
import { t } from "../language";
import { Code } from "../security";
import type { ComparingView, MeetingView } from "../view";

export interface CompareProps {
  person: Person;
  comparing: ComparingView;
}

function Own({ code }: { code: string }): JSX.Element {
  return (
    <section class="compare">
      <h3>{t("compare.own")}</h3>
      <Code code={code} testid="person-code" />
      <p class="hint">{t("compare.own.how")}</p>
    </section>
  );
}

function GoOn({ person, comparing }: CompareProps): JSX.Element {
  return (
    <button type="button" class="button quiet" data-testid="go-on" onClick={() => comparing.goOn(person)}>
      {t("compare.goOn")}
    </button>
  );
}

export function Compare({ person, comparing }: CompareProps): JSX.Element {
  const { name, personCode } = person;
  if (person.self) return <Own code={personCode} />;
  const compared = comparing.of(person);
  const isMarked = compared === "yes";
  return (
    <section class="compare" data-testid="compare">
      <h3>{t("compare.title")}</h3>
      <p class="hint">{t(isMarked ? "compare.done" : "compare.how", { name })}</p>
      <Code code={personCode} testid="person-code" />
      {!isMarked && <p class="hint">{t("compare.differs")}</p>}
      <div class="decisions">
        <button
          type="button"
          class="button quiet"
          data-testid={isMarked ? "compare-undo" : "compare-same"}
          onClick={() => (isMarked ? comparing.unmark(person) : comparing.mark(person))}
        >
          {t(isMarked ? "compare.undo" : "compare.same")}
        </button>
        {compared === "changed" && <GoOn person={person} comparing={comparing} />}
      </div>
    </section>
  );
}

export interface ChangedKeysProps {
  view: Pick<MeetingView, "people" | "comparing">;
  compare: (person: Person) => void;
}

/** One banner for each whose key is another one than the one that was compared. */
export function ChangedKeys({ view, compare }: ChangedKeysProps): JSX.Element {
  const changed = view.people.value.filter((person) => view.comparing.of(person) === "changed");
  return (
    <>
      {changed.map((person) => (
        <div key={person.seat} class="banner bad wrapped" data-testid="key-changed" data-name={person.name}>
          <Icon name="key" />
          <span>
            <strong>{t("compare.changed", { name: person.name })}</strong> {t("compare.changed.text")}
          </span>
          <span class="banner-ways">
            <button type="button" class="button quiet" data-testid="compare-again" onClick={() => compare(person)}>
              {t("compare.again")}
            </button>
            <GoOn person={person} comparing={view.comparing} />
          </span>
        </div>
      ))}
    </>
  );
}
