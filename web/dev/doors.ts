/** The screens about doors and rights: who waits, who knocks, who decides, and what others took from oneself. */
import type { ComponentChild } from "preact";
import { ALL, Rights } from "../src/core/policy/rights";
import type { Panel } from "../src/ui/panel";
import type { Knock, RoomState, Waiting } from "../src/ui/view";
import type { Person } from "../src/worker/messages";
import { devices, person, type Scene } from "./fake";
import { everything, little, type Policy } from "./room";

type Show = (scene: Scene, opened?: Panel | "help" | null) => ComponentChild;

const colleagues: readonly Person[] = [
  person(0, { guest: false, label: "Notaire", organiser: true, allowed: ALL }),
  person(1, { guest: false, label: "Cabinet Lefèvre" }),
  person(2, { guest: false, organiser: true, allowed: ALL }),
  person(3, { camera: false, tile: "paused", allowed: Rights.CAMERA | Rights.CHAT }),
  person(9, { speaking: true }),
];
/** Seen by the second of them, who organises nothing. */
const asAntoine: Person[] = colleagues.map((one) => ({ ...one, self: one.leaf === 1 }));

/** What is left of it in a freeze. */
const still = (people: readonly Person[]): Person[] =>
  people.map((one) =>
    one.organiser ? one : { ...one, camera: false, mic: false, speaking: false, tile: "paused", sound: "muted" },
  );
const quiet = (people: readonly Person[]): Person[] =>
  people.map((one) => (one.self ? { ...one, camera: false, mic: false, tile: "paused" } : one));

const knocks: readonly Knock[] = [
  { seat: "k-1", name: "Inès Benali", label: "Greffe du tribunal de commerce", guest: false },
  { seat: "k-2", name: "CIaire Dubois", label: "", guest: true },
  { seat: "k-3", name: "Anne-Charlotte Delacroix-Vandermeersch", label: "", guest: true },
];

const waiting = (over: Partial<Waiting>): Scene => ({
  phase: "joining",
  people: [],
  policy: { waiting: { why: "admission", someone: true, opens: "organisers", ...over } },
});
const organiser = (policy: Policy = {}, state: Partial<RoomState> = {}): Scene => ({
  people: [...colleagues],
  policy: { ...policy, state: { mine: everything, door: "guests-knock", ...state } },
});
const member = (state: Partial<RoomState>): Scene => ({ people: asAntoine, policy: { state } });
const without = (...gone: string[]): RoomState["mine"] => new Set([...little].filter((right) => !gone.includes(right)));
const off = devices("off", "off");

export function doorScreens(show: Show): Record<string, () => ComponentChild> {
  return {
    "waiting-admission": () => show(waiting({})),
    "waiting-nobody": () => show(waiting({ someone: false })),
    "waiting-locked": () => show(waiting({ why: "locked" })),
    "waiting-closed": () => show(waiting({ why: "closed" })),
    "waiting-accounts": () =>
      show({ ...waiting({ why: "closed", opens: "accounts" }), devices: devices("denied", "denied") }),
    "waiting-cut": () => show({ ...waiting({}), phase: "cut" }),
    "meeting-lonely": () => show({ ...organiser(), people: [...colleagues.slice(0, 1)] }),
    "meeting-knock": () => show(organiser({ knocks: knocks.slice(0, 1) })),
    "meeting-knocks": () => show(organiser({ knocks: knocks.slice(1) })),
    "meeting-knocks-people": () => show(organiser({ knocks }), "people"),
    "meeting-organiser": () => show(organiser(), "people"),
    "meeting-failing": () => show(organiser({ knocks, outcome: "no-right" }), "people"),
    "meeting-equals": () =>
      show(
        {
          people: [0, 1, 3].map((i) => person(i)),
          policy: { state: { mine: new Set([...little, "person:admit", "person:remove", "door:change"]) } },
        },
        "people",
      ),
    "meeting-asked": () => {
      const gesture = { gesture: 0, by: "Claire Dubois", mine: false };
      const both = [1, 9].map((leaf): Partial<Person> => ({ leaf, asked: { ...gesture, id: `${leaf}` } }));
      return show({
        people: asAntoine.map((one) => ({ ...one, ...both.find(({ leaf }) => leaf === one.leaf) })),
      });
    },
    "meeting-asking": () => {
      const asked = { id: "1", gesture: 8, by: "Claire Dubois", mine: true };
      const people = colleagues.map((one) => (one.leaf === 2 ? { ...one, asked } : one));
      return show({ ...organiser(), people }, "people");
    },
    "meeting-compare": () => show({ people: asAntoine, compared: colleagues.slice(2, 3) }, "people"),
    "meeting-changed": () =>
      show({ people: asAntoine, compared: [person(0, { personKey: "before" }), ...colleagues.slice(2, 3)] }),
    "meeting-changed-people": () =>
      show({ people: asAntoine, compared: [person(9, { personKey: "before" })] }, "people"),
    "meeting-member": () => show(member({ door: "guests-knock" }), "people"),
    "meeting-locked": () => show(member({ door: "locked" })),
    "meeting-frozen": () =>
      show({ ...member({ frozen: true, mine: new Set() }), people: still(asAntoine), devices: off }),
    "meeting-freezes": () => show({ ...organiser({}, { frozen: true }), people: still(colleagues) }, "people"),
    "meeting-silenced": () => show({ ...member({ mine: without("sound:send") }), devices: devices("on", "on") }),
    "meeting-dark": () => show({ ...member({ mine: new Set() }), people: quiet(asAntoine), devices: off }),
  };
}
