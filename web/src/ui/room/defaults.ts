/** What the screens show of rooms and people of whom no policy is known: no marks, nothing withheld, nothing to decide. */
import { signal } from "@preact/signals";
import type { MeetingView, Member, Outcome, RoomView, Standing } from "../view";
import { sending } from "./rights";

const nothing = async (): Promise<Outcome> => "no-right";

const bare: RoomView = {
  state: signal({ door: "open", frozen: false, mine: new Set(sending), everybody: new Set(sending) }),
  knocks: signal([]),
  waiting: signal(null),
  act: {
    admit: nothing,
    refuse: nothing,
    give: nothing,
    take: nothing,
    takeFromAll: nothing,
    giveToAll: nothing,
    remove: nothing,
    organise: nothing,
    setDoor: nothing,
    freeze: nothing,
    thaw: nothing,
  },
};

export function roomOf(view: MeetingView): RoomView {
  return view.room ?? bare;
}

/** Null where nothing is known: then there is nothing to show. */
export function standingOf(person: Member): Standing | null {
  const { label = "", subject, guest = true, organiser = false, rights = new Set(sending) } = person;
  return subject === undefined ? null : { label, subject, guest, organiser, rights };
}
