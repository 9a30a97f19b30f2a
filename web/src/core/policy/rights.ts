/** The rights of a meeting: one table, the same in both languages (spec/policy.md section 1). */

import { Stream } from "../wire/header";

/** A set of rights, as it stands in a policy (uint16). What is free to use later is zero. */
export type Rights = number;

/** Each right alone. */
export const Rights = Object.freeze({
  SOUND: 1 << 0,
  CAMERA: 1 << 1,
  SCREEN: 1 << 2,
  FILE: 1 << 3,
  CHAT: 1 << 4,
  BOARD: 1 << 5,
  ADMIT: 1 << 8,
  REMOVE: 1 << 9,
  GRANT: 1 << 10,
  DOOR: 1 << 11,
  FREEZE: 1 << 12,
  ORGANISE: 1 << 13,
});

export const NONE: Rights = 0;
export const SENDING: Rights = Rights.SOUND | Rights.CAMERA | Rights.SCREEN | Rights.FILE | Rights.CHAT | Rights.BOARD;
export const DIRECTING: Rights =
  Rights.ADMIT | Rights.REMOVE | Rights.GRANT | Rights.DOOR | Rights.FREEZE | Rights.ORGANISE;
export const ALL: Rights = SENDING | DIRECTING;

/** What a right is called wherever people or programs read it: what it is about, and what one may do with it. */
export const NAMES: ReadonlyMap<Rights, string> = new Map([
  [Rights.SOUND, "sound:send"],
  [Rights.CAMERA, "camera:send"],
  [Rights.SCREEN, "screen:send"],
  [Rights.FILE, "file:send"],
  [Rights.CHAT, "chat:send"],
  [Rights.BOARD, "board:draw"],
  [Rights.ADMIT, "person:admit"],
  [Rights.REMOVE, "person:remove"],
  [Rights.GRANT, "right:change"],
  [Rights.DOOR, "door:change"],
  [Rights.FREEZE, "room:freeze"],
  [Rights.ORGANISE, "organiser:change"],
]);

/** The right that a frame of a stream needs; streams that are not here need none. */
export const STREAMS: ReadonlyMap<Stream, Rights> = new Map<Stream, Rights>([
  [Stream.SOUND, Rights.SOUND],
  [Stream.CAMERA, Rights.CAMERA],
]);

/** Says whether all of some rights are in a set. */
export function includes(rights: Rights, needed: Rights): boolean {
  return (needed & ~rights) === NONE;
}

/** Says whether somebody with these rights may send frames of a stream. */
export function maySend(rights: Rights, stream: Stream): boolean {
  return includes(rights, STREAMS.get(stream) ?? NONE);
}

/** The streams of which somebody with these rights may send nothing. */
export function forbidden(rights: Rights): ReadonlySet<Stream> {
  return new Set([...STREAMS.keys()].filter((stream) => !maySend(rights, stream)));
}

/** The names of the rights in a set, in the order of the table. */
export function namesOf(rights: Rights): string[] {
  return [...NAMES].filter(([right]) => includes(rights, right)).map(([, name]) => name);
}
