/** Makes a meeting: the link secret is drawn here, and the server gets nothing but the hash of the door. */
import { b64Decode, b64Encode } from "../core/wire/b64";
import { deriveDoor, hashDoor, type Link, SECRET_SIZE } from "../e2ee/keys";
import type { StartFailure } from "../ui/home";

export type Started = { link: Link; failure: null } | { link: null; failure: StartFailure };

export async function startMeeting(): Promise<Started> {
  const secret = crypto.getRandomValues(new Uint8Array(SECRET_SIZE));
  try {
    const hash = await hashDoor(await deriveDoor(secret));
    const answer = await fetch("/api/meetings", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ door_hash: b64Encode(hash) }),
    });
    if (answer.status === 429) return { link: null, failure: "limited" };
    const made: unknown = answer.status === 201 ? await answer.json() : null;
    const id = typeof made === "object" && made !== null && "meeting" in made ? made.meeting : null;
    const meeting = typeof id === "string" ? b64Decode(id) : null;
    if (meeting === null || meeting.length !== 16) return { link: null, failure: "failed" };
    return { link: { origin: location.origin, meeting, secret }, failure: null };
  } catch {
    // No network, or a secure context is missing: either way no meeting was made.
    return { link: null, failure: "failed" };
  }
}
