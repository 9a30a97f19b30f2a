/** Makes a meeting: id and link secret are drawn here, and the server gets the hash of the door and the charter. */
import { Door, Opens } from "../core/policy/charter";
import { Rights } from "../core/policy/rights";
import { b64Encode } from "../core/wire/b64";
import { MEETING_SIZE } from "../core/wire/limits";
import { type Link, SECRET_SIZE } from "../e2ee/keys";
import type { StartFailure } from "../ui/home";
import { ask } from "./api";
import { found } from "./founding";

export type Started = { link: Link; failure: null } | { link: null; failure: StartFailure };

/** The level of meetings that nobody planned: whoever has the link enters. */
const LEVEL = 1;

/** Makes a meeting that is directed by `organiserOf` its id (16 octets): a subject of 16 octets. */
export async function startMeeting(organiserOf: (meeting: Uint8Array) => Promise<Uint8Array>): Promise<Started> {
  const meeting = crypto.getRandomValues(new Uint8Array(MEETING_SIZE));
  const secret = crypto.getRandomValues(new Uint8Array(SECRET_SIZE));
  try {
    const founded = await found({
      meeting,
      secret,
      level: LEVEL,
      door: Door.OPEN,
      opens: Opens.ANYBODY,
      everybody: Rights.SOUND | Rights.CAMERA,
      organisers: [await organiserOf(meeting)],
    });
    if (founded === null) return { link: null, failure: "failed" };
    const answer = await ask("POST", "/meetings", { meeting: b64Encode(meeting), ...founded });
    if (answer.ok) return { link: { origin: location.origin, meeting, secret }, failure: null };
    return { link: null, failure: answer.reason === "too-many" ? "limited" : "failed" };
  } catch {
    // A secure context is missing, or the browser lacks what draws keys: no meeting was made.
    return { link: null, failure: "failed" };
  }
}
