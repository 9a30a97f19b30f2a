/**
 * A member by ts-mls, in suite 1.
 *
 * The library reads and writes the external key of a GroupInfo without the length that its type in RFC 9420 has
 * (section 12.4.3.2). That is mended here, so that it can come into groups of others and host them.
 */

import {
  type Capabilities,
  type CiphersuiteImpl,
  type ClientState,
  createApplicationMessage,
  createCommit,
  createGroup,
  createProposal,
  type DefaultExtensionTypeName,
  decodeMlsMessage,
  type Extension,
  encodeMlsMessage,
  type GroupInfo,
  generateKeyPackageWithKey,
  getCiphersuiteFromName,
  getCiphersuiteImpl,
  joinGroup,
  joinGroupExternal,
  type KeyPackage,
  type MLSMessage,
  makePskIndex,
  mlsExporter,
  type PrivateKeyPackage,
  type Proposal,
  type PskIndex,
  processPrivateMessage,
  processPublicMessage,
} from "ts-mls";
import { createGroupInfo } from "ts-mls/createCommit.js";
import { encodeGroupContext } from "ts-mls/groupContext.js";
import { decodeRatchetTree, encodeRatchetTree } from "ts-mls/ratchetTree.js";
import { decode, vector } from "../../src/core/mls/codec";
import { hex } from "../../src/core/octets";
import {
  EXPORTED,
  type Heard,
  type Implementation,
  type Made,
  type Member,
  type Order,
  octets,
  reasonOf,
  type Said,
  type View,
} from "./orders";

const NAME = "MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519";
const LIFETIME = { notBefore: 0n, notAfter: 2n ** 64n - 1n };

interface Keys {
  readonly signKey: Uint8Array;
  readonly publicKey: Uint8Array;
}

interface OwnPackage {
  readonly publicPackage: KeyPackage;
  readonly privatePackage: PrivateKeyPackage;
}

function message(data: Uint8Array): MLSMessage {
  const read = decodeMlsMessage(data, 0);
  if (read === undefined) throw new Error("not a message");
  return read[0];
}

type Content = MLSMessage extends infer M ? (M extends unknown ? Omit<M, "version"> : never) : never;
const written = (content: Content): string => hex(encodeMlsMessage({ ...content, version: "mls10" } as MLSMessage));

class TsMember implements Member {
  #state: ClientState | undefined;
  #next: ClientState | undefined;
  #package: OwnPackage | undefined;

  constructor(
    private readonly suite: CiphersuiteImpl,
    private readonly identity: Uint8Array,
    private readonly keys: Keys,
    private readonly capabilities: Capabilities,
    private readonly psks: Record<string, Uint8Array>,
  ) {}

  get #group(): ClientState {
    if (this.#state === undefined) throw new Error("in no group");
    return this.#state;
  }

