/** Leaves of the tree: how ours is made, and what every leaf must look like (spec/keys.md, "Identity of a leaf"). */
import { type Capabilities, encodeCapabilities } from "ts-mls/capabilities.js";
import { type LeafNode, type LeafNodeKeyPackage, signLeafNodeKeyPackage } from "ts-mls/leafNode.js";
import { b64Encode } from "../../core/wire/b64";
import { openIdentity, sealIdentity } from "../keys";
import { equal, hex } from "./bytes";
import { hkdfSha384 } from "./hkdf";
import { GroupError, refuseAs } from "./refusal";
import { type Random, SUITE_NAME, type Suite } from "./suite";
import { deriveKeyPair, isPublicKey } from "./xwing";

/** Who one is in one meeting, and what one knows of it. */
export interface Identity {
  readonly seat: Uint8Array; // 16 octets, drawn by the server
  readonly name: string;
  readonly meeting: Uint8Array; // 16 octets
  readonly psk: Uint8Array;
  readonly pskId: Uint8Array;
  readonly nameKey: Uint8Array;
  readonly random: Random;
}

/** Somebody in the group, as the tree says. */
export interface Member {
  readonly leaf: number;
  readonly seat: string; // b64
  readonly name: string;
  readonly fingerprint: string; // of the leaf's signature key: 8 groups of 4 hexadecimal digits
}

export interface OwnLeaf {
  readonly node: LeafNodeKeyPackage;
  readonly signatureKey: Uint8Array;
  readonly hpkeKey: Uint8Array;
}

/** The only abilities a leaf may state: there is nothing to negotiate. */
const CAPABILITIES: Capabilities = {
  versions: ["mls10"],
  ciphersuites: [SUITE_NAME],
  extensions: [],
  proposals: [],
  credentials: ["basic"],
};
const CAPABILITIES_OCTETS = encodeCapabilities(CAPABILITIES);

/** A leaf with fresh keys. Its lifetime is without end: it lives in one meeting, in memory, and no clock is asked. */
export async function makeLeaf(suite: Suite, identity: Identity): Promise<OwnLeaf> {
  const { nameKey, meeting, seat, name, random } = identity;
  const { signKey, publicKey } = await suite.signature.keygen();
  const pair = deriveKeyPair(random(32));
  const sealed = await refuseAs("identity", () => sealIdentity(nameKey, meeting, seat, random(12), name));
  const node = await signLeafNodeKeyPackage(
    {
      leafNodeSource: "key_package",
      lifetime: { notBefore: 0n, notAfter: 0xffff_ffff_ffff_ffffn },
      hpkePublicKey: pair.publicKey,
      signaturePublicKey: publicKey,
      credential: { credentialType: "basic", identity: sealed },
      capabilities: CAPABILITIES,
      extensions: [],
    },
    signKey,
    suite.signature,
  );
  return { node, signatureKey: signKey, hpkeKey: pair.secretKey };
}

/** Checks what a leaf says about itself, apart from who it is. Its signature is checked elsewhere. */
export function checkForm(node: LeafNode): void {
  if (!equal(encodeCapabilities(node.capabilities), CAPABILITIES_OCTETS)) throw new GroupError("wrong-suite");
  if (node.extensions.length > 0) throw new GroupError("forbidden");
  if (!isPublicKey(node.hpkePublicKey) || node.signaturePublicKey.length !== 32) throw new GroupError("malformed");
}

/** Checks the form of somebody's leaf and opens its identity. */
export async function readLeaf(node: LeafNode, leaf: number, { nameKey, meeting }: Identity): Promise<Member> {
  checkForm(node);
  if (node.credential.credentialType !== "basic") throw new GroupError("identity");
  const sealed = node.credential.identity;
  const opened = await refuseAs("identity", () => openIdentity(nameKey, meeting, sealed));
  return {
    leaf,
    seat: b64Encode(opened.seat),
    name: opened.name,
    fingerprint: await fingerprint(node.signaturePublicKey),
  };
}

async function fingerprint(signatureKey: Uint8Array): Promise<string> {
  const digits = hex((await hkdfSha384.hash(signatureKey)).subarray(0, 16));
  return digits.replace(/(.{4})(?!$)/g, "$1 ");
}
