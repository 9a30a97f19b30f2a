// A driver of one implementation: `node main.mjs typescript` or `node main.mjs ts-mls`. Orders come in on standard input, one
// JSON object a line, answers go out on standard output.
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { runnerImport } from "vite";

const load = async (file) => (await runnerImport(fileURLToPath(new URL(file, import.meta.url)))).module;
const { Crew, reasonOf } = await load("orders.ts");
const { IMPLEMENTATION } = await load(process.argv[2] === "ts-mls" ? "tsmls.ts" : "own.ts");

// Node asks of every key whether it is an object of its own by letting it throw: the trace costs more than the MAC.
Error.stackTraceLimit = 0;

const crew = new Crew(IMPLEMENTATION);
for await (const line of createInterface({ input: process.stdin })) {
  const answer = await crew.follow(JSON.parse(line)).then(
    (value) => ({ ok: value ?? null }),
    (error) => ({ refused: reasonOf(error) }),
  );
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
