/** The file of spec/vectors/policy about the tags of charters. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { Charter } from "../core/policy/charter";
import { checkCharter, sealCharter } from "./charter";

interface Case {
  why: string;
  charter_key: string;
  meeting: string;
  octets: string;
  reason: string;
}

const file = new URL("../../../spec/vectors/policy/tags.json", import.meta.url);
const { tags } = JSON.parse(readFileSync(file, "utf8")) as { tags: Case[] };
const unhex = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(Buffer.from(text, "hex"));

test.each(tags)("[P5] a charter, $why", async ({ charter_key: key, meeting, octets, reason }) => {
  const charter = Charter.read(unhex(octets));
  const checked = checkCharter(unhex(key), unhex(meeting), charter);
  if (reason !== "") {
    await expect(checked).rejects.toThrow(reason);
    return;
  }
  await checked;
  expect((await sealCharter(unhex(key), charter)).encoded).toEqual(charter.encoded);
});
