/** The rights as people read them: in two groups, each with its picture. */
import { namesOf, type Rights } from "../../core/policy/rights";
import type { IconName } from "../icons";
import type { RightName } from "../view";

/** What somebody may send at all: what a level gives everybody. */
export const sendable = [
  "sound:send",
  "camera:send",
  "screen:send",
  "file:send",
  "chat:send",
  "board:draw",
] as const satisfies readonly RightName[];

/** What there is something of to send. Switches for the rest would do nothing in a meeting. */
export const sending = ["sound:send", "camera:send"] as const satisfies readonly RightName[];

/** What somebody may decide about others. */
export const directing = [
  "person:admit",
  "person:remove",
  "right:change",
  "door:change",
  "room:freeze",
  "organiser:change",
] as const satisfies readonly RightName[];

/** The rights of a set by their names. */
export function named(rights: Rights): ReadonlySet<RightName> {
  return new Set(namesOf(rights) as RightName[]);
}

export const pictures: Readonly<Record<(typeof sending)[number], IconName>> = {
  "sound:send": "microphone",
  "camera:send": "camera",
};
