// How long the group takes: `node bench/group.mjs` in web/. A meeting grows by external commits, one member follows; times in milliseconds.
import { fileURLToPath } from "node:url";
import { runnerImport } from "vite";

const load = async (file) =>
  (await runnerImport(fileURLToPath(new URL(`../src/e2ee/${file}`, import.meta.url)))).module;
const { Group } = await load("mls/group.ts");
const { deriveLinkKeys } = await load("keys.ts");

const random = (length) => crypto.getRandomValues(new Uint8Array(length));
const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
const timed = async (run) => {
  const start = performance.now();
  const value = await run();
  return [value, performance.now() - start];
};

const SIZES = [2, 10, 30, 50];
const REPEATS = 5;

const meeting = random(16);
const keys = await deriveLinkKeys(random(32), meeting);
const person = (name) => ({ ...keys, meeting, name, seat: random(16), random });

let { group, info } = await Group.create(person("First"));
const rows = [];
for (let size = 2; size <= SIZES.at(-1); size++) {
  const times = { join: [], process: [], renew: [], remove: [] };
  const octets = {};
  let joined;
  for (let repeat = 0; repeat < (SIZES.includes(size) ? REPEATS : 1); repeat++) {
    let ms;
    [joined, ms] = await timed(() => Group.join(info, person(`Person ${size}`)));
    times.join.push(ms);
    [, ms] = await timed(() => group.process(joined.commit));
    times.process.push(ms);
  }
  octets.joinCommit = joined.commit.length;
  group = await group.process(joined.commit);
  info = joined.info;
  octets.info = info.length;
  if (!SIZES.includes(size)) continue;
  for (let repeat = 0; repeat < REPEATS; repeat++) {
    const [renewal, renew] = await timed(() => group.commit());
    const [, remove] = await timed(() => group.commit([group.members().at(-1).leaf]));
    times.renew.push(renew);
    times.remove.push(remove);
    octets.renewal = renewal.commit.length;
  }
  const medians = Object.entries(times).map(([name, values]) => [`${name} ms`, Math.round(median(values) * 10) / 10]);
  rows.push({ members: size, ...Object.fromEntries(medians), ...octets });
}
console.table(rows);
console.log(JSON.stringify({ bench: "group", rows }));
