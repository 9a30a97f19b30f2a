/** Who asks to be let in, as the server passed it on and as we have checked it (spec/policy.md). */
import { MlsError } from "../core/mls/errors";
import { includes, Rights } from "../core/policy/rights";
import { b64Decode } from "../core/wire/b64";
import type { Admit, KnockNotice, Refuse } from "../core/wire/control";
import type { MeetingGroup } from "../e2ee/mls/meeting";
import type { Holder } from "../e2ee/mls/policy";
import { rightsIn } from "./persons";

/** Who knocks; `signatureKey` is that of the leaf that would come. */
export type Knocker = Holder;

/** Those who knock, by their seats, in the order in which they came. */
export class Knocks {
  private readonly all = new Map<string, Knocker>();

  get list(): readonly Knocker[] {
    return [...this.all.values()];
  }

  /** Takes note of somebody whom the person's own key and the house vouch for; of anybody else nothing is left. */
  async hear(group: MeetingGroup, { seat, identity, key }: KnockNotice): Promise<void> {
    this.all.delete(seat);
    try {
      const knocker = await group.knocker(identity, key);
      if (knocker.seat === seat) this.all.set(seat, knocker);
    } catch (error) {
      if (!(error instanceof MlsError)) throw error;
    }
  }

  /** What lets somebody in or does not, or why nothing can be said: `no-right`, or `gone` for who knocks no longer. */
  async answer(group: MeetingGroup, seat: string, lets: boolean): Promise<Admit | Refuse | "no-right" | "gone"> {
    if (!includes(rightsIn(group), Rights.ADMIT)) return "no-right";
    const [knocker, octets] = [this.all.get(seat), b64Decode(seat)];
    if (knocker === undefined || octets === null) return "gone";
    if (!lets) return { t: "refuse", seat };
    return { t: "admit", seat, admission: await group.admit(octets, knocker.subject, knocker.signatureKey) };
  }

  drop(seat: string): void {
    this.all.delete(seat);
  }

  clear(): void {
    this.all.clear();
  }
}
