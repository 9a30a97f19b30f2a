import { describe, expect, it } from "vitest";
import { Door, Opens } from "../core/policy/charter";
import { ALL, NONE, Rights } from "../core/policy/rights";
import type { Deed } from "../worker/messages";
import { PageRoom } from "./room";

function room(): { room: PageRoom; deeds: { id: number; deed: Deed }[] } {
  const deeds: { id: number; deed: Deed }[] = [];
  return { room: new PageRoom(({ id, deed }) => deeds.push({ id, deed })), deeds };
}

describe("the room in the page", () => {
  it("withholds nothing and decides nothing before the group says more", () => {
    const { state } = room().room;
    expect(state.value.mine.has("sound:send")).toBe(true);
    expect(state.value.mine.has("person:admit")).toBe(false);
  });

  it("says doors and rights by their names", () => {
    const { room: own } = room();
    for (const [door, name] of [
      [Door.OPEN, "open"],
      [Door.GUESTS_KNOCK, "guests-knock"],
      [Door.ALL_KNOCK, "all-knock"],
      [Door.LOCKED, "locked"],
    ] as const) {
      own.hearRoom({ door, frozen: true, mine: Rights.ADMIT, everybody: NONE });
      expect(own.state.value).toEqual({
        door: name,
        frozen: true,
        mine: new Set(["person:admit"]),
        everybody: new Set(),
      });
    }
    own.hearRoom({ door: Door.OPEN, frozen: false, mine: ALL, everybody: ALL });
    expect(own.state.value.mine.size).toBe(12);
    own.hearWaiting({ why: "closed", someone: false, opens: Opens.ACCOUNTS });
    expect(own.waiting.value).toEqual({ why: "closed", someone: false, opens: "accounts" });
  });

  it("passes on what is wanted, each with an answer of its own", async () => {
    const { room: own, deeds } = room();
    const { act } = own;
    const asked = [
      act.admit("s"),
      act.refuse("s"),
      act.give("p", "screen:send"),
      act.take("p", "sound:send"),
      act.giveToAll("chat:send"),
      act.takeFromAll("camera:send"),
      act.remove("p", true),
      act.organise("p", true),
      act.organise("p", false),
      act.setDoor("locked"),
      act.freeze(),
      act.thaw(),
    ];
    expect(deeds.map(({ deed }) => deed)).toEqual([
      { do: "admit", seat: "s" },
      { do: "refuse", seat: "s" },
      { do: "give", subject: "p", rights: Rights.SCREEN },
      { do: "take", subject: "p", rights: Rights.SOUND },
      { do: "give-all", rights: Rights.CHAT },
      { do: "take-all", rights: Rights.CAMERA },
      { do: "remove", subject: "p", bar: true },
      { do: "organise", subject: "p" },
      { do: "dismiss", subject: "p" },
      { do: "door", door: Door.LOCKED },
      { do: "freeze", frozen: true },
      { do: "freeze", frozen: false },
    ]);
    const [first, second, ...others] = deeds.map(({ id }) => id);
    own.hearDone(second ?? 0, "no-right");
    own.hearDone(first ?? 0, null);
    own.hearDone(first ?? 0, "no-right");
    expect(await Promise.all(asked.slice(0, 2))).toEqual(["done", "no-right"]);
    own.end();
    expect(new Set(await Promise.all(asked.slice(2)))).toEqual(new Set(["ended"]));
    expect([others.length, await act.freeze()]).toEqual([10, "ended"]);
  });
});
