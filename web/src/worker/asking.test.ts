/** Gestures that people are asked for: who may ask, for how long it is said, and whom it concerns. */
import { beforeEach, describe, expect, it } from "vitest";
import { Charter, Door, Opens } from "../core/policy/charter";
import { Policy } from "../core/policy/policy";
import { Rights } from "../core/policy/rights";
import { GESTURES } from "../e2ee/content";
import type { Member } from "../e2ee/mls/meeting";
import { ASK_MS, Asking, draw } from "./asking";

function member(leaf: number, seat = `seat-${leaf}`): Member {
  const subject = new Uint8Array(16).fill(leaf + 1);
  const key = new Uint8Array(32);
  return {
    ...{ leaf, seat, name: `Name ${leaf}`, label: "", subject, isGuest: true },
    ...{ personKey: "", personCode: "", fingerprint: "", signatureKey: key },
  };
}

const [olga, ada, blaise] = [member(0), member(1), member(2)] as const;
const members = [olga, ada, blaise];
const charter = new Charter({
  ...{ meeting: new Uint8Array(16), houseKey: new Uint8Array(0), level: 1, door: Door.OPEN, opens: Opens.ANYBODY },
  ...{ everybody: Rights.SOUND, organisers: [olga.subject], tag: new Uint8Array(32) },
});
const policy = Policy.first(charter);

describe("a gesture that is asked for [B41]", () => {
  let now = 0;
  let asking: Asking;
  beforeEach(() => {
    now = 1000;
    asking = new Asking(() => now);
  });
  const hear = (from: Member, leaf: number, number: number, gesture = 3): boolean =>
    asking.heard(from, { leaf, gesture, number }, members, policy);
  const of = ({ leaf }: Member) => asking.of(leaf, ada.leaf, members);

  it("is shown on whoever was asked, with the name of who asks, for 30 s", () => {
    expect(hear(olga, blaise.leaf, 7)).toBe(true);
    expect(of(blaise)).toEqual({ id: "seat-0 7", by: "Name 0", mine: false, gesture: 3 });
    expect([of(ada), of(olga)]).toEqual([null, null]);
    now += ASK_MS - 1;
    expect(of(blaise)).not.toBeNull();
    now += 1;
    expect(of(blaise)).toBeNull();
    // Its sender's states still say it: that is no other ask.
    expect(hear(olga, blaise.leaf, 7)).toBe(false);
    expect(of(blaise)).toBeNull();
    expect(hear(olga, blaise.leaf, 8)).toBe(true);
    expect(of(blaise)).toMatchObject({ id: "seat-0 8" });
  });

  it("is dropped when its sender has not the right to remove people", () => {
    expect(hear(blaise, ada.leaf, 7)).toBe(false);
    expect(of(ada)).toBeNull();
    const may = policy.withEntry({ ...policy.entry(blaise.subject), rights: Rights.REMOVE } as never);
    expect(asking.heard(blaise, { leaf: ada.leaf, gesture: 3, number: 7 }, members, may)).toBe(true);
    expect(of(ada)).toMatchObject({ by: "Name 2", gesture: 3 });
  });

  it("is dropped when nobody holds the leaf", () => {
    expect(hear(olga, 9, 7)).toBe(false);
    expect(asking.of(9, ada.leaf, [...members, member(9)])).toBeNull();
  });

  it("is in our own states for 30 s, with another number each time", () => {
    expect(asking.said(ada.leaf)).toBeUndefined();
    asking.ask(ada, blaise);
    const first = asking.said(ada.leaf);
    expect(first).toMatchObject({ leaf: blaise.leaf });
    expect(of(blaise)).toMatchObject({ mine: true, by: "Name 1", gesture: first?.gesture });
    asking.ask(ada, blaise);
    expect(asking.said(ada.leaf)?.number).toBe(((first?.number ?? 0) + 1) % 256);
    now += ASK_MS;
    expect(asking.said(ada.leaf)).toBeUndefined();
  });

  it("says nothing of who comes to the leaf of somebody who is gone", () => {
    asking.ask(ada, blaise);
    hear(olga, blaise.leaf, 7);
    asking.keep(members);
    expect(of(blaise)).not.toBeNull();
    asking.keep([olga, ada, member(2, "another")]);
    expect(of(blaise)).toBeNull();
    expect(asking.said(ada.leaf)).toBeUndefined();
    hear(olga, blaise.leaf, 8);
    asking.keep([member(0, "another"), ada, blaise]);
    expect(of(blaise)).toBeNull();
  });

  it("is drawn without preference, and never beyond the last one", () => {
    const octets = [252, 255, 251, 0];
    const next = (): number => octets.shift() ?? 0;
    // 252 is the largest multiple of 12: what is above it is drawn again.
    expect([draw(GESTURES, next), draw(GESTURES, next)]).toEqual([11, 0]);
    expect(octets).toEqual([]);
    const drawn = new Set(Array.from({ length: 2000 }, () => draw(GESTURES)));
    expect([...drawn].sort((a, b) => a - b)).toEqual(Array.from({ length: GESTURES }, (_, i) => i));
  });
});
