/** The sheet beside the stage (over it on narrow windows): people, security or settings. */
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Choosers } from "./choosers";
import { Icon } from "./icons";
import { t } from "./language";
import { LanguageSwitch, ThemeChoice } from "./masthead";
import { People } from "./people";
import { Security } from "./security";
import type { MeetingView } from "./view";

export type Panel = "people" | "security" | "settings";

function Settings({ view }: { view: MeetingView }): JSX.Element {
  return (
    <div class="settings" data-testid="panel-settings">
      <Choosers devices={view.devices} />
      <ThemeChoice />
      <LanguageSwitch titled />
    </div>
  );
}

export interface SheetProps {
  panel: Panel;
  view: MeetingView;
  wanted?: string | null; // the seat of somebody to be looked at
  close: () => void;
}

export function Sheet({ panel, view, wanted = null, close }: SheetProps): JSX.Element {
  const heading = useRef<HTMLHeadingElement>(null);
  // The sheet's heading takes the focus on opening, so that keyboard and screen reader continue there.
  useEffect(() => heading.current?.focus({ preventScroll: true }), [panel]);
  const titles: Record<Panel, string> = {
    people: t("people.title"),
    security: t("security.title"),
    settings: t("settings.title"),
  };
  const content: Record<Panel, () => ComponentChildren> = {
    people: () => (
      <People
        people={view.people.value}
        room={view.room}
        comparing={view.comparing}
        asking={view.asking}
        wanted={wanted}
      />
    ),
    security: () => <Security epoch={view.epoch.value} counters={view.counters.value} />,
    settings: () => <Settings view={view} />,
  };
  return (
    <aside class="sheet" id="panel" aria-labelledby="panel-title" data-panel={panel}>
      <header class="sheet-head">
        <h2 id="panel-title" ref={heading} tabIndex={-1}>
          {titles[panel]}
        </h2>
        <button
          type="button"
          class="control small"
          aria-label={t("app.close")}
          title={`${t("app.close")} (Esc)`}
          data-testid="close-panel"
          onClick={close}
        >
          <Icon name="close" />
        </button>
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reachable with the keyboard */}
      <section class="sheet-body" tabIndex={0} aria-labelledby="panel-title">
        {content[panel]()}
      </section>
    </aside>
  );
}
