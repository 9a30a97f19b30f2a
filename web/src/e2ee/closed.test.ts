/** Group and seal together: whatever the number of people, members open each other's frames and nobody else opens any. */
import { gcm } from "@noble/ciphers/aes.js";
import { hkdf } from "@noble/hashes/hkdf.js";
import { sha512 } from "@noble/hashes/sha2.js";
import { expect, test } from "vitest";
import { Stream } from "../core/wire/header";
import { describe, makeLink, person, unsafeInside } from "./mls/fixture";
import { type Described, MeetingGroup } from "./mls/meeting";
import { epochCode } from "./safety";
import { parseSFrameHeader } from "./sframe/header";
import { Opener } from "./sframe/opener";
import { Sealer } from "./sframe/sealer";
import { AES_256_GCM_SHA512_128 } from "./sframe/suites";

const MARKS = { temporal: 0, key: false, discardable: false, tl0: 0 };
const HELLO = new TextEncoder().encode("a sentence that only members may read");

async function sealed(group: MeetingGroup): Promise<Uint8Array> {
  const sealer = new Sealer(Stream.SOUND, 0);
  sealer.rekey(await group.sframeBaseKey(), group.ownLeaf, group.epoch);
  return sealer.seal(MARKS, HELLO);
}

async function opener(group: MeetingGroup): Promise<Opener> {
  const made = new Opener();
  const leaves = group.members().map(({ leaf }) => leaf);
  made.rekey(await group.sframeBaseKey(), group.epoch, group.ownLeaf, leaves, 0);
  return made;
}

/** Members in the order in which they came; those who are not followed stay in the epoch of their join. */
async function gather(size: number, followed: (index: number) => boolean): Promise<Map<number, MeetingGroup>> {
  const link = makeLink();
  const first = await MeetingGroup.create(person(link, "P0"));
  const groups = new Map([[0, first.group]]);
  let current: Described = first;
  for (let index = 1; index < size; index += 1) {
    const joined = await MeetingGroup.join(current, person(link, `P${index}`));
    for (const [other, group] of groups) groups.set(other, await group.process(joined.commit));
    current = describe(joined.group, joined.info);
    if (followed(index) || index === size - 1) groups.set(index, joined.group);
  }
  return groups;
}

test.each([2, 10, 50])(
  "[A16 B23 B34] %i people: one code, all shown, each opens each, an outsider opens nothing",
  async (size) => {
    const groups = await gather(size, (index) => size <= 10 || index === 24);
    const codes = new Set<string>();
    for (const group of groups.values()) {
      expect(group.members().map(({ name }) => name)).toEqual(Array.from({ length: size }, (_, index) => `P${index}`));
      codes.add(await epochCode(group.epochAuthenticator()));
    }
    expect(codes.size).toBe(1);
    const outsider = await opener([...(await gather(2, () => true)).values()][0] as MeetingGroup);
    for (const [from, group] of groups) {
      const frame = await sealed(group);
      for (const [to, other] of groups) {
        if (to === from) continue;
        const { leaf, plaintext } = await (await opener(other)).open(frame, 1);
        expect([leaf, plaintext]).toEqual([group.ownLeaf, HELLO]);
      }
      await expect(outsider.open(frame, 1)).rejects.toThrow();
    }
  },
  120_000,
);

test("[B29 P8] every join makes fresh keys; who joins opens nothing from before, who left nothing from after", async () => {
  const link = makeLink();
  const ada = await MeetingGroup.create(person(link, "Ada"));
  const bea = await MeetingGroup.join(ada, person(link, "Bea"));
  const withBea = await ada.group.process(bea.commit);
  const before = await sealed(withBea);
  const cem = await MeetingGroup.join(describe(bea.group, bea.info), person(link, "Cem"));
  const withCem = await withBea.process(cem.commit);
  const beaWithCem = await bea.group.process(cem.commit);
  expect(new Set(withCem.members().map(({ fingerprint }) => fingerprint)).size).toBe(3);
  const again = await MeetingGroup.join(describe(cem.group, cem.info), person(link, "Bea"));
  expect(
    again.group
      .members()
      .filter(({ name }) => name === "Bea")
      .map(({ fingerprint }) => fingerprint),
  ).toHaveLength(2);
  expect(new Set(again.group.members().map(({ fingerprint }) => fingerprint)).size).toBe(4);
  await expect((await opener(cem.group)).open(before, 1)).rejects.toMatchObject({ reason: "unknown-epoch" });

  const gone = await withCem.commit([beaWithCem.ownLeaf]);
  await expect(beaWithCem.process(gone.commit)).rejects.toMatchObject({ reason: "removed" });
  const after = await sealed(gone.group);
  await expect((await opener(beaWithCem)).open(after, 1)).rejects.toMatchObject({ reason: "future-epoch" });
  // Even renamed to an epoch that she knows, the frame is not under a key that she has.
  const stranger = new Opener();
  stranger.rekey(await beaWithCem.sframeBaseKey(), gone.group.epoch, beaWithCem.ownLeaf, [0, 2], 0);
  await expect(stranger.open(after, 1)).rejects.toMatchObject({ reason: "not-authentic" });
});

test("[B26] the one suite: X25519 with ML-KEM-768 agree on the group, AES-256-GCM seals its content", async () => {
  const { group, info } = await MeetingGroup.create(person(makeLink(), "Ada"));
  // MLSMessage: mls10, GroupInfo; its GroupContext: mls10, suite (RFC 9420 sections 6 and 8.1).
  expect([...info.subarray(0, 8)]).toEqual([0, 1, 0, 4, 0, 1, 0xf0, 0xa1]);
  const leaf = unsafeInside(group).inner.ownLeaf();
  expect(leaf.encryptionKey.length).toBe(1184 + 32);
  expect((await group.sframeBaseKey()).length).toBe(32);
  expect(AES_256_GCM_SHA512_128).toMatchObject({ id: 5, keySize: 32 });
  // The derived key opens with AES-256-GCM of another library, with the nonce and the associated data of RFC 9605.
  const frame = await sealed(group);
  const { size, kid, ctr } = parseSFrameHeader(frame.subarray(8));
  const suffix = new Uint8Array(10);
  new DataView(suffix.buffer).setBigUint64(0, kid);
  suffix[9] = 5;
  const derive = async (label: string, length: number) =>
    hkdf(
      sha512,
      await group.sframeBaseKey(),
      undefined,
      Uint8Array.of(...new TextEncoder().encode(label), ...suffix),
      length,
    );
  const nonce = await derive("SFrame 1.0 Secret salt ", 12);
  nonce[11] = (nonce[11] ?? 0) ^ Number(ctr);
  const aad = Uint8Array.of(...frame.subarray(8, 8 + size), ...frame.subarray(0, 8));
  const plaintext = gcm(await derive("SFrame 1.0 Secret key ", 32), nonce, aad).decrypt(frame.subarray(8 + size));
  expect(plaintext).toEqual(HELLO);
});
