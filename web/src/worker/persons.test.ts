import { describe, expect, it } from "vitest";
import { Charter } from "../core/policy/charter";
import { Policy } from "../core/policy/policy";
import { ALL, Rights } from "../core/policy/rights";
import { b64Encode } from "../core/wire/b64";
import { sealCharter } from "../e2ee/charter";
import { deriveLinkKeys } from "../e2ee/keys";
import { newSignatureKey, type PlatformKey, SeedKey, verify } from "../e2ee/mls/ed25519";
import { account, guest, makeLink, random } from "../e2ee/mls/fixture";
import type { Self } from "./messages";
import { identityUnder, ownPerson, standingOf } from "./persons";

const meeting = random(16);
const keys = await deriveLinkKeys(random(32), meeting);
const seat = b64Encode(random(16));
const { charter: bare } = makeLink({ meeting });
const own = guest("Zoé");
const isGone = () => false;

describe("who joins", () => {
  it("is a guest or an account, with a key that the page could read or not", async () => {
    const platform = (await newSignatureKey(random)) as PlatformKey;
    const seed = random(32);
    const house = new SeedKey(random(32));
    const { certificate } = await account(house, "Ada", "Cabinet");
    const told = { name: "Ada", label: "Cabinet", certificate: Uint8Array.from(certificate?.encoded ?? []) };
    const publicKey = Uint8Array.from(platform.publicKey);
    const ada = ownPerson({ ...told, publicKey, privateKey: platform.key as CryptoKey });
    expect(ada.subject).toEqual(certificate?.account);
    const zoe: Self = {
      name: "Zoé",
      label: "",
      certificate: null,
      publicKey,
      privateKey: seed.slice() as Self["publicKey"],
    };
    const read = ownPerson(zoe);
    expect(read.certificate).toBeNull();
    const content = random(8);
    expect(await verify(publicKey, content, await ada.key.sign(content))).toBe(true);
    expect(await verify(new SeedKey(seed).publicKey, content, await read.key.sign(content))).toBe(true);
    expect(zoe.privateKey).toEqual(new Uint8Array(32));
  });

  it("joins by a charter that was made with the link, for this meeting, and by no other", async () => {
    const charter = await sealCharter(keys.charterKey, bare);
    const known = { meeting, keys, own };
    expect(await identityUnder(seat, charter, isGone, known)).toMatchObject({ charter, own, keys });
    const elsewhere = await sealCharter(keys.charterKey, new Charter({ ...bare, meeting: random(16) }));
    await expect(identityUnder(seat, elsewhere, isGone, known)).rejects.toThrow("wrong-meeting");
    const byTheServer = new Charter({ ...charter, organisers: [random(16)] });
    await expect(identityUnder(seat, byTheServer, isGone, known)).rejects.toThrow("not-authentic");
    const otherLink = await sealCharter(random(32), bare);
    await expect(identityUnder(seat, otherLink, isGone, known)).rejects.toThrow("not-authentic");
  });
});

describe("how people stand", () => {
  const member = { leaf: 0, seat, name: "Zoé", label: "", subject: own.subject, isGuest: true };
  const shown = { personKey: "0a", personCode: "00000 11111" };
  const holder = { ...member, ...shown, fingerprint: "", signatureKey: random(32) };

  it("follows the policy, whether the room is frozen or not", () => {
    const first = Policy.first(new Charter({ ...bare, everybody: Rights.SOUND }));
    expect(standingOf(holder, new Policy({ ...first, frozen: true }))).toEqual({
      ...{ leaf: 0, seat, name: "Zoé", label: "", ...shown },
      ...{ subject: b64Encode(own.subject), guest: true, organiser: false, allowed: Rights.SOUND },
    });
    const mine = first.withEntry({ ...first.entry(own.subject), rights: Rights.CHAT } as never);
    expect(standingOf(holder, mine).allowed).toBe(Rights.CHAT);
    const directs = new Policy({ ...first, organisers: [own.subject] });
    expect(standingOf(holder, directs)).toMatchObject({ organiser: true, allowed: ALL });
  });
});
