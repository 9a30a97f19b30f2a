/** What the screens about accounts show, whatever way it came. Times are seconds since 1970. */

export type Role = "administrator" | "organiser" | "member" | "guest";
export const roles: readonly Role[] = ["administrator", "organiser", "member", "guest"];

export interface Person {
  id: string;
  login: string;
  name: string;
  label: string;
  role: Role;
  ends: number | null;
  ended: boolean;
}

export interface Session {
  id: string;
  program: string;
  made: number;
  used: number;
  current: boolean;
}

export interface Factor {
  id: string;
  kind: "totp" | "passkey";
  name: string;
  made: number;
}

/** What came of a try: done, a second factor, or why not. */
export type Signing =
  | { kind: "done" }
  | { kind: "second"; passkey: boolean; code: boolean }
  | { kind: "wrong" }
  | { kind: "over" }
  | { kind: "slow"; seconds: number }
  | { kind: "failed" };

export type SettingUp = "done" | "over" | "taken" | "bad" | "weak" | "failed";

/** A key for an authenticator app that waits for its first code. */
export interface Enrolling {
  /** Base32, as such apps take it. */
  key: string;
  uri: string;
}

export interface NewPerson {
  login: string;
  name: string;
  label: string;
  role: Role;
  ends: number | null;
}

export interface Invited {
  name: string;
  link: string;
}
