/** What the screens about planned meetings show. Times are seconds since 1970, ids hexadecimal. */

/** Who may enter; each asks for everything that the ones before it ask for. */
export const accesses = ["link", "account", "invited", "factor", "verified"] as const;
export type Access = (typeof accesses)[number];
export const doors = ["open", "guests-knock", "all-knock", "locked"] as const;
export type DoorState = (typeof doors)[number];

export interface Level {
  number: number;
  version: number;
  nameEn: string;
  nameFr: string;
  access: Access;
  guests: boolean;
  browser: boolean;
  door: DoorState;
  opens: number;
  everybody: number;
  screen: boolean;
  files: boolean;
  chat: boolean;
  recording: boolean;
  history: boolean;
  cameraHeight: number;
  retentionDays: number;
  retired: boolean;
}

export type Repeat = "never" | "daily" | "weekly" | "monthly";

export interface Draft {
  title: string;
  agenda: string;
  start: number;
  zone: string;
  minutes: number;
  repeat: Repeat;
  /** The last day on which it may start, when it comes again. */
  until: number | null;
  level: number;
  /** Whoever plans takes part and directs; otherwise they only prepare it, and are not let in. */
  organises: boolean;
  /** Other people who direct the meeting. */
  organisers: readonly string[];
}

export interface Colleague {
  id: string;
  login: string;
  name: string;
  label: string;
}

export interface Invitation {
  id: string;
  account: string | null;
  address: string;
  name: string;
  needsCode: boolean;
  mail: "off" | "waiting" | "sent" | "failed";
}

export interface Plan {
  meeting: string;
  title: string;
  agenda: string;
  start: number;
  zone: string;
  minutes: number;
  repeat: Repeat;
  until: number | null;
  level: Level;
  organisers: readonly string[];
  managers: readonly string[];
  invitations: readonly Invitation[];
  /** A client has made the link; nobody enters before. */
  hasKeys: boolean;
  cancelled: boolean;
  manages: boolean;
  organises: boolean;
}

export type Planning = "done" | "bad" | "failed";