  #index(state?: ClientState): PskIndex {
    return makePskIndex(state, this.psks);
  }

  async #fresh(): Promise<OwnPackage> {
    const credential = { credentialType: "basic", identity: this.identity } as const;
    return generateKeyPackageWithKey(credential, this.capabilities, LIFETIME, [], this.keys, this.suite);
  }

  async create({ group, extensions }: Order): Promise<View> {
    const { publicPackage, privatePackage } = await this.#fresh();
    this.#state = await createGroup(octets(group), publicPackage, privatePackage, read(extensions), this.suite);
    return this.view();
  }

  async keyPackage(): Promise<string> {
    this.#package = await this.#fresh();
    return written({ wireformat: "mls_key_package", keyPackage: this.#package.publicPackage });
  }

  async join({ welcome }: Order): Promise<View> {
    const read = message(octets(welcome));
    if (read.wireformat !== "mls_welcome" || this.#package === undefined) throw new Error("no welcome for us");
    const { publicPackage, privatePackage } = this.#package;
    this.#state = await joinGroup(read.welcome, publicPackage, privatePackage, this.#index(), this.suite);
    return this.view();
  }

  async joinExternal({ info, tree, psks, removes }: Order): Promise<Made> {
    if (psks.length > 0) throw new Error("cannot bring a pre-shared key");
    const described = message(octets(info));
    const nodes = decodeRatchetTree(octets(tree), 0);
    if (described.wireformat !== "mls_group_info" || nodes === undefined) throw new Error("not a group");
    const { publicPackage, privatePackage } = await this.#fresh();
    const resync = removes.length > 0;
    const groupInfo = withBareKey(described.groupInfo);
    const joined = await joinGroupExternal(groupInfo, publicPackage, privatePackage, resync, this.suite, nodes[0]);
    this.#next = joined.newState;
    const commit = written({ wireformat: "mls_public_message", publicMessage: joined.publicMessage });
    return { commit, welcome: null };
  }

  /** The library takes every proposal along that it has heard, and decides itself whether there is a path. */
  async commit({ adds, removes, psks, extensions, sealed }: Order): Promise<Made> {
    const extraProposals: Proposal[] = adds.map((add) => {
      const read = message(octets(add));
      if (read.wireformat !== "mls_key_package") throw new Error("not a key package");
      return { proposalType: "add", add: { keyPackage: read.keyPackage } };
    });
    for (const removed of removes) extraProposals.push({ proposalType: "remove", remove: { removed } });
    for (const psk of psks) extraProposals.push(this.#psk(psk));
    if (extensions !== null) extraProposals.push(changed(extensions));
    const context = { state: this.#group, cipherSuite: this.suite, pskIndex: this.#index(this.#group) };
    const options = { extraProposals, wireAsPublicMessage: !sealed, ratchetTreeExtension: true };
    const made = await createCommit(context, options);
    this.#next = made.newState;
    const welcome = made.welcome === undefined ? null : written({ wireformat: "mls_welcome", welcome: made.welcome });
    return { commit: hex(encodeMlsMessage(made.commit)), welcome };
  }

  #psk(id: string): Proposal {
    const pskNonce = crypto.getRandomValues(new Uint8Array(this.suite.kdf.size));
    const pskId = octets(id);
    return { proposalType: "psk", psk: { preSharedKeyId: { psktype: "external", pskId, pskNonce } } };
  }

  async accept(): Promise<View> {
    this.#state = this.#next;
    this.#next = undefined;
    return this.view();
  }

  drop(): void {
    this.#next = undefined;
  }

  async propose(order: Order): Promise<string> {
    const made = await createProposal(this.#group, !order.sealed, this.#proposal(order), this.suite);
    this.#state = made.newState;
    return hex(encodeMlsMessage(made.message));
  }

  #proposal({ kind, leaf, psk, extensions, ...order }: Order): Proposal {
    if (kind === "remove") return { proposalType: "remove", remove: { removed: leaf } };
    if (kind === "psk") return this.#psk(psk);
    if (kind === "extensions") return changed(extensions);
    const read = message(octets(order.package));
    if (kind !== "add" || read.wireformat !== "mls_key_package") throw new Error("cannot propose this");
    return { proposalType: "add", add: { keyPackage: read.keyPackage } };
  }

  async deliver(data: Uint8Array): Promise<Heard> {
    const read = message(data);
    if (read.wireformat !== "mls_public_message" && read.wireformat !== "mls_private_message") {
      throw new Error("not for a member");
    }
    const before = this.#group;
    // The library's processMessage forgets the pre-shared keys of what is sealed.
    const result =
      read.wireformat === "mls_public_message"
        ? await processPublicMessage(before, read.publicMessage, this.#index(before), this.suite)
        : await processPrivateMessage(before, read.privateMessage, this.#index(before), this.suite);
    this.#state = result.newState;
    if ("message" in result) return { said: { sender: -1, data: hex(result.message) } };
    if (result.newState.groupActiveState.kind === "removedFromGroup") return { removed: true };
    const moved = result.newState.groupContext.epoch !== before.groupContext.epoch;
    return moved ? { view: await this.view() } : { heard: true };
  }

  async say(data: Uint8Array): Promise<string> {
    const { newState, privateMessage } = await createApplicationMessage(this.#group, data, this.suite);
    this.#state = newState;
    return written({ wireformat: "mls_private_message", privateMessage });
  }

  async info(): Promise<{ info: string; tree: string }> {
    const state = this.#group;
    const { publicKey } = await this.suite.hpke.deriveKeyPair(state.keySchedule.externalSecret);
    const key = await this.suite.hpke.exportPublicKey(publicKey);
    const extensions: Extension[] = [{ extensionType: "external_pub", extensionData: vector(key) }];
    const { groupContext, confirmationTag } = state;
    const groupInfo = await createGroupInfo(groupContext, confirmationTag, state, extensions, this.suite);
    const tree = hex(encodeRatchetTree(state.ratchetTree));
    return { info: written({ wireformat: "mls_group_info", groupInfo }), tree };
  }

  async view(): Promise<View> {
    const { groupContext, keySchedule, privatePath } = this.#group;
    const { label, context, size } = EXPORTED;
    return {
      epoch: Number(groupContext.epoch),
      leaf: privatePath.leafIndex,
      authenticator: hex(keySchedule.epochAuthenticator),
      exported: hex(await mlsExporter(keySchedule.exporterSecret, label, context, size, this.suite)),
      context: hex(encodeGroupContext(groupContext)),
    };
  }
}

/** A GroupInfo whose signature holds, and in which the library finds the external key without its length. */
function withBareKey(info: GroupInfo): GroupInfo {
  const find = (wanted: (extension: Extension) => boolean): Extension | undefined => {
    const found = info.extensions.find(wanted);
    if (found?.extensionType !== "external_pub") return found;
    return { ...found, extensionData: decode(found.extensionData, (reader) => reader.vector()) };
  };
  return { ...info, extensions: Object.assign([...info.extensions], { find }) as Extension[] };
}

const KNOWN: readonly DefaultExtensionTypeName[] = [
  "application_id",
  "ratchet_tree",
  "required_capabilities",
  "external_pub",
  "external_senders",
];

/** The library calls what RFC 9420 defines by name, everything else by number. */
function read(extensions: Order["extensions"]): Extension[] {
  return (extensions ?? []).map(([type, data]) => ({
    extensionType: KNOWN[type - 1] ?? type,
    extensionData: octets(data),
  }));
}

function changed(extensions: Order["extensions"]): Proposal {
  const list = read(extensions);
  return { proposalType: "group_context_extensions", groupContextExtensions: { extensions: list } };
}

export const IMPLEMENTATION: Implementation = {
  async newMember({ suite: number, identity, extensions, psks }) {
    if (number !== 1) throw new Error("no such suite");
    const suite = await getCiphersuiteImpl(getCiphersuiteFromName(NAME));
    const capabilities: Capabilities = {
      versions: ["mls10"],
      ciphersuites: [NAME],
      extensions: (extensions ?? []) as unknown as number[],
      proposals: [],
      credentials: ["basic"],
    };
    const pairs = psks as unknown as [string, string][];
    const known = Object.fromEntries(pairs.map(([id, psk]) => [toBase64(octets(id)), octets(psk)]));
    return new TsMember(suite, octets(identity), await suite.signature.keygen(), capabilities, known);
  },
  decoders: {
    message: (data) => again(decodeMlsMessage, encodeMlsMessage, data),
    tree: (data) => again(decodeRatchetTree, encodeRatchetTree, data),
  },
};

/** The library names external keys by the base64 of their ids. */
function toBase64(data: Uint8Array): string {
  return btoa(String.fromCharCode(...data));
}

type Decoder<T> = (data: Uint8Array, offset: number) => [T, number] | undefined;

function again<T>(decode: Decoder<T>, encode: (value: T) => Uint8Array, data: Uint8Array): Said {
  try {
    const found = decode(data, 0);
    return found === undefined ? "refused" : encode(found[0]);
  } catch (error) {
    return reasonOf(error);
  }
}
