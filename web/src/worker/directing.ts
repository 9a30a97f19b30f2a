/** What we want of the meeting's policy, until the group has it: others' commits may come first. */

import { equal } from "../core/octets";
import { isAmong } from "../core/policy/charter";
import { checkChange, checkRemoval } from "../core/policy/check";
import { PolicyError } from "../core/policy/errors";
import { Policy } from "../core/policy/policy";
import type { Member } from "../e2ee/mls/meeting";

/** What turns one policy into another; it may be done anew, on whatever policy is in force then. */
export type Act = (policy: Policy) => Policy;
/** Hears once what became of a wish: nothing, or why not. */
export type Answer = (reason: string | null) => void;
/** After which what the group has not taken is given up. */
export const PATIENCE_MS = 10_000;

/** One act, and whom it removes (subjects of 16 octets). */
export interface Wish {
  readonly act: Act;
  readonly removes: readonly Uint8Array[];
  readonly answer: Answer;
  cancel: () => void;
}

/** What a commit does: another policy, or `null` for the same one, and which leaves it removes; whose wishes that are. */
export interface Direction {
  readonly policy: Policy | null;
  readonly removes: readonly number[];
  readonly wishes: readonly Wish[];
}

/** The wishes that are open, oldest first. */
export class Directing {
  private open: Wish[] = [];

  add(wish: Wish): void {
    this.open.push(wish);
  }

  /**
   * What one commit does of all that is open; `own` is our subject. What is done already, or refused, is closed:
   * a wish that our rights do not cover is answered, and the others go on.
   */
  next(policy: Policy, own: Uint8Array, members: readonly Member[]): Direction | null {
    if (this.open.length === 0) return null;
    let wanted = policy;
    const removed = new Set<number>();
    const wishes: Wish[] = [];
    for (const wish of [...this.open]) {
      const targets = members.filter(({ subject }) => isAmong(subject, wish.removes) && !equal(subject, own));
      try {
        wanted = judge(wish, policy, wanted, own, targets);
      } catch (error) {
        if (!(error instanceof PolicyError)) throw error;
        this.close(wish, error.reason);
        continue;
      }
      for (const { leaf } of targets) removed.add(leaf);
      wishes.push(wish);
    }
    const isSame = equal(wanted.encoded, policy.encoded);
    if (isSame && removed.size === 0) {
      for (const wish of wishes) this.close(wish, null);
      return null;
    }
    return { policy: isSame ? null : wanted, removes: [...removed].sort((a, b) => a - b), wishes };
  }

  /** Answers a wish: done (`null`), or why not. */
  close(wish: Wish, reason: string | null): void {
    if (!this.open.includes(wish)) return;
    this.open = this.open.filter((one) => one !== wish);
    wish.cancel();
    wish.answer(reason);
  }

  /** Nothing of what is open comes about. */
  giveUp(reason: string): void {
    for (const wish of [...this.open]) this.close(wish, reason);
  }
}

/** What becomes of a policy that is `wanted` already in place of `policy`; throws `PolicyError`. */
function judge({ act }: Wish, policy: Policy, wanted: Policy, own: Uint8Array, targets: readonly Member[]): Policy {
  for (const { subject } of targets) checkRemoval(policy, own, subject);
  // One that nobody could read would make no commit, and take the other wishes with it.
  const after = Policy.read(act(wanted).encoded);
  checkChange(policy, after, own);
  return after;
}
