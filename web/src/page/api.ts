/** Asks the server about accounts: JSON in, JSON out, and every answer is one of a few outcomes. */

export type Answer =
  | { ok: true; data: Readonly<Record<string, unknown>> }
  | { ok: false; reason: string; seconds: number };

const UNREACHABLE: Answer = { ok: false, reason: "unreachable", seconds: 0 };

/** A request to our own origin. What is no answer of ours counts as none. */
export async function ask(method: string, path: string, body?: object): Promise<Answer> {
  try {
    const answer = await fetch(`/api${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
    });
    const data: unknown = await answer.json();
    if (!isObject(data)) return UNREACHABLE;
    if (answer.ok) return { ok: true, data };
    const seconds = Number(answer.headers.get("retry-after") ?? 0);
    return { ok: false, reason: text(data.reason), seconds: Number.isFinite(seconds) ? seconds : 0 };
  } catch {
    return UNREACHABLE;
  }
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** The octets of an id, which the server spells in hexadecimal. */
export function octetsOf(id: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(id.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

export function number(value: unknown): number {
  return typeof value === "number" ? value : 0;
}

/** The objects of a list; what is none of them is left out. */
export function objects(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

export function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
}
