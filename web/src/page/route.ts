/** Which screen an address asks for, and how a link's secret is kept: in this tab alone, out of the address bar. Pure: addresses and storage are arguments. */
import { b64Encode } from "../core/wire/b64";
import { type Link, parseLink } from "../e2ee/keys";

/** The screens about accounts. `setup` is the first administrator's, `welcome` everybody else's first one. */
export type Room = "signin" | "setup" | "welcome" | "account" | "accounts" | "levels" | "plan";
export type Route =
  | { kind: "home" }
  | { kind: "meeting"; link: Link }
  | { kind: "house"; room: Room; ticket: string }
  | { kind: "planned"; meeting: string }
  | { kind: "incomplete" }
  | { kind: "unknown" };

export interface Address {
  origin: string;
  pathname: string;
  hash: string;
}

/** What was kept for a meeting in this tab, by the text of its id. */
export interface Keeper {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

const HOUSE = /^\/(signin|setup|welcome|account|accounts|levels|plan)$/;
const PLANNED = /^\/p\/([0-9a-f]{32})$/;
const MEETING = /^\/m\/([^/]+)$/;

function secretKey(id: string): string {
  return `aparte.secret.${id}`;
}

function linkOf(text: string): Link | null {
  try {
    return parseLink(text);
  } catch {
    return null;
  }
}

/** The screen of an address. A secret in the fragment wins over one that was kept, so that a corrected link is believed. */
export function routeOf(address: Address, keeper: Keeper): Route {
  if (address.pathname === "/") return { kind: "home" };
  const room = HOUSE.exec(address.pathname)?.[1] as Room | undefined;
  if (room !== undefined) return { kind: "house", room, ticket: address.hash.slice(1) };
  const planned = PLANNED.exec(address.pathname)?.[1];
  if (planned !== undefined) return { kind: "planned", meeting: planned };
  const id = MEETING.exec(address.pathname)?.[1];
  if (id === undefined) return { kind: "unknown" };
  const kept = keeper.getItem(secretKey(id));
  const fragments = address.hash === "" ? (kept === null ? [] : [`#${kept}`]) : [address.hash];
  const link = fragments.map((fragment) => linkOf(`${address.origin}/m/${id}${fragment}`)).find((one) => one !== null);
  return link === undefined ? { kind: "incomplete" } : { kind: "meeting", link };
}

/**
 * Keeps the secret so that a reload of this tab finds it, until the person leaves. A browser keeps what belongs to a tab on its disk,
 * and a tab that is closed without leaving can be opened again with it.
 */
export function keepSecret(link: Link, keeper: Keeper): void {
  keeper.setItem(secretKey(b64Encode(link.meeting)), b64Encode(link.secret));
}

/** The person left: nothing of the meeting stays behind. */
export function forgetMeeting(meeting: Uint8Array, keeper: Keeper): void {
  keeper.removeItem(secretKey(b64Encode(meeting)));
  keeper.removeItem(attendanceKey(meeting));
}

export type Pasted = { kind: "here"; link: Link } | { kind: "bad" } | { kind: "elsewhere"; host: string };

/** What a pasted text is: a link of this server, of another one, or none. */
export function pasted(text: string, origin: string): Pasted {
  const link = linkOf(text.trim());
  if (link === null) return { kind: "bad" };
  const url = URL.parse(link.origin);
  if (url === null) return { kind: "bad" };
  return url.origin === origin ? { kind: "here", link: { ...link, origin } } : { kind: "elsewhere", host: url.host };
}

/** What lets a reload come back into the meeting by itself. */
export interface Attendance {
  name: string;
  /** The account that was inside, or null for a guest. Nobody comes back by itself as somebody else. */
  account: string | null;
  mic: boolean;
  camera: boolean;
  inside: boolean;
}

function attendanceKey(meeting: Uint8Array): string {
  return `aparte.attendance.${b64Encode(meeting)}`;
}

export function keepAttendance(meeting: Uint8Array, attendance: Attendance, keeper: Keeper): void {
  keeper.setItem(attendanceKey(meeting), JSON.stringify(attendance));
}

/** What was kept, or null when nothing was or it is not what we write. */
export function attendanceOf(meeting: Uint8Array, keeper: Keeper): Attendance | null {
  try {
    const kept: unknown = JSON.parse(keeper.getItem(attendanceKey(meeting)) ?? "null");
    if (typeof kept !== "object" || kept === null) return null;
    const { name, account, mic, camera, inside } = kept as Partial<Record<keyof Attendance, unknown>>;
    if (typeof name !== "string") return null;
    return {
      name,
      account: typeof account === "string" ? account : null,
      mic: mic === true,
      camera: camera === true,
      inside: inside === true,
    };
  } catch {
    return null;
  }
}
