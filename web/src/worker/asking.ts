/** Gestures that people are asked for (spec/wire.md section 1): who asked whom, for how long it is said, and what is dropped. */
import type { Policy } from "../core/policy/policy";
import { includes, Rights } from "../core/policy/rights";
import { type Ask, GESTURES } from "../e2ee/content";
import type { Member } from "../e2ee/mls/meeting";
import type { Asked } from "./messages";

/** For how long an ask is repeated by its sender and shown by whoever hears it, in milliseconds. */
export const ASK_MS = 30_000;

interface Heard extends Ask {
  at: number;
  seats: readonly string[]; // of who asked and who was asked
}

/** A number below `below`, each as likely, which nobody foresees; `below` is at most 256. */
export function draw(below: number, octet = () => crypto.getRandomValues(new Uint8Array(1))[0] ?? 0): number {
  const most = 256 - (256 % below);
  for (;;) {
    const drawn = octet();
    if (drawn < most) return drawn % below;
  }
}

/** One ask of each member, their latest. Members are known by their leaves, within one membership. */
export class Asking {
  private readonly asks = new Map<number, Heard>();
  private last = draw(256);

  constructor(private readonly now: () => number) {}

  /** Asks as `own`, who has the right. */
  ask(own: Member, member: Member): void {
    this.last = (this.last + 1) % 256;
    const seats = [own.seat, member.seat];
    this.asks.set(own.leaf, { leaf: member.leaf, gesture: draw(GESTURES), number: this.last, at: this.now(), seats });
  }

  /** What our states say. */
  said(own: number): Ask | undefined {
    const ask = this.asks.get(own);
    if (ask === undefined || this.isOver(ask)) return undefined;
    const { leaf, gesture, number } = ask;
    return { leaf, gesture, number };
  }

  /** A member asks; says whether it is news. Who may not, or asks nobody who is there, has asked nothing. */
  heard(from: Member, ask: Ask, members: readonly Member[], policy: Policy): boolean {
    if (!includes(policy.rights(from.subject), Rights.REMOVE)) return false;
    const asked = members.find(({ leaf }) => leaf === ask.leaf);
    if (asked === undefined) return false;
    if (this.asks.get(from.leaf)?.number === ask.number) return false;
    this.asks.set(from.leaf, { ...ask, at: this.now(), seats: [from.seat, asked.seat] });
    return true;
  }

  /** The latest that a leaf is asked for now. */
  of(leaf: number, own: number, members: readonly Member[]): Asked | null {
    const open = [...this.asks].filter(([, ask]) => ask.leaf === leaf && !this.isOver(ask));
    const [from, ask] = open.sort(([, a], [, b]) => b.at - a.at)[0] ?? [];
    const by = members.find((member) => member.leaf === from);
    if (ask === undefined || by === undefined) return null;
    return { id: `${by.seat} ${ask.number}`, by: by.name, mine: by.leaf === own, gesture: ask.gesture };
  }

  /** Leaves are given anew: what who is gone has asked, or was asked, says nothing of who comes after. */
  keep(members: readonly Member[]): void {
    const seats = new Map(members.map(({ leaf, seat }) => [leaf, seat]));
    for (const [from, { leaf, seats: meant }] of this.asks) {
      if (seats.get(from) !== meant[0] || seats.get(leaf) !== meant[1]) this.asks.delete(from);
    }
  }

  forget(): void {
    this.asks.clear();
  }

  private isOver({ at }: Heard): boolean {
    return this.now() - at >= ASK_MS;
  }
}
