/** The official vectors of RFC 9605: all headers, and suites 4 and 5. */

import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { hkdfKey } from "../subtle";
import { Cipher } from "./cipher";
import { buildSFrameHeader, parseSFrameHeader } from "./header";
import { AES_256_GCM_SHA512_128, type Suite } from "./suites";

interface Official {
  header: { kid: bigint; ctr: bigint; encoded: string }[];
  sframe: {
    cipher_suite: bigint;
    kid: bigint;
    ctr: bigint;
    base_key: string;
    metadata: string;
    pt: string;
    ct: string;
  }[];
}

/** Suite 4 shows that the frame format is right for both hashes; the product itself has no way to it. */
const AES_128_GCM_SHA256_128: Suite = { id: 4, hash: "SHA-256", keySize: 16 };

const folder = process.env.APARTE_VECTORS || fileURLToPath(new URL("../../../../../shared/vectors", import.meta.url));
const file = `${folder}/sframe/test-vectors.json`;
const missing = !existsSync(file);

function unhex(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(text, "hex"));
}

/** Numbers of 64 bits are written as numbers there: they are made text before `JSON.parse` rounds them. */
function official(): Official {
  const text = readFileSync(file, "utf8").replace(/: (\d+)/g, ': "$1n"');
  return JSON.parse(text, (_name, value) =>
    typeof value === "string" && /^\d+n$/.test(value) ? BigInt(value.slice(0, -1)) : value,
  ) as Official;
}

describe("SFrame's official vectors (in the folder that APARTE_VECTORS names)", () => {
  it.runIf(missing && process.env.CI === "true")("are there", () => {
    expect.fail("official vectors missing: no sframe/test-vectors.json in the folder that APARTE_VECTORS names");
  });

  it.skipIf(missing)("agree on every header [P4]", () => {
    const { header } = official();
    expect(header).toHaveLength(289);
    for (const { kid, ctr, encoded } of header) {
      expect(buildSFrameHeader(kid, ctr)).toEqual(unhex(encoded));
      expect(parseSFrameHeader(unhex(`${encoded}00ff`))).toEqual({ kid, ctr, size: encoded.length / 2 });
    }
  });

  it.skipIf(missing).each([AES_128_GCM_SHA256_128, AES_256_GCM_SHA512_128])(
    "agree on suite $id [P4]",
    async (suite) => {
      const cases = official().sframe.filter((entry) => entry.cipher_suite === BigInt(suite.id));
      expect(cases).toHaveLength(1);
      for (const { kid, ctr, base_key, metadata, pt, ct } of cases) {
        const baseKey = await hkdfKey(unhex(base_key));
        const sealing = await Cipher.derive(baseKey, kid, "encrypt", suite);
        expect(await sealing.encrypt(ctr, unhex(metadata), unhex(pt))).toEqual(unhex(metadata + ct));
        const opening = await Cipher.derive(baseKey, kid, "decrypt", suite);
        const sealed = unhex(ct);
        const { size } = parseSFrameHeader(sealed);
        const open = (extra: string) =>
          opening.decrypt(ctr, sealed.subarray(0, size), unhex(metadata + extra), sealed.subarray(size));
        expect(await open("")).toEqual(unhex(pt));
        expect(await open("00")).toBeNull();
      }
    },
  );
});
