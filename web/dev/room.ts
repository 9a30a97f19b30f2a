/** A hand-made room whose door, rights and knocks change as the buttons say, without any group behind them. */
import { type Signal, signal } from "@preact/signals";
import { ALL, NAMES, NONE, Rights } from "../src/core/policy/rights";
import { named } from "../src/ui/room/rights";
import type { Knock, Outcome, RightName, RoomState, RoomView, Waiting } from "../src/ui/view";
import type { Person } from "../src/worker/messages";

export const everything: ReadonlySet<RightName> = named(ALL);
export const little: ReadonlySet<RightName> = named(Rights.SOUND | Rights.CAMERA);

/** The right of a name. */
function rightOf(name: RightName): Rights {
  return [...NAMES].find(([, one]) => one === name)?.[0] ?? NONE;
}

export interface Policy {
  state?: Partial<RoomState>;
  knocks?: readonly Knock[];
  waiting?: Waiting;
  /** What every action ends with; without it, it takes effect. */
  outcome?: Outcome;
}

function toggled(rights: ReadonlySet<RightName>, right: RightName, on: boolean): ReadonlySet<RightName> {
  const next = new Set(rights);
  if (on) next.add(right);
  else next.delete(right);
  return next;
}

export function room(policy: Policy, people: Signal<readonly Person[]>): RoomView {
  const state = signal<RoomState>({
    door: "open",
    frozen: false,
    mine: little,
    everybody: little,
    ...policy.state,
  });
  const knocks = signal(policy.knocks ?? []);
  const waiting = signal(policy.waiting ?? null);
  const does = async (change: () => void): Promise<Outcome> => {
    if (policy.outcome !== undefined) return policy.outcome;
    change();
    return "done";
  };
  const each = (change: (person: Person) => Partial<Person>): void => {
    people.value = people.value.map((person) => ({ ...person, ...change(person) }));
  };
  const changed = ({ allowed }: Person, right: RightName, on: boolean): Partial<Person> => ({
    allowed: on ? allowed | rightOf(right) : allowed & ~rightOf(right),
  });
  const set = (subject: string, right: RightName, on: boolean) => () =>
    each((person) => (person.subject === subject ? changed(person, right, on) : {}));
  const setAll = (right: RightName, on: boolean) => () => {
    state.value = { ...state.value, everybody: toggled(state.value.everybody, right, on) };
    each((person) => (person.organiser ? {} : changed(person, right, on)));
  };
  const answer = (seat: string): Promise<Outcome> =>
    does(() => {
      knocks.value = knocks.value.filter((knock) => knock.seat !== seat);
    });
  return {
    state,
    knocks,
    waiting,
    act: {
      admit: answer,
      refuse: answer,
      give: (subject, right) => does(set(subject, right, true)),
      take: (subject, right) => does(set(subject, right, false)),
      takeFromAll: (right) => does(setAll(right, false)),
      giveToAll: (right) => does(setAll(right, true)),
      remove: (subject) =>
        does(() => {
          people.value = people.value.filter((person) => person.subject !== subject);
        }),
      organise: (subject, yes) => does(() => each((person) => (person.subject === subject ? { organiser: yes } : {}))),
      setDoor: (door) =>
        does(() => {
          state.value = { ...state.value, door };
        }),
      freeze: () =>
        does(() => {
          state.value = { ...state.value, frozen: true };
        }),
      thaw: () =>
        does(() => {
          state.value = { ...state.value, frozen: false };
        }),
    },
  };
}
