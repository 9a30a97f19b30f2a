/** A driver of one implementation: orders come in on standard input, one JSON object a line, answers go out on standard output. */
import { createInterface } from "node:readline";
import { Crew, reasonOf } from "./orders";

export async function drive(implementation: ConstructorParameters<typeof Crew>[0]): Promise<void> {
  // Node asks of every key whether it is an object of its own by letting it throw: the trace costs more than the MAC.
  Error.stackTraceLimit = 0;
  const crew = new Crew(implementation);
  for await (const line of createInterface({ input: process.stdin })) {
    const answer = await crew.follow(JSON.parse(line)).then(
      (value) => ({ ok: value ?? null }),
      (error: unknown) => ({ refused: reasonOf(error) }),
    );
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  }
}
