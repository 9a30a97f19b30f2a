/** Every screen in every state, chosen by the query: `gallery.html?screen=lobby&theme=dark&language=fr`. Without a query: the list. */
import { type ComponentChild, render } from "preact";
import { catalogue, type Language } from "../src/ui/catalogue";
import { endings } from "../src/ui/endings";
import { Home } from "../src/ui/home";
import { chooseLanguage, t } from "../src/ui/language";
import { Lobby } from "../src/ui/lobby";
import { Meeting } from "../src/ui/meeting";
import { Ended, Incomplete, Unknown, Unsupported } from "../src/ui/notice";
import { Screen } from "../src/ui/screen";
import "../src/ui/styles";
import { chooseTheme, type Theme } from "../src/ui/theme";
import type { DeviceState, DevicesView } from "../src/ui/view";
import { crowd, devices, meeting, person } from "./fake";

const nothing = (): void => {};
const front = (children: ComponentChild): ComponentChild => (
  <main data-screen="front">
    <Screen home={nothing}>{children}</Screen>
  </main>
);
const lobby = (view: DevicesView): ComponentChild =>
  front(<Lobby devices={view} name="Claire Dubois" validName={() => true} join={nothing} />);
const room = (
  view: Parameters<typeof meeting>[0],
  opened: Parameters<typeof Meeting>[0]["opened"] = null,
): ComponentChild => (
  <main data-screen="meeting">
    <Meeting view={meeting(view)} opened={opened} />
  </main>
);
const states = [
  person(1, { tile: "waiting", sound: "waiting" }),
  person(2, { tile: "no-key", sound: "no-key" }),
  person(3, { tile: "cannot-decode", sound: "cannot-decode" }),
  person(4, { tile: "paused", camera: false, mic: false, sound: "muted", client: "python" }),
  person(5, { tile: "away", sound: "away" }),
  person(0),
];

const screens: Record<string, () => ComponentChild> = {
  home: () => front(<Home start={async () => null} open={() => ({ kind: "bad" })} />),
  lobby: () => lobby(devices()),
  incomplete: () => front(<Incomplete home={nothing} />),
  unknown: () => front(<Unknown home={nothing} />),
  unsupported: () =>
    front(
      <Unsupported
        missing={["track-processor", "video-encode"]}
        explain={(item) => t(item === "track-processor" ? "missing.track-processor" : "missing.video-encode")}
      />,
    ),
  connecting: () => room({ phase: "connecting", people: [] }),
  joining: () => room({ phase: "joining", people: [] }),
  alone: () => room({ people: crowd(1) }),
  states: () => room({ people: states }),
  cut: () => room({ phase: "cut" }),
  warnings: () =>
    room({
      soundBlocked: true,
      devices: devices("on", "denied"),
      warnings: [{ id: 1, t: "warning", kind: "commit-refused", text: "forbidden", by: "Blaise" }],
    }),
  "meeting-people": () => room({ people: [...crowd(4), ...states.slice(3, 4)] }, "people"),
  "meeting-security": () => room({}, "security"),
  "meeting-refused": () => room({ refused: { "not-authentic": 12, replayed: 3 } }, "security"),
  "meeting-settings": () => room({}, "settings"),
  "meeting-help": () => room({}, "help"),
  "meeting-muted": () =>
    room({
      people: [person(0, { mic: false, camera: false, tile: "paused", sound: "muted" }), person(1)],
      devices: devices("off", "off"),
    }),
};
for (const state of ["off", "starting", "denied", "none", "busy", "failed"] satisfies DeviceState[]) {
  screens[`lobby-${state}`] = () => lobby(devices(state, state));
}
for (const count of [2, 3, 4, 9, 16, 50]) screens[`meeting-${count}`] = () => room({ people: crowd(count) });
const distinct = new Map(Object.entries(endings).map(([reason, ending]) => [ending.title, reason]));
for (const reason of [...distinct.values(), "other"]) {
  screens[`ended-${reason}`] = () => front(<Ended reason={reason} back={nothing} reload={nothing} home={nothing} />);
}

function List(): ComponentChild {
  return (
    <main>
      <h1>{catalogue.en["app.name"]}</h1>
      <ul id="screens">
        {Object.keys(screens).map((name) => (
          <li key={name}>
            <a href={`?screen=${name}`}>{name}</a>
          </li>
        ))}
      </ul>
    </main>
  );
}

const query = new URLSearchParams(location.search);
chooseTheme((query.get("theme") ?? "auto") as Theme);
chooseLanguage((query.get("language") ?? "en") as Language);
const app = document.getElementById("app");
const screen = screens[query.get("screen") ?? ""];
if (app !== null) render(screen === undefined ? <List /> : screen(), app);
