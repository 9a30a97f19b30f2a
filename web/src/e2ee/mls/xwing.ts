/**
 * X-Wing, the hybrid of ML-KEM-768 and X25519 (draft-connolly-cfrg-xwing-kem), as HPKE KEM 0x647a (hpke-pq).
 *
 * A private key is the 32-octet seed from which both parts are expanded.
 */

import { sha3_256, shake256 } from "@noble/hashes/sha3.js";
import { ml_kem768 } from "@noble/post-quantum/ml-kem.js";
import { u16 } from "../../core/mls/codec";
import { KEM_KEY_SIZE, XWING_KEY_SIZE } from "../../core/mls/suites";
import { ascii, concat } from "../../core/octets";
import type { Kem } from "./hpke";
import { exchange, publicKeyOf } from "./x25519";

const ID = 0x647a;
const SEED_SIZE = 32;
const ENCAPSULATION_SIZE = 1_120;
const KEM_CIPHERTEXT_SIZE = 1_088;
const LABEL = ascii("\\.//^\\");
const DERIVE = concat(ascii("HPKE-v1KEM"), u16(ID), u16(13), ascii("DeriveKeyPair"), u16(SEED_SIZE));

function expand(seed: Uint8Array) {
  if (seed.length !== SEED_SIZE) throw new RangeError("a private key has 32 octets");
  const expanded = shake256(seed, { dkLen: 96 });
  const kem = ml_kem768.keygen(expanded.subarray(0, 64));
  return { kem, dh: expanded.subarray(64) };
}

function combine(kemSecret: Uint8Array, dhSecret: Uint8Array, dhCiphertext: Uint8Array, dhPublic: Uint8Array) {
  const input = concat(kemSecret, dhSecret, dhCiphertext, dhPublic, LABEL);
  const secret = sha3_256(input);
  for (const spent of [input, kemSecret, dhSecret]) spent.fill(0);
  return secret;
}

export const XWING: Kem = {
  id: ID,

  /** The seed that is SHAKE256's LabeledDerive of `ikm`. */
  async privateKey(ikm) {
    return shake256(concat(ikm, DERIVE), { dkLen: SEED_SIZE });
  },

  async deriveKeyPair(ikm) {
    const seed = await XWING.privateKey(ikm);
    return { private: seed, public: await XWING.publicKey(seed) };
  },

  /** ML-KEM-768 (1,184 octets), then X25519 (32). */
  async publicKey(seed) {
    const { kem, dh } = expand(seed);
    const whole = concat(kem.publicKey, await publicKeyOf(dh));
    for (const spent of [kem.secretKey, dh]) spent.fill(0);
    return whole;
  },

  async encapsulate(publicKey, random) {
    if (publicKey.length !== XWING_KEY_SIZE) throw new RangeError("a public key has 1,216 octets");
    const coins = random(64);
    const dhPublic = publicKey.subarray(KEM_KEY_SIZE);
    const { cipherText, sharedSecret } = ml_kem768.encapsulate(
      publicKey.subarray(0, KEM_KEY_SIZE),
      coins.subarray(0, 32),
    );
    const ephemeral = coins.subarray(32);
    const [dhCiphertext, dhSecret] = await Promise.all([publicKeyOf(ephemeral), exchange(ephemeral, dhPublic)]);
    coins.fill(0);
    return {
      secret: combine(sharedSecret, dhSecret, dhCiphertext, dhPublic),
      encapsulation: concat(cipherText, dhCiphertext),
    };
  },

  /** An encapsulation for somebody else gives another secret, and no error. */
  async decapsulate(seed, encapsulation) {
    if (encapsulation.length !== ENCAPSULATION_SIZE) throw new RangeError("an encapsulation has 1,120 octets");
    const { kem, dh } = expand(seed);
    const dhCiphertext = encapsulation.subarray(KEM_CIPHERTEXT_SIZE);
    const kemSecret = ml_kem768.decapsulate(encapsulation.subarray(0, KEM_CIPHERTEXT_SIZE), kem.secretKey);
    const [dhPublic, dhSecret] = await Promise.all([publicKeyOf(dh), exchange(dh, dhCiphertext)]);
    for (const spent of [kem.secretKey, dh]) spent.fill(0);
    return combine(kemSecret, dhSecret, dhCiphertext, dhPublic);
  },
};
