/** What those who direct a meeting want of its policy: acts that are done on whatever policy is in force (spec/policy.md section 7). */
import * as acts from "../core/policy/acts";
import { SUBJECT_SIZE } from "../core/policy/charter";
import { includes, Rights } from "../core/policy/rights";
import { b64Decode, b64Encode } from "../core/wire/b64";
import type { Member } from "../e2ee/mls/meeting";
import type { Act } from "./directing";
import type { Deed } from "./messages";

/** An act, and whom it removes (subjects of 16 octets). */
export interface Plan {
  readonly act: Act;
  readonly removes: readonly Uint8Array[];
}

/** What changes the policy, or who is inside. */
export type Directed = Exclude<Deed, { seat: string }>;

/** What a deed does, for somebody who has these rights among these members. */
export function planOf(deed: Directed, rights: Rights, members: readonly Member[]): Plan {
  switch (deed.do) {
    case "give":
      return plan((policy) => acts.give(policy, subjectOf(deed), deed.rights));
    case "take":
      return shutting(deed, rights, members, (policy) => acts.take(policy, subjectOf(deed), deed.rights));
    case "give-all":
      return plan((policy) => acts.giveAll(policy, deed.rights));
    case "take-all":
      return plan((policy) => acts.takeAll(policy, deed.rights));
    case "remove": {
      const act: Act = deed.bar ? (policy) => acts.bar(policy, subjectOf(deed)) : (policy) => policy;
      return { ...shutting(deed, rights, members, act), removes: [subjectOf(deed)] };
    }
    case "organise":
      return plan((policy) => acts.organise(policy, subjectOf(deed)));
    case "dismiss":
      return plan((policy) => acts.dismiss(policy, subjectOf(deed)));
    case "door":
      return plan((policy) => acts.setDoor(policy, deed.door));
    case "freeze":
      return plan((policy) => acts.freeze(policy, deed.frozen));
  }
}

/** Whom one silences or sends out as a guest would come back as another one: guests knock from then on. */
function shutting({ subject }: { subject: string }, rights: Rights, members: readonly Member[], act: Act): Plan {
  const isGuest = members.some((member) => member.isGuest && b64Encode(member.subject) === subject);
  if (!isGuest || !includes(rights, Rights.DOOR)) return plan(act);
  return plan((policy) => acts.shutOutGuests(act(policy)));
}

const plan = (act: Act): Plan => ({ act, removes: [] });

function subjectOf({ subject }: { subject: string }): Uint8Array {
  const octets = b64Decode(subject);
  if (octets?.length !== SUBJECT_SIZE) throw new Error("the page names subjects that it was told");
  return octets;
}
