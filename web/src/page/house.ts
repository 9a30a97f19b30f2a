/** Who is signed in here, and everything that they do with accounts. The session is the browser's to keep: no script reads it. */
import { signal } from "@preact/signals";
import {
  type Enrolling,
  type Factor,
  type Invited,
  type NewPerson,
  type Person,
  type Role,
  roles,
  type Session,
  type SettingUp,
  type Signing,
} from "../ui/house/model";
import { type Answer, ask, isObject, number, objects, text, texts } from "./api";
import { makePasskey, usePasskey } from "./passkey";

/** Set while somebody is signed in: without it nobody is asked who is, so that guests cause no request. */
const REMEMBERED = "aparte.account";

export interface Pending {
  code: boolean;
  passkey: boolean;
}

export class House {
  readonly me = signal<Person | null>(null);
  /** Whether the server was asked who is signed in here, where that was needed. */
  readonly opened = signal(false);
  readonly people = signal<readonly Person[]>([]);
  readonly sessions = signal<readonly Session[]>([]);
  readonly factors = signal<readonly Factor[]>([]);
  readonly recoveryLeft = signal(0);
  /** A password was right, and a second factor is asked for. */
  readonly second = signal<Pending | null>(null);
  /** Called when somebody is signed out, by whatever way. */
  left: () => void = () => {};
  #pending = "";
  #options: unknown = null;
  #enrolling = "";

  constructor(private readonly keeper: Storage) {}

  /** Finds out whether the session of this browser still holds. */
  async open(): Promise<void> {
    if (this.#isRemembered) {
      const answer = await ask("GET", "/me");
      if (answer.ok) this.#enter(answer.data);
      else if (answer.reason === "not-logged-in") this.#forget();
    } else if (this.me.peek() !== null) this.#forget();
    this.opened.value = true;
  }

  /** Whether `me` is known for certain: another window may have signed in or out, and the server may not have answered. */
  async sure(): Promise<boolean> {
    const isSure = (): boolean => this.#isRemembered === (this.me.peek() !== null);
    if (!isSure()) await this.open();
    return isSure();
  }

