/** What a field of a control message may hold. A check returns the value that it read, or throws WireError. */

import { b64Decode } from "./b64";
import { type CloseReason, WireError } from "./errors";
import { MAX_INTEGER } from "./limits";

export type Check<T> = (value: unknown) => T;
type Shape<T> = { readonly [K in keyof T]-?: Check<T[K]> };
type OptionalKeys<T> = { [K in keyof T]-?: Record<string, never> extends Pick<T, K> ? K : never }[keyof T];

export const aNatural: Check<number> = (value) => {
  if (typeof value !== "number" || !Number.isInteger(value) || value < 0 || value > MAX_INTEGER) {
    throw new WireError("malformed");
  }
  return value;
};

/** The last character of a canonical text carries 2 bits of 16 bytes, or 4 of 32: only some characters end one. */
export const aSeat = aMatch(/^[A-Za-z0-9_-]{21}[AQgw]$/);
export const aToken = aMatch(/^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/);

export const anEntryCode = aMatch(/^[0-9]{8}$/);

function aMatch(pattern: RegExp): Check<string> {
  return (value) => {
    if (typeof value !== "string" || !pattern.test(value)) throw new WireError("malformed");
    return value;
  };
}

/** Canonical b64 of `least` to `most` bytes; more of them has its own reason for fields that may be large. */
export function someBytes(
  least: number,
  most: number,
  over: CloseReason = "malformed",
): Check<Uint8Array<ArrayBuffer>> {
  return (value) => {
    const data = typeof value === "string" ? b64Decode(value) : null;
    if (data === null || data.length < least) throw new WireError("malformed");
    if (data.length > most) throw new WireError(over);
    return data;
  };
}

export function oneOf<const T>(values: readonly T[]): Check<T> {
  return (value) => {
    const found = values.find((known) => known === value);
    if (found === undefined) throw new WireError("malformed");
    return found;
  };
}

export function orNull<T>(check: Check<T>): Check<T | null> {
  return (value) => (value === null ? null : check(value));
}

export function aList<T>(check: Check<T>): Check<T[]> {
  return (value) => {
    if (!Array.isArray(value)) throw new WireError("malformed");
    return value.map(check);
  };
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** An object with exactly these fields; an optional one may be absent or null, and is then absent from the result. */
export function anObject<T extends object>(
  shape: Shape<Omit<T, OptionalKeys<T>>>,
  optional?: Partial<Shape<Pick<T, OptionalKeys<T>>>>,
): Check<T> {
  const required = new Map<string, Check<unknown>>(Object.entries(shape));
  const known = new Map(required);
  for (const [name, check] of Object.entries(optional ?? {})) known.set(name, check as Check<unknown>);
  return (value) => {
    if (!isObject(value)) throw new WireError("malformed");
    const read: [string, unknown][] = [];
    for (const [name, held] of Object.entries(value)) {
      const check = known.get(name);
      if (check === undefined) throw new WireError("malformed");
      if (held !== null || required.has(name)) read.push([name, check(held)]);
    }
    const present = new Set(read.map(([name]) => name));
    for (const name of required.keys()) if (!present.has(name)) throw new WireError("malformed");
    return Object.fromEntries(read) as T;
  };
}

/** A message whose field `t` is this. */
export function tagged<T extends { t: string }>(
  t: T["t"],
  shape: Shape<Omit<T, OptionalKeys<T> | "t">>,
  optional?: Partial<Shape<Pick<T, OptionalKeys<T>>>>,
): Check<T> {
  return anObject<T>({ t: oneOf([t]), ...shape } as unknown as Shape<Omit<T, OptionalKeys<T>>>, optional);
}
