/** A member by our own code, with a policy that demands nothing beyond RFC 9420. */

import { decode } from "../../src/core/mls/codec";
import { BASIC, Credential } from "../../src/core/mls/credential";
import { readGroupInfo } from "../../src/core/mls/delivery";
import { Extension, type Extensions } from "../../src/core/mls/extensions";
import { ContentType, contentType, PrivateMessage, PublicMessage } from "../../src/core/mls/framing";
import { KeyPackage } from "../../src/core/mls/keypackage";
import { Capabilities } from "../../src/core/mls/leaf";
import { readMessage, writeMessage } from "../../src/core/mls/message";
import {
  Add,
  GroupContextExtensions,
  PreSharedKey,
  PreSharedKeyId,
  type Proposal,
  PskType,
  Remove,
  Update,
} from "../../src/core/mls/proposals";
import type { Policy } from "../../src/core/mls/public";
import { Welcome } from "../../src/core/mls/welcome";
import { hex } from "../../src/core/octets";
import { openApplication, sealApplication } from "../../src/e2ee/mls/application";
import { type Committed, commit } from "../../src/e2ee/mls/commit";
import { create, newKeyPackage, newLeaf, type OwnKeyPackage, type OwnLeaf } from "../../src/e2ee/mls/create";
import { newSignatureKey } from "../../src/e2ee/mls/ed25519";
import type { Group, Psks } from "../../src/e2ee/mls/group";
import { join, joinExternal } from "../../src/e2ee/mls/join";
import { process } from "../../src/e2ee/mls/process";
import { hearPrivate, hearPublic, propose, proposeUpdate } from "../../src/e2ee/mls/propose";
import type { SecretSuite, SignatureKey } from "../../src/e2ee/mls/suite";
import { suiteWith } from "../../src/e2ee/mls/suites.node";
import { decoders } from "./decoders";
import {
  EXPORTED,
  type Heard,
  type Implementation,
  type Made,
  type Member,
  type Order,
  octets,
  type View,
} from "./orders";
import { newPerson } from "./person";

const MAX = 1 << 22;
const UNSAFE_OPEN: Policy = {
  checkInfo: () => undefined,
  checkMessage: () => undefined,
  checkLeaf: () => undefined,
  checkSuccessor: () => undefined,
  checkLeaves: () => undefined,
};

const random = (size: number) => crypto.getRandomValues(new Uint8Array(size));

class OwnMember implements Member {
  #group: Group | undefined;
  #next: Group | undefined;
  #package: OwnKeyPackage | undefined;

  constructor(
    private readonly suite: SecretSuite,
    private readonly credential: Credential,
    private readonly key: SignatureKey,
    private readonly capabilities: Capabilities,
    private readonly psks: Psks,
  ) {}

  get #here(): Group {
    if (this.#group === undefined) throw new Error("in no group");
    return this.#group;
  }