  get #isRemembered(): boolean {
    return this.keeper.getItem(REMEMBERED) !== null;
  }

  async signIn(login: string, password: string): Promise<Signing> {
    return this.#signed(await ask("POST", "/session", { login, password }));
  }

  async signInWithPasskey(): Promise<Signing> {
    const begun = await ask("POST", "/session/challenge", {});
    if (!begun.ok) return signing(begun);
    const passkey = await usePasskey(begun.data.passkey);
    return passkey === null ? { kind: "wrong" } : this.#signed(await ask("POST", "/session", { passkey }));
  }

  /** Six digits are an authenticator's; anything else is a recovery code. */
  async prove(code: string): Promise<Signing> {
    const proof = /^\d{6}$/.test(code) ? { totp: code } : { recovery: code };
    return this.#signed(await ask("POST", "/session/factor", { pending: this.#pending, ...proof }));
  }

  async proveWithPasskey(): Promise<Signing> {
    const passkey = await usePasskey(this.#options);
    if (passkey === null) return { kind: "wrong" };
    return this.#signed(await ask("POST", "/session/factor", { pending: this.#pending, passkey }));
  }

  beginAgain(): void {
    this.second.value = null;
    this.#pending = "";
    this.#options = null;
  }

  async setUp(ticket: string, password: string, first: { login: string; name: string } | null): Promise<SettingUp> {
    const answer = await ask("POST", "/setup", { ticket, password, ...first });
    if (answer.ok && isObject(answer.data.account)) {
      this.#enter(answer.data.account);
      return "done";
    }
    const reason = answer.ok ? "" : answer.reason;
    if (reason === "ticket-invalid") return "over";
    if (reason === "taken") return "taken";
    if (reason === "weak-password") return "weak";
    return reason === "malformed" ? "bad" : "failed";
  }

  async signOut(): Promise<void> {
    await ask("DELETE", "/session");
    this.#forget();
  }

  async loadAccount(): Promise<void> {
    const [sessions, factors] = await Promise.all([ask("GET", "/me/sessions"), ask("GET", "/me/factors")]);
    if (sessions.ok) {
      this.sessions.value = objects(sessions.data.sessions).map((one) => ({
        id: text(one.id),
        program: text(one.program),
        made: number(one.made),
        used: number(one.used),
        current: one.this === true,
      }));
    }
    if (!factors.ok) return;
    this.recoveryLeft.value = number(factors.data.recovery);
    // A factor that has not shown its first code is not one yet.
    const working = objects(factors.data.factors).filter((one) => one.used !== null);
    this.factors.value = working.map((one) => ({
      id: text(one.id),
      kind: one.kind === "passkey" ? "passkey" : "totp",
      name: text(one.name),
      made: number(one.made),
    }));
  }

  async changePassword(password: string, fresh: string): Promise<"done" | "wrong" | "weak" | "failed"> {
    const answer = await ask("PATCH", "/me", { password, new_password: fresh });
    if (answer.ok) await this.loadAccount();
    if (!answer.ok && answer.reason === "weak-password") return "weak";
    return answer.ok ? "done" : answer.reason === "wrong-password" ? "wrong" : "failed";
  }

  async beginTotp(password: string, name: string): Promise<Enrolling | "wrong" | "failed"> {
    const answer = await ask("POST", "/me/factors", { kind: "totp", name, password });
    if (!answer.ok) return answer.reason === "wrong-password" ? "wrong" : "failed";
    this.#enrolling = text(answer.data.id);
    return { key: text(answer.data.secret), uri: text(answer.data.uri) };
  }

  /** Recovery codes come with the first factor. */
  async confirmTotp(code: string): Promise<readonly string[] | "wrong"> {
    const answer = await ask("POST", `/me/factors/${this.#enrolling}`, { code });
    if (!answer.ok) return "wrong";
    await this.loadAccount();
    return texts(answer.data.recovery);
  }

  async addPasskey(password: string, name: string): Promise<readonly string[] | "wrong" | "failed"> {
    const begun = await ask("POST", "/me/factors", { kind: "passkey", name, password });
    if (!begun.ok) return begun.reason === "wrong-password" ? "wrong" : "failed";
    const credential = await makePasskey(begun.data.passkey);
    const answer = credential === null ? null : await ask("POST", "/me/factors/passkey", { name, credential });
    if (answer?.ok !== true) return "failed";
    await this.loadAccount();
    return texts(answer.data.recovery);
  }

  async makeRecovery(password: string): Promise<readonly string[] | "wrong" | "failed"> {
    const answer = await ask("POST", "/me/recovery", { password });
    if (!answer.ok) return answer.reason === "wrong-password" ? "wrong" : "failed";
    await this.loadAccount();
    return texts(answer.data.recovery);
  }

  async removeFactor(id: string, password: string): Promise<"done" | "wrong" | "failed"> {
    const answer = await ask("DELETE", `/me/factors/${id}`, { password });
    if (answer.ok) await this.loadAccount();
    return answer.ok ? "done" : answer.reason === "wrong-password" ? "wrong" : "failed";
  }

  async endSession(id: string): Promise<boolean> {
    const answer = await ask("DELETE", `/me/sessions/${id}`);
    await this.loadAccount();
    return answer.ok;
  }

  async loadPeople(): Promise<void> {
    const answer = await ask("GET", "/accounts");
    if (answer.ok) this.people.value = objects(answer.data.accounts).map(personOf);
  }

  async add(person: NewPerson): Promise<{ invited: Invited } | "taken" | "bad" | "failed"> {
    const answer = await ask("POST", "/accounts", person);
    if (!answer.ok) return answer.reason === "taken" ? "taken" : answer.reason === "malformed" ? "bad" : "failed";
    await this.loadPeople();
    return { invited: { name: person.name, link: welcome(text(answer.data.ticket)) } };
  }

  async newLink(id: string): Promise<string | null> {
    const answer = await ask("POST", `/accounts/${id}/ticket`, {});
    return answer.ok ? welcome(text(answer.data.ticket)) : null;
  }

  async end(id: string): Promise<boolean> {
    const answer = await ask("POST", `/accounts/${id}/end`, {});
    await this.loadPeople();
    return answer.ok;
  }

  #signed(answer: Answer): Signing {
    if (!answer.ok) {
      // A first factor is not proven for ever: after too many tries, or too long, one begins again.
      if (answer.reason === "wrong-login" && this.second.peek() !== null) return { kind: "over" };
      return signing(answer);
    }
    if (isObject(answer.data.account)) {
      this.#enter(answer.data.account);
      return { kind: "done" };
    }
    const need = texts(answer.data.need);
    this.#pending = text(answer.data.pending);
    this.#options = answer.data.passkey;
    const pending = { code: need.includes("totp") || need.includes("recovery"), passkey: need.includes("passkey") };
    this.second.value = pending;
    return { kind: "second", ...pending };
  }

  #enter(account: Readonly<Record<string, unknown>>): void {
    this.beginAgain();
    this.me.value = personOf(account);
    this.keeper.setItem(REMEMBERED, "1");
  }

  #forget(): void {
    this.beginAgain();
    this.me.value = null;
    this.people.value = [];
    this.sessions.value = [];
    this.factors.value = [];
    this.keeper.removeItem(REMEMBERED);
    this.left();
  }
}

function signing({ reason, seconds }: Extract<Answer, { ok: false }>): Signing {
  if (reason === "too-many" || reason === "busy") return { kind: "slow", seconds: Math.max(1, Math.ceil(seconds)) };
  return { kind: reason === "wrong-login" || reason === "wrong-factor" ? "wrong" : "failed" };
}

/** The link by which somebody chooses the password of an account; what counts is behind the #, and never sent. */
function welcome(ticket: string): string {
  return `${location.origin}/welcome#${ticket}`;
}

function personOf(account: Readonly<Record<string, unknown>>): Person {
  const role: Role = roles.find((one) => one === account.role) ?? "guest";
  return {
    id: text(account.id),
    login: text(account.login),
    name: text(account.name),
    label: text(account.label),
    role,
    ends: typeof account.ends === "number" ? account.ends : null,
    ended: typeof account.ended === "number",
  };
}
