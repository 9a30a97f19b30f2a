/** What a walk can ask of a member, whoever implements it. tests/interop/implementation.py says what each order means. */

import { hex } from "../../src/core/octets";
import type { LinkOrder } from "./person";

/** One order; which fields it has depends on what there is to do. Octets are hexadecimal digits. */
export interface Order {
  readonly do: string;
  readonly member: number;
  readonly members: readonly number[];
  readonly suite: number;
  readonly identity: string;
  readonly psks: readonly string[];
  readonly extensions: readonly (readonly [number, string])[] | null;
  readonly group: string;
  readonly welcome: string;
  readonly info: string;
  readonly tree: string;
  readonly removes: readonly number[];
  readonly adds: readonly string[];
  readonly sealed: boolean;
  readonly path: boolean;
  readonly kind: string;
  readonly leaf: number;
  readonly package: string;
  readonly psk: string;
  readonly data: string;
  readonly message: string;
  readonly seats: readonly string[];
  readonly seat: string;
  readonly subject: string;
  readonly key: string;
  readonly admission: string;
  readonly items: readonly string[];
  readonly limit: number;
  /** Of a participant of a meeting; others have none. */
  readonly link?: LinkOrder;
}

/** What everybody in an epoch must have alike, and one's own leaf. */
export interface View {
  readonly epoch: number;
  readonly leaf: number;
  readonly authenticator: string;
  readonly exported: string;
  readonly context: string;
}

export interface Made {
  readonly commit: string;
  readonly welcome: string | null;
}

export type Heard =
  | { readonly view: View }
  | { readonly removed: true }
  | { readonly heard: true }
  | { readonly said: { readonly sender: number; readonly data: string } };

/** A member of one group; what it refuses rejects, and changes nothing. */
export interface Member {
  create(order: Order): Promise<View>;
  keyPackage(): Promise<string>;
  join(order: Order): Promise<View>;
  joinExternal(order: Order): Promise<Made>;
  commit(order: Order): Promise<Made>;
  /** Enters the epoch of the own commit. */
  accept(): Promise<View>;
  /** Forgets the own commit. */
  drop(): void;
  propose(order: Order): Promise<string>;
  deliver(message: Uint8Array): Promise<Heard>;
  say(data: Uint8Array): Promise<string>;
  info(): Promise<{ readonly info: string; readonly tree: string }>;
  view(): Promise<View>;
  /** The public signature key of the leaf that it comes with if it is admitted; in meetings. */
  knock?(): Promise<string>;
  /** An Admission; in meetings. */
  admit?(order: Order): Promise<string>;
}

/** What a decoder says of octets: their encoding, or why they are refused. */
export type Said = Uint8Array | string;

/** An implementation: how its members come to be, and its decoders by name. */
export interface Implementation {
  newMember(order: Order): Promise<Member>;
  readonly decoders: Readonly<Record<string, (octets: Uint8Array) => Said>>;
}

/** The seats that the server called gone, as hexadecimal digits. */
export const GONE = new Set<string>();

/** What every member asks the exporter for. */
export const EXPORTED = { label: "walk", context: new TextEncoder().encode("context"), size: 40 };

export function octets(digits: string): Uint8Array {
  // Not the Buffer itself: parts of it would be views, and not copies.
  return new Uint8Array(Buffer.from(digits, "hex"));
}

/** Carries out orders, one after the other. */
export class Crew {
  readonly #members = new Map<number, Member>();

  constructor(private readonly implementation: Implementation) {}

  async follow(order: Order): Promise<unknown> {
    switch (order.do) {
      case "clear":
        GONE.clear();
        return this.#members.clear();
      case "gone":
        for (const seat of order.seats) GONE.add(seat);
        return null;
      case "new":
        this.#members.set(order.member, await this.implementation.newMember(order));
        return null;
      case "decode":
        return this.#decode(order);
      case "deliver":
        return this.#deliver(order);
      default:
        return this.#one(this.#at(order.member), order);
    }
  }

  #at(number: number): Member {
    const member = this.#members.get(number);
    if (member === undefined) throw new Error("no such member");
    return member;
  }

  async #one(member: Member, order: Order): Promise<unknown> {
    switch (order.do) {
      case "create":
        return member.create(order);
      case "key_package":
        return member.keyPackage();
      case "join":
        return member.join(order);
      case "join_external":
        return member.joinExternal(order);
      case "commit":
        return member.commit(order);
      case "accept":
        return member.accept();
      case "drop":
        return member.drop();
      case "propose":
        return member.propose(order);
      case "say":
        return member.say(octets(order.data));
      case "info":
        return member.info();
      case "view":
        return member.view();
      case "knock":
        return member.knock?.();
      case "admit":
        return member.admit?.(order);
      default:
        throw new Error("no such order");
    }
  }

  async #deliver({ members, message }: Order): Promise<unknown[]> {
    const heard: unknown[] = [];
    for (const number of members) {
      const outcome = this.#at(number).deliver(octets(message));
      heard.push(await outcome.catch((error: unknown) => ({ refused: reasonOf(error) })));
    }
    return heard;
  }

  /** For each item its encoding after an equals sign, or why it is refused; and which took more than `limit` µs. */
  #decode({ kind, items, limit }: Order): unknown {
    const decoder = this.implementation.decoders[kind];
    if (decoder === undefined) throw new Error("no such decoder");
    const slow: number[] = [];
    const found = items.map((item, index) => {
      const data = octets(item);
      const began = process.cpuUsage();
      const said = decoder(data);
      const { user, system } = process.cpuUsage(began);
      if (user + system > limit) slow.push(index);
      return typeof said === "string" ? said : `=${hex(said)}`;
    });
    return { items: found, slow };
  }
}

export function reasonOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