  /** Whoever moves on erases what is left behind, as the product does. */
  #move(to: Group): Promise<View> {
    this.#group?.erase();
    this.#group = to;
    return this.view();
  }

  #fresh(): Promise<OwnLeaf> {
    return newLeaf(this.suite, this.credential, this.capabilities, this.key.copy(), random);
  }

  async create({ group, extensions }: Order): Promise<View> {
    const leaf = await this.#fresh();
    return this.#move(await create(this.suite, UNSAFE_OPEN, octets(group), leaf, random, read(extensions ?? [])));
  }

  async keyPackage(): Promise<string> {
    this.#package = await newKeyPackage(this.suite, await this.#fresh(), random);
    return hex(writeMessage(this.#package.keyPackage));
  }

  async join({ welcome }: Order): Promise<View> {
    const message = readMessage(octets(welcome), MAX);
    if (!(message instanceof Welcome) || this.#package === undefined) throw new Error("no welcome for us");
    return this.#move(await join(this.suite, UNSAFE_OPEN, message, this.#package, { psks: this.psks }));
  }

  async joinExternal({ info, tree, psks, removes }: Order): Promise<Made> {
    const described = readGroupInfo(octets(info), MAX);
    const found = psks.map((id) => ({ name: this.#name(id), key: this.psks.get(id) ?? random(1) }));
    const joining = { psks: found, removes, ratchetTree: octets(tree) };
    return this.#offer(await joinExternal(this.suite, UNSAFE_OPEN, described, await this.#fresh(), random, joining));
  }

  async commit({ adds, removes, psks, extensions, sealed, path }: Order): Promise<Made> {
    const proposals: Proposal[] = [...adds.map(add), ...removes.map((leaf) => new Remove(leaf))];
    proposals.push(...psks.map((id) => new PreSharedKey(this.#name(id))));
    if (extensions !== null) proposals.push(new GroupContextExtensions(read(extensions)));
    const references = [...this.#here.pending]
      .filter(([, { proposal, sender }]) => !(proposal instanceof Update && sender.index === this.#here.leaf))
      .map(([reference]) => octets(reference));
    const made = await commit(this.#here, proposals, random, {
      references,
      psks: this.psks,
      withPath: path,
      sealed,
    });
    this.#group = made.before;
    return this.#offer(made);
  }

  #offer({ group, message, welcome }: Committed): Made {
    this.#next = group;
    return { commit: hex(writeMessage(message)), welcome: welcome === null ? null : hex(writeMessage(welcome)) };
  }

  #name(id: string): PreSharedKeyId {
    return new PreSharedKeyId({ type: PskType.EXTERNAL, id: octets(id) }, random(this.suite.size));
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

  async propose({ kind, leaf, psk, extensions, ...order }: Order): Promise<string> {
    const proposing = () => {
      if (kind === "update") return proposeUpdate(this.#here, random);
      if (kind === "remove") return propose(this.#here, new Remove(leaf));
      if (kind === "psk") return propose(this.#here, new PreSharedKey(this.#name(psk)));
      if (kind === "add") return propose(this.#here, add(order.package));
      return propose(this.#here, new GroupContextExtensions(read(extensions ?? [])));
    };
    const { group, message } = await proposing();
    this.#group = group;
    return hex(writeMessage(message));
  }

  async deliver(data: Uint8Array): Promise<Heard> {
    const message = readMessage(data, MAX);
    if (message instanceof PublicMessage) return this.#hear(message, contentType(message.authenticated.framed.content));
    if (message instanceof PrivateMessage) return this.#hear(message, message.contentType);
    throw new Error("not for a member");
  }

  async #hear(message: PublicMessage | PrivateMessage, kind: number): Promise<Heard> {
    if (kind === ContentType.COMMIT) {
      try {
        const next = await process(this.#here, message, this.psks);
        this.drop();
        return { view: await this.#move(next) };
      } catch (error) {
        if ((error as { reason?: string }).reason !== "removed") throw error;
        this.#group = undefined;
        return { removed: true };
      }
    }
    if (message instanceof PublicMessage) {
      this.#group = await hearPublic(this.#here, message);
      return { heard: true };
    }
    if (kind === ContentType.PROPOSAL) {
      this.#group = await hearPrivate(this.#here, message);
      return { heard: true };
    }
    const { group, received } = await openApplication(this.#here, message);
    this.#group = group;
    return { said: { sender: received.sender, data: hex(received.data) } };
  }

  async say(data: Uint8Array): Promise<string> {
    const { group, message } = await sealApplication(this.#here, data, random, { padding: 7 });
    this.#group = group;
    return hex(writeMessage(message));
  }

  async info(): Promise<{ info: string; tree: string }> {
    const info = await this.#here.info({ withTree: false });
    return { info: hex(writeMessage(info)), tree: hex(this.#here.public.tree.encoded) };
  }

  async view(): Promise<View> {
    const { epoch, leaf, epochAuthenticator, public: known } = this.#here;
    return {
      epoch: Number(epoch),
      leaf,
      authenticator: hex(epochAuthenticator),
      exported: hex(await this.#here.export(EXPORTED.label, EXPORTED.context, EXPORTED.size)),
      context: hex(known.context.encoded),
    };
  }
}

function add(digits: string): Add {
  const message = readMessage(octets(digits), MAX);
  if (!(message instanceof KeyPackage)) throw new Error("not a key package");
  return new Add(decode(message.encoded, KeyPackage.read));
}

function read(extensions: readonly (readonly [number, string])[]): Extensions {
  return extensions.map(([type, data]) => new Extension(type, octets(data)));
}

export const IMPLEMENTATION: Implementation = {
  async newMember(order) {
    if (order.link !== undefined) return newPerson(random, order.link);
    const suite = suiteWith(order.suite);
    const extensions = (order.extensions ?? []) as unknown as number[];
    const able = new Capabilities([1], [suite.public.id], extensions, [], [BASIC]);
    const credential = new Credential(BASIC, octets(order.identity));
    const psks = new Map((order.psks as unknown as [string, string][]).map(([id, psk]) => [id, octets(psk)]));
    return new OwnMember(suite, credential, await newSignatureKey(random), able, psks);
  },
  decoders,
};
