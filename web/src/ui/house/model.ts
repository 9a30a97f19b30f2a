/** What the screens about accounts show, whatever way it came. Times are seconds since 1970. */

export type Role = "administrator" | "organiser" | "member" | "guest";
export const roles: readonly Role[] = ["administrator", "organiser", "member", "guest"];

export interface Me {
  id: string;
  login: string;
  name: string;
  label: string;
  role: Role;
}

export interface Person extends Me {
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

export type Factor =
  | { id: string; kind: "totp" | "passkey"; made: number }
  | { id: string; kind: "recovery"; made: number; left: number };
