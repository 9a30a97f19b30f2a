/**
 * Who this browser is in meetings: a person key for each account that is signed in here, made at its first meeting and erased
 * when it signs out, and one for each meeting that is visited as a guest (spec/policy.md section 3).
 */
import { type Bytes, hex } from "../core/octets";
import { readWhole } from "../core/policy/charter";
import { Certificate, guestSubject } from "../core/policy/person";
import { b64Decode, b64Encode } from "../core/wire/b64";
import { newSignatureKey, PlatformKey } from "../e2ee/mls/ed25519";
import type { Self } from "../worker/messages";
import { ask, text } from "./api";
import type { KeptPerson, PersonStore } from "./personstore";

/** Whoever is signed in; `id` is hexadecimal. */
export interface Account {
  readonly id: string;
  readonly name: string;
  readonly label: string;
}

/** The server does not know the login any more, or gave no certificate. */
export type NoPerson = "signed-out" | "failed";

/** A guest who comes back within this time after the last visit is the same person. */
const GUEST_MS = 24 * 60 * 60 * 1000;
const ACCOUNTS = "account.";
const GUESTS = "guest.";

export class Persons {
  /** What the browser cannot keep, or would keep in a form that scripts can read: for as long as the page is open. */
  readonly #held = new Map<string, KeptPerson>();

  constructor(
    private readonly store: PersonStore,
    private readonly now: () => number = () => Date.now(),
  ) {}

  /** The guest of one meeting (16 octets) in this browser. */
  async guest(meeting: Uint8Array, name: string): Promise<Self> {
    await this.tidy();
    const id = GUESTS + b64Encode(meeting);
    const kept = await this.#take(id);
    await this.#update(id, kept);
    // The name is for this visit: it is not written down.
    return { ...kept, name };
  }

  /** What rights are given to when this browser's guest has them: 16 octets. */
  async guestSubject(meeting: Uint8Array): Promise<Uint8Array> {
    return guestSubject((await this.#take(GUESTS + b64Encode(meeting))).publicKey);
  }

  /** Whoever is signed in, under a certificate that holds. */
  async account(account: Account): Promise<Self | NoPerson> {
    const id = ACCOUNTS + account.id;
    const kept = await this.#take(id);
    if (this.#isCertified(kept, account)) return kept;
    const answer = await ask("POST", "/session/person", { person_key: b64Encode(kept.publicKey) });
    if (!answer.ok) return answer.reason === "not-logged-in" ? "signed-out" : "failed";
    const certificate = b64Decode(text(answer.data.certificate));
    if (certificate === null || accountOf(certificate) !== account.id) return "failed";
    const certified = { ...kept, certificate, name: text(answer.data.name), label: text(answer.data.label) };
    await this.#update(id, certified);
    return certified;
  }

  /** Erases the keys of accounts, except of the one that is signed in. */
  async forget(except: string | null): Promise<void> {
    const goes = (id: string): boolean => id.startsWith(ACCOUNTS) && id !== ACCOUNTS + (except ?? "");
    for (const id of [...this.#held.keys()]) if (goes(id)) this.#held.delete(id);
    await this.store.erase(goes).catch(() => undefined);
  }

  /** Erases the keys of guests whose time is over. */
  async tidy(): Promise<void> {
    const oldest = this.now() - GUEST_MS;
    await this.store.erase((id, { used }) => id.startsWith(GUESTS) && used < oldest).catch(() => undefined);
  }

  #isCertified({ certificate, name, label }: KeptPerson, account: Account): boolean {
    if (certificate === null || name !== account.name || label !== account.label) return false;
    return readWhole(certificate, Certificate.read).until > this.now();
  }

  async #take(id: string): Promise<KeptPerson> {
    const held = this.#held.get(id);
    if (held !== undefined) return held;
    const known = await this.store.get(id).catch(() => null);
    if (known !== null) return known;
    const fresh = await drawn(this.now());
    const kept = await this.#keep(id, fresh);
    if (kept === null) this.#held.set(id, fresh);
    return kept ?? fresh;
  }

  /** Null where it cannot be kept. A key that scripts could read is never written down. */
  async #keep(id: string, fresh: KeptPerson): Promise<KeptPerson | null> {
    return fresh.privateKey instanceof Uint8Array ? null : this.store.keep(id, fresh).catch(() => null);
  }

  async #update(id: string, person: KeptPerson): Promise<void> {
    const used = { ...person, used: this.now() };
    if (this.#held.has(id)) this.#held.set(id, used);
    else await this.store.update(id, used).catch(() => undefined);
  }
}

async function drawn(used: number): Promise<KeptPerson> {
  let seed = new Uint8Array(0);
  const random = (size: number): Bytes => {
    seed = crypto.getRandomValues(new Uint8Array(size));
    return seed;
  };
  const key = await newSignatureKey(random);
  const privateKey = key instanceof PlatformKey ? (key.key as CryptoKey) : seed;
  return { publicKey: key.publicKey.slice(), privateKey, certificate: null, name: "", label: "", used };
}

/** Whose account a certificate names, hexadecimal; null when it is none. Members check what it is worth. */
function accountOf(certificate: Uint8Array): string | null {
  try {
    return hex(readWhole(certificate, Certificate.read).account);
  } catch {
    return null;
  }
}
