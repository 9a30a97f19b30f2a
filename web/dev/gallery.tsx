/** Every screen in every state, chosen by the query: `gallery.html?screen=lobby&theme=dark&language=fr`. Without a query: the list. */
import { type ComponentChild, render } from "preact";
import { catalogue, type Language } from "../src/ui/catalogue";
import { endings } from "../src/ui/endings";
import { Home } from "../src/ui/home";
import { Account, type AccountProps } from "../src/ui/house/account";
import { Accounts, type AccountsProps } from "../src/ui/house/accounts";
import { SetUp } from "../src/ui/house/setup";
import { Second, SignIn } from "../src/ui/house/signin";
import { chooseLanguage, t } from "../src/ui/language";
import { Editor } from "../src/ui/levels/editor";
import { LevelList } from "../src/ui/levels/list";
import { Unreached } from "../src/ui/levels/rooms";
import { Lobby } from "../src/ui/lobby";
import { Meeting } from "../src/ui/meeting";
import { Ended, Incomplete, Unknown, Unsupported } from "../src/ui/notice";
import { PlanList } from "../src/ui/plans/list";
import type { Level, Plan } from "../src/ui/plans/model";
import { PlanPage } from "../src/ui/plans/plan";
import { Planner } from "../src/ui/plans/planner";
import { Screen, visitor } from "../src/ui/screen";
import "../src/ui/styles";
import { chooseTheme, type Theme } from "../src/ui/theme";
import type { DeviceState, DevicesView } from "../src/ui/view";
import { doorScreens } from "./doors";
import { crowd, devices, meeting, person } from "./fake";

const nothing = (): void => {};
/** Somebody is signed in, with a long name. */
const signedIn = (screen: ComponentChild): ComponentChild => {
  visitor.value = { name: "Maximilienne de Saint-Exupéry", isAdministrator: true, go: nothing };
  return screen;
};
const front = (children: ComponentChild): ComponentChild => (
  <main data-screen="front">
    <Screen home={nothing}>{children}</Screen>
  </main>
);
const lobby = (view: DevicesView): ComponentChild =>
  front(
    <Lobby devices={view} name="Claire Dubois" validName={() => true} code={null} refused={false} join={nothing} />,
  );
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

const ada = {
  id: "ada",
  login: "ada@cabinet.example",
  name: "Ada Lovelace",
  label: "Avocate",
  role: "administrator",
  ends: null,
  ended: false,
} as const;
const houseful: AccountsProps["people"] = [
  ada,
  {
    id: "b",
    login: "h.marchand@cabinet.example",
    name: "Hélène Marchand",
    label: "Notaire",
    role: "organiser",
    ends: null,
    ended: false,
  },
  {
    id: "c",
    login: "tom@cabinet.example",
    name: "Tom Okafor",
    label: "",
    role: "member",
    ends: 1_830_000_000,
    ended: false,
  },
  {
    id: "d",
    login: "ines@partner.example",
    name: "Inès Benali",
    label: "Greffe du tribunal de commerce",
    role: "guest",
    ends: null,
    ended: true,
  },
];
const wrong = async (): Promise<"wrong"> => "wrong";
const refuse = async (): Promise<false> => false;
const noted = async (): Promise<null> => null;
const account = (factors: AccountProps["factors"]): ComponentChild =>
  signedIn(
    front(
      <Account
        me={ada}
        passkeys
        factors={factors}
        recoveryLeft={8}
        sessions={[
          { id: "1", program: "Firefox, Linux", made: 1_795_000_000, used: 1_795_300_000, current: true },
          { id: "2", program: "Chromium, Windows", made: 1_794_000_000, used: 1_795_100_000, current: false },
        ]}
        changePassword={wrong}
        beginTotp={async () => ({ key: "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", uri: "otpauth://totp/x" })}
        confirmTotp={async () => ["k7qm-29xd-p4wz", "3hfn-88ts-v6rc", "m2yc-t5ga-9pqe", "w4xz-6rnd-k8hj"]}
        addPasskey={wrong}
        makeRecovery={wrong}
        removeFactor={wrong}
        endSession={refuse}
        signOut={nothing}
      />,
    ),
  );

const level = (number: number, names: [string, string], more: Partial<Level>): Level => ({
  number,
  version: 1,
  nameEn: names[0],
  nameFr: names[1],
  access: "link",
  guests: true,
  browser: true,
  door: "open",
  opens: 0,
  everybody: 3,
  screen: true,
  files: true,
  chat: true,
  recording: true,
  history: true,
  cameraHeight: 1080,
  retentionDays: 90,
  retired: false,
  ...more,
});
const levels: readonly Level[] = [
  level(1, ["Public", "Public"], {}),
  level(2, ["Internal", "Interne"], { access: "account" }),
  level(3, ["Restricted", "Restreint"], { access: "invited", retentionDays: 30 }),
  level(4, ["Confidential", "Confidentiel"], { access: "factor", guests: false, retentionDays: 7 }),
  level(5, ["Secret", "Secret"], { access: "verified", guests: false, history: false, retentionDays: 0 }),
];
const planned = (more: Partial<Plan>): Plan => ({
  meeting: "0f".repeat(16),
  title: "Succession Lefèvre: reading of the will",
  agenda: "1. Who is present\n2. Reading\n3. Questions",
  start: 1_795_600_800,
  zone: "Europe/Paris",
  minutes: 60,
  repeat: "never",
  until: null,
  level: levels[2] as Level,
  organisers: ["ada"],
  managers: ["ada"],
  invitations: [
    { id: "1", account: "b", address: "", name: "", needsCode: false, mail: "sent" },
    {
      id: "2",
      account: null,
      address: "antoine@lefevre.example",
      name: "Antoine Lefèvre",
      needsCode: true,
      mail: "failed",
    },
  ],
  hasKeys: true,
  cancelled: false,
  manages: true,
  organises: true,
  ...more,
});
const plannedPage = (plan: Plan, link: string | null): ComponentChild =>
  signedIn(
    front(
      <PlanPage
        plan={plan}
        link={link}
        colleagues={houseful.slice(1)}
        enter={nothing}
        change={nothing}
        back={nothing}
        bring={() => false}
        makeLink={async () => "failed"}
        saveCalendar={nothing}
        invite={async () => ({ code: "48120937" })}
        withdraw={async () => "failed"}
        delegate={async () => "failed"}
        cancel={async () => "failed"}
      />,
    ),
  );

