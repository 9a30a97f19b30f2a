/** Nobody else is there yet: the link to send. */
import type { JSX } from "preact";
import { copy, copying } from "./copy";
import { Icon } from "./icons";
import { t } from "./language";
import type { DoorName } from "./view";

export interface AloneProps {
  link: string;
  door: DoorName;
}

export function Alone({ link, door }: AloneProps): JSX.Element {
  const done = copying.value === "done";
  return (
    <section class="alone" aria-labelledby="alone-title" data-testid="alone">
      <h2 id="alone-title">{t("alone.title")}</h2>
      <p class="soft">{t(door === "open" ? "alone.text" : door === "locked" ? "alone.locked" : "alone.knock")}</p>
      <input
        readOnly
        value={link}
        aria-label={t("alone.link")}
        data-testid="link"
        onFocus={(event) => event.currentTarget.select()}
      />
      <button type="button" class="button primary" onClick={() => copy(link)}>
        <Icon name={done ? "check" : "link"} />
        {t(done ? "control.copied" : "alone.copy")}
      </button>
      <p class="problem" role="alert">
        {copying.value === "failed" && t("alone.failed")}
      </p>
    </section>
  );
}
