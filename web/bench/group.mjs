// What a group costs in the page's own code: joining, removing and following, by number of members. Prints one JSON object.
//
//     node bench/group.mjs 10 100 200 500
//
// The group is a used one: everybody came by an external commit. Times are milliseconds, the shortest of the rounds:
// those of the clock, and those of the processor, of which a busy machine takes nothing away. Numbers of members as
// arguments, `--rounds=5` before or behind them.
import { fileURLToPath } from "node:url";
import { runnerImport } from "vite";

const load = async (file) => {
  const path = fileURLToPath(new URL(`../src/${file}`, import.meta.url));
  return (await runnerImport(path)).module;
};
const { MeetingGroup } = await load("e2ee/mls/meeting.ts");
const { account, makeLink, person: personOf } = await load("e2ee/mls/fixture.ts");
const { SeedKey } = await load("e2ee/mls/ed25519.ts");

const GOALS = { join_ms: 400, process_remove_ms: 60, remove_bytes: 30_000 };
const GOALS_AT = 200;
const given = process.argv.slice(2);
const rounds = Number(given.find((text) => text.startsWith("--rounds="))?.slice(9) ?? 5);
const sizes = given.filter((text) => /^\d+$/.test(text)).map(Number);

const random = (size) => crypto.getRandomValues(new Uint8Array(size));
const house = new SeedKey(random(32));
const link = makeLink({ houseKey: house.publicKey });
/** Everybody has an account, so that there is a certificate to check as well. */
const person = async (number) => personOf(link, await account(house, `Person ${number}`, "A label"));
/** The server holds the tree; here whoever made the epoch gives it. */
const described = ({ group, info }) => ({ info, tree: group.inner.public.tree.encoded });

const used = () => process.cpuUsage().user / 1000 + process.cpuUsage().system / 1000;

async function fastest(work) {
  let [clock, processor, result] = [Infinity, Infinity];
  for (let round = 0; round < rounds; round++) {
    const [start, before] = [performance.now(), used()];
    result = await work();
    clock = Math.min(clock, performance.now() - start);
    processor = Math.min(processor, used() - before);
  }
  return [Math.round(clock * 10) / 10, Math.round(processor * 10) / 10, result];
}

async function measure(members) {
  let made = await MeetingGroup.create(await person(0));
  let current = { info: made.info, tree: made.tree };
  for (let number = 1; number < members - 2; number++) {
    // Nobody follows while the group is made: only its newest member and what it announces are needed.
    made = await MeetingGroup.join(current, await person(number));
    current = described(made);
  }
  const watcher = await MeetingGroup.join(current, await person(members - 2));
  const second = await MeetingGroup.join(described(watcher), await person(members - 1));
  const member = await watcher.group.process(second.commit);
  current = described(second);

  const newcomer = await person(members);
  const [join_ms, join_cpu_ms, joined] = await fastest(() => MeetingGroup.join(current, newcomer));
  const [process_join_ms] = await fastest(() => member.process(joined.commit));
  const [remove_ms, remove_cpu_ms, removed] = await fastest(() => second.group.commit([members >> 1]));
  const [process_remove_ms, process_remove_cpu_ms, after] = await fastest(() => member.process(removed.commit));
  if (String(after.epochAuthenticator()) !== String(removed.group.epochAuthenticator())) {
    throw new Error("the members disagree");
  }
  return {
    members,
    join_ms,
    join_cpu_ms,
    process_join_ms,
    remove_ms,
    remove_cpu_ms,
    process_remove_ms,
    process_remove_cpu_ms,
    join_bytes: joined.commit.length,
    remove_bytes: removed.commit.length,
    info_bytes: current.info.length,
    tree_bytes: current.tree.length,
  };
}

const measured = [];
for (const size of sizes.length > 0 ? sizes : [10, 100, 200, 500]) measured.push(await measure(size));
const atGoal = measured.filter(({ members }) => members === GOALS_AT);
const passed = atGoal.every((size) => Object.entries(GOALS).every(([name, goal]) => size[name] <= goal));
console.log(JSON.stringify({ bench: "group", language: "typescript", goals_at_200: GOALS, passed, sizes: measured }));