const levelList = (shown: readonly Level[], note: string | null): ComponentChild =>
  signedIn(
    front(
      <LevelList levels={shown} note={note} change={nothing} copy={nothing} offer={async () => ({ kind: "failed" })} />,
    ),
  );
const levelForm = (making: "new" | "change", shown: Level): ComponentChild =>
  signedIn(
    front(
      <Editor
        making={making}
        level={shown}
        taken={[1, 2, 3, 4, 5]}
        save={async () => ({ kind: "bad" })}
        back={nothing}
      />,
    ),
  );

const screens: Record<string, () => ComponentChild> = {
  signin: () =>
    front(<SignIn passkeys signIn={async () => ({ kind: "wrong" })} usePasskey={async () => ({ kind: "wrong" })} />),
  second: () =>
    front(
      <Second
        code
        passkey
        prove={async () => ({ kind: "wrong" })}
        usePasskey={async () => ({ kind: "wrong" })}
        back={nothing}
      />,
    ),
  "setup-first": () => front(<SetUp first login="" setUp={async () => "taken"} />),
  "setup-ticket": () => front(<SetUp first={false} login="tom@cabinet.example" setUp={async () => "over"} />),
  account: () =>
    account([
      { id: "1", kind: "totp", name: "", made: 1_794_000_000 },
      { id: "2", kind: "passkey", name: "", made: 1_794_000_000 },
    ]),
  "account-bare": () => account([]),
  plans: () =>
    signedIn(
      front(
        <PlanList
          plans={[
            planned({}),
            planned({
              meeting: "1e".repeat(16),
              title: "Crisis cell",
              level: levels[4] as Level,
              repeat: "weekly",
              until: 1_800_000_000,
            }),
            planned({ meeting: "2d".repeat(16), title: "Open day", level: levels[0] as Level, cancelled: true }),
          ]}
          mayPlan
          failure={null}
          hasLink={(meeting) => meeting.startsWith("0f")}
          plan={nothing}
          now={nothing}
          open={nothing}
          enter={nothing}
        />,
      ),
    ),
  "plans-none": () =>
    signedIn(
      front(
        <PlanList
          plans={[]}
          mayPlan={false}
          failure={null}
          hasLink={() => false}
          plan={nothing}
          now={nothing}
          open={nothing}
          enter={nothing}
        />,
      ),
    ),
  plan: () =>
    signedIn(
      front(
        <Planner
          plan={null}
          levels={levels}
          colleagues={houseful.slice(1)}
          now={1_795_000_000}
          save={async () => "bad"}
          back={nothing}
        />,
      ),
    ),
  planned: () => plannedPage(planned({}), `https://meet.example/m/${"A".repeat(22)}#${"s".repeat(43)}`),
  "planned-elsewhere": () => plannedPage(planned({ invitations: [] }), null),
  "planned-prepared": () => plannedPage(planned({ hasKeys: false, manages: false }), null),
  accounts: () =>
    signedIn(front(<Accounts people={houseful} self="ada" add={async () => "taken"} newLink={noted} end={refuse} />)),
  levels: () =>
    levelList(
      [
        ...levels.slice(0, 4),
        { ...(levels[4] as Level), browser: false, screen: false, files: false, chat: false, recording: false },
        level(17, ["For the archives of the chamber", "Pour les archives de la chambre"], {
          version: 12,
          retired: true,
        }),
      ],
      t("levels.saved", { name: "Restricted", version: 2 }),
    ),
  "levels-one": () => levelList(levels.slice(1, 2), null),
  "levels-unreached": () => signedIn(front(<Unreached again={nothing} />)),
  "level-change": () => levelForm("change", levels[1] as Level),
  "level-new": () => levelForm("new", levels[3] as Level),
  "level-wrong": () =>
    levelForm("change", {
      ...(levels[4] as Level),
      guests: true,
      screen: false,
      files: false,
      chat: false,
      everybody: 63,
      cameraHeight: 900,
    }),
  "level-wrong-link": () => levelForm("change", { ...(levels[0] as Level), guests: false }),
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
  doubts: () =>
    room({
      people: [
        person(0),
        person(1, { doubt: "late" }),
        person(2, { doubt: "forged", speaking: true }),
        person(9, { doubt: "silent" }),
        person(3, { doubt: "split", camera: false, tile: "paused" }),
      ],
      warnings: [
        { id: 1, t: "warning", kind: "split", text: "split", by: "Tom Okafor" },
        { id: 2, t: "warning", kind: "forged", text: "forged", by: "Maître Hélène Marchand" },
        { id: 3, t: "warning", kind: "silent", text: "silent", by: "Aurélie de La Rochefoucauld-Montbel" },
      ],
    }),
  "meeting-people": () => room({ people: [...crowd(4), ...states.slice(3, 4)] }, "people"),
  "meeting-security": () => room({}, "security"),
  "meeting-refused": () => room({ refused: { "not-authentic": 12, replayed: 3 } }, "security"),
  "meeting-settings": () => room({}, "settings"),
  "meeting-help": () => room({}, "help"),
  ...doorScreens(room),
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
