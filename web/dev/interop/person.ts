/** A participant of a meeting by the product's own interface, with its suite and all its rules. */

import { decode } from "../../src/core/mls/codec";
import { writeMessage } from "../../src/core/mls/message";
import { hex } from "../../src/core/octets";
import { Charter } from "../../src/core/policy/charter";
import { Certificate } from "../../src/core/policy/person";
import { Policy } from "../../src/core/policy/policy";
import { SeedKey } from "../../src/e2ee/mls/ed25519";
import type { Group } from "../../src/e2ee/mls/group";
import { type Identity, MeetingGroup } from "../../src/e2ee/mls/meeting";
import { OwnPerson } from "../../src/e2ee/person";
import { EXPORTED, GONE, type Heard, type Made, type Member, type Order, octets, type View } from "./orders";

/** What the link gives, and who this is. */
export interface LinkOrder {
  readonly meeting: string;
  readonly psk: string;
  readonly psk_id: string;
  readonly name_key: string;
  readonly charter: string;
  readonly seat: string;
  readonly name: string;
  readonly label: string;
  /** Nothing, of a guest. */
  readonly certificate: string;
  /** Milliseconds since 1970. */
  readonly today: number;
  /** The seed of the person key. */
  readonly person_seed: string;
}

class Person implements Member {
  #group: MeetingGroup | undefined;
  #next: MeetingGroup | undefined;
  readonly #key: SeedKey;

  constructor(private readonly identity: Identity) {
    this.#key = new SeedKey(identity.random(32));
  }

  get #here(): MeetingGroup {
    if (this.#group === undefined) throw new Error("in no group");
    return this.#group;
  }

  #move(to: MeetingGroup): Promise<View> {
    this.#group?.erase();
    this.#group = to;
    return this.view();
  }

  async create(): Promise<View> {
    return this.#move((await MeetingGroup.create(this.identity)).group);
  }

  knock(): Promise<string> {
    return Promise.resolve(hex(this.#key.publicKey));
  }

  async admit({ seat, subject, key }: Order): Promise<string> {
    return hex(await this.#here.admit(octets(seat), octets(subject), octets(key)));
  }

  async joinExternal({ info, tree, admission }: Order): Promise<Made> {
    const described = { info: octets(info), tree: octets(tree) };
    const admitted = admission === "" ? null : { admission: octets(admission), signatureKey: this.#key };
    const { group, commit } = await MeetingGroup.join(described, this.identity, admitted);
    this.#next = group;
    return { commit: hex(commit), welcome: null };
  }

  async commit({ removes, extensions }: Order): Promise<Made> {
    const [changed] = extensions ?? [];
    const policy = changed === undefined ? null : Policy.read(octets(changed[1]));
    const { group, commit } = await this.#here.commit(removes, policy);
    this.#next = group;
    return { commit: hex(commit), welcome: null };
  }

  async accept(): Promise<View> {
    const next = this.#next;
    if (next === undefined) throw new Error("nothing to accept");
    this.#next = undefined;
    return this.#move(next);
  }

  drop(): void {
    this.#next?.erase();
    this.#next = undefined;
  }

  async deliver(data: Uint8Array): Promise<Heard> {
    try {
      const next = await this.#here.process(data);
      this.drop();
      return { view: await this.#move(next) };
    } catch (error) {
      if ((error as { reason?: string }).reason !== "removed") throw error;
      return { removed: true };
    }
  }

  async info(): Promise<{ info: string; tree: string }> {
    const inside = unsafeInside(this.#here);
    const info = writeMessage(await inside.info({ withTree: false }));
    return { info: hex(info), tree: hex(inside.public.tree.encoded) };
  }

  async view(): Promise<View> {
    const { label, context, size } = EXPORTED;
    return {
      epoch: Number(this.#here.epoch),
      leaf: this.#here.ownLeaf,
      authenticator: hex(this.#here.epochAuthenticator()),
      exported: hex(await this.#here.exportKey(label, context, size)),
      context: hex(unsafeInside(this.#here).public.context.encoded),
    };
  }

  keyPackage = never;
  join = never;
  propose = never;
  say = never;
}

/** What nobody does in a meeting. */
function never(): Promise<never> {
  return Promise.reject(new Error("not in a meeting"));
}

/** A look inside that product code does not have. */
function unsafeInside(group: MeetingGroup): Group {
  return (group as unknown as { inner: Group }).inner;
}

export function newPerson(random: Identity["random"], link: LinkOrder): Member {
  const [psk, pskId, nameKey] = [link.psk, link.psk_id, link.name_key].map((digits) => Uint8Array.from(octets(digits)));
  if (psk === undefined || pskId === undefined || nameKey === undefined) throw new Error("no link");
  const certificate = link.certificate === "" ? null : decode(octets(link.certificate), Certificate.read);
  return new Person({
    keys: { psk, pskId, nameKey },
    charter: Charter.read(octets(link.charter)),
    seat: octets(link.seat),
    own: new OwnPerson(new SeedKey(octets(link.person_seed)), link.name, link.label, certificate),
    isGone: (seat) => GONE.has(hex(seat)),
    clock: () => link.today,
    random,
  });
}
