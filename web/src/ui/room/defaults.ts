/** What the screens show of a room whose policy is not known: nothing withheld, nothing to decide. */
import { signal } from "@preact/signals";
import type { MeetingView, Outcome, RoomView } from "../view";
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

/** Whether there is something to say about the door and the rights. */
export function isKnown(room: RoomView): boolean {
  return room !== bare;
}
