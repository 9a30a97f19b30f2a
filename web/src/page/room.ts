/** What the screens are told of the room, and what they want done there, between their names and the worker's messages. */
import { type ReadonlySignal, signal } from "@preact/signals";
import { Door, Opens } from "../core/policy/charter";
import { NAMES, namesOf, type Rights, SENDING } from "../core/policy/rights";
import type { Actions, DoorName, Knock, Outcome, RightName, RoomState, RoomView, Waiting } from "../ui/view";
import type * as worker from "../worker/messages";

const DOORS: Readonly<Record<DoorName, Door>> = {
  open: Door.OPEN,
  "guests-knock": Door.GUESTS_KNOCK,
  "all-knock": Door.ALL_KNOCK,
  locked: Door.LOCKED,
};

const OPENS: Readonly<Record<Opens, Waiting["opens"]>> = {
  [Opens.ANYBODY]: "anybody",
  [Opens.ACCOUNTS]: "accounts",
  [Opens.ORGANISERS]: "organisers",
};

const RIGHTS: ReadonlyMap<string, Rights> = new Map([...NAMES].map(([right, name]) => [name, right]));

function doorOf(door: Door): DoorName {
  const found = (Object.keys(DOORS) as DoorName[]).find((name) => DOORS[name] === door);
  if (found === undefined) throw new Error("a policy is checked when it is read");
  return found;
}

function rightOf(name: RightName): Rights {
  const right = RIGHTS.get(name);
  if (right === undefined) throw new Error("the names are those of the table");
  return right;
}

const named = (rights: Rights): ReadonlySet<RightName> => new Set(namesOf(rights) as RightName[]);

/** The room's messages, as signals and promises. Before the first of them nothing is withheld, and nothing to decide. */
export class PageRoom implements RoomView {
  readonly act: Actions;

  private readonly current = signal<RoomState>({
    door: "open",
    frozen: false,
    mine: named(SENDING),
    everybody: named(SENDING),
  });
  private readonly atTheDoor = signal<readonly Knock[]>([]);
  private readonly waits = signal<Waiting | null>(null);
  private readonly open = new Map<number, (outcome: Outcome) => void>();
  private last = 0;
  private over = false;

  constructor(private readonly post: (message: Extract<worker.ToWorker, { t: "deed" }>) => void) {
    const grant = (what: "give" | "take") => (subject: string, right: RightName) =>
      this.ask({ do: what, subject, rights: rightOf(right) });
    const grantAll = (what: "give-all" | "take-all") => (right: RightName) =>
      this.ask({ do: what, rights: rightOf(right) });
    this.act = {
      admit: (seat) => this.ask({ do: "admit", seat }),
      refuse: (seat) => this.ask({ do: "refuse", seat }),
      give: grant("give"),
      take: grant("take"),
      giveToAll: grantAll("give-all"),
      takeFromAll: grantAll("take-all"),
      remove: (subject, bar) => this.ask({ do: "remove", subject, bar }),
      organise: (subject, yes) => this.ask({ do: yes ? "organise" : "dismiss", subject }),
      setDoor: (door) => this.ask({ do: "door", door: DOORS[door] }),
      freeze: () => this.ask({ do: "freeze", frozen: true }),
      thaw: () => this.ask({ do: "freeze", frozen: false }),
    };
  }

  get state(): ReadonlySignal<RoomState> {
    return this.current;
  }

  get knocks(): ReadonlySignal<readonly Knock[]> {
    return this.atTheDoor;
  }

  get waiting(): ReadonlySignal<Waiting | null> {
    return this.waits;
  }

  hearRoom({ door, frozen, mine, everybody }: worker.Room): void {
    this.current.value = { door: doorOf(door), frozen, mine: named(mine), everybody: named(everybody) };
  }

  hearKnocks(knocks: readonly Knock[]): void {
    this.atTheDoor.value = knocks;
  }

  hearWaiting(waiting: worker.Waiting | null): void {
    this.waits.value = waiting === null ? null : { ...waiting, opens: OPENS[waiting.opens] };
  }

  hearDone(id: number, reason: string | null): void {
    const answer = this.open.get(id);
    this.open.delete(id);
    answer?.(reason ?? "done");
  }

  /** Nobody answers any more. */
  end(): void {
    this.over = true;
    for (const id of [...this.open.keys()]) this.hearDone(id, "ended");
    this.waits.value = null;
    this.atTheDoor.value = [];
  }

  private ask(deed: worker.Deed): Promise<Outcome> {
    if (this.over) return Promise.resolve("ended");
    this.last += 1;
    const id = this.last;
    return new Promise((resolve) => {
      this.open.set(id, resolve);
      this.post({ t: "deed", id, deed });
    });
  }
}
