// What sender attestation costs for each frame in the page's own code, beside sealing and opening it. Prints one JSON object.
//
//     node bench/attest.mjs
//
// Microseconds of the clock for one frame, the shortest of five rounds; frames one after the other, as in one stream.
import { fileURLToPath } from "node:url";
import { runnerImport } from "vite";

const load = async (file) => {
  const path = fileURLToPath(new URL(`../src/${file}`, import.meta.url));
  return (await runnerImport(path)).module;
};
const { Sealer } = await load("e2ee/sframe/sealer.ts");
const { Opener } = await load("e2ee/sframe/opener.ts");
const { Attester } = await load("e2ee/attest/attester.ts");
const { hashFrame } = await load("e2ee/attest/proof.ts");

const COUNT = 4_000;
const CAMERA = 2;
const marks = { temporal: 0, key: false, discardable: false, tl0: 0 };
const key = new Uint8Array(32);

async function microseconds(task) {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 5; round++) {
    const start = performance.now();
    await task();
    best = Math.min(best, performance.now() - start);
  }
  return Math.round((best / COUNT) * 1e5) / 100;
}

const figures = {};
for (const size of [120, 1_200, 4_000, 20_000]) {
  const plaintext = new Uint8Array(size);
  const sealer = new Sealer(CAMERA, 0);
  sealer.rekey(key, 1, 1n);
  const messages = [];
  for (let number = 0; number < COUNT; number++) messages.push(await sealer.seal(marks, plaintext));
  const seal = await microseconds(async () => {
    for (let number = 0; number < COUNT; number++) await sealer.seal(marks, plaintext);
  });
  const note = await microseconds(async () => {
    const attester = new Attester();
    attester.enter(key, 1n, 1, new Uint8Array(16));
    for (const [number, message] of messages.entries()) {
      await attester.add(message);
      if (number % 400 === 0) attester.take();
    }
  });
  const open = await microseconds(async () => {
    const opener = new Opener();
    opener.rekey(key, 1n, 0, [0, 1], 0);
    for (const message of messages) await opener.open(message, 0);
  });
  const hash = await microseconds(async () => {
    for (const message of messages) await hashFrame(message);
  });
  const ratio = (part, whole) => Math.round((100 * part) / whole) / 100;
  figures[size] = { seal, note, note_to_seal: ratio(note, seal), open, hash, hash_to_open: ratio(hash, open) };
}
console.log(JSON.stringify(figures));
