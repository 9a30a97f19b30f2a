/**
 * The presentation language of RFC 9420 section 2: integers, variable-size vectors (2.1.2), optional values.
 *
 * Every value has exactly one spelling: lengths must be minimal, presence octets 0 or 1, and nothing may follow. What is
 * read therefore encodes to the octets it came from.
 */

import { concat, join } from "../octets";
import { demand, MlsError, Rule } from "./errors";

/** What has one encoding. */
export interface Encodable {
  readonly encoded: Uint8Array;
}

/** An immutable value that is encoded when it is first asked for, and keeps its encoding. */
export abstract class Value implements Encodable {
  #encoded: Uint8Array | undefined;

  get encoded(): Uint8Array {
    this.#encoded ??= this.write();
    return this.#encoded;
  }

  protected abstract write(): Uint8Array;

  /** There is one spelling only, so what was read is what encoding would give. A tree has hundreds of values. */
  protected readFrom(octets: Uint8Array): this {
    this.#encoded = octets;
    return this;
  }
}

export function u8(value: number): Uint8Array {
  return Uint8Array.of(within(value, 2 ** 8));
}

export function u16(value: number): Uint8Array {
  return Uint8Array.of(within(value, 2 ** 16) >> 8, value);
}

export function u32(value: number): Uint8Array {
  return Uint8Array.of(within(value, 2 ** 32) >> 24, value >> 16, value >> 8, value);
}

export function u64(value: bigint): Uint8Array {
  if (value < 0n || value >= 2n ** 64n) throw new RangeError("not an integer of this size");
  const octets = new Uint8Array(8);
  new DataView(octets.buffer).setBigUint64(0, value);
  return octets;
}

/** Arrays of octets cut numbers silently; a number that does not fit is a mistake of ours. */
function within(value: number, limit: number): number {
  if (!Number.isInteger(value) || value < 0 || value >= limit) throw new RangeError("not an integer of this size");
  return value;
}

/** The shortest encoding of a length (1, 2 or 4 octets); `RangeError` from 2^30 on. */
export function varint(length: number): Uint8Array {
  if (length < 0x40) return u8(length);
  if (length < 0x4000) return u16(length | 0x4000);
  if (length < 0x4000_0000) return u32(length + 0x8000_0000);
  throw new RangeError("a vector has less than 2^30 octets");
}

/** `opaque octets<V>`. */
export function vector(octets: Uint8Array): Uint8Array {
  return concat(varint(octets.length), octets);
}

/** `T items<V>`. */
export function vectors(items: readonly Encodable[]): Uint8Array {
  return vector(join(items.map((item) => item.encoded)));
}

/** `uint16 values<V>`. */
export function u16s(values: readonly number[]): Uint8Array {
  return vector(join(values.map(u16)));
}

/** `uint32 values<V>`. */
export function u32s(values: readonly number[]): Uint8Array {
  return vector(join(values.map(u32)));
}

/** `optional<T>`. */
export function optional(value: Encodable | null): Uint8Array {
  return value === null ? u8(0) : concat(u8(1), value.encoded);
}

/** How many items all lists of a message or tree may have together: it bounds the work that hostile octets can cause. */
export const MAX_ITEMS = 2 ** 13;

/**
 * Reads octets from front to back; throws `MlsError(ENCODING)` for what is not there or not the only spelling. What it
 * returns are views of a copy of its own, so that whoever gave the octets may overwrite them.
 */
export class Reader {
  readonly #data: Uint8Array;
  readonly #view: DataView;
  #at = 0;
  #end: number;
  #items = 0;

  constructor(data: Uint8Array) {
    this.#data = new Uint8Array(data);
    this.#view = new DataView(this.#data.buffer);
    this.#end = data.length;
  }

  take(count: number): Uint8Array {
    const begin = this.#skip(count);
    return this.#data.subarray(begin, this.#at);
  }

  u8(): number {
    return this.#view.getUint8(this.#skip(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#skip(2));
  }

  u32(): number {
    return this.#view.getUint32(this.#skip(4));
  }

  u64(): bigint {
    return this.#view.getBigUint64(this.#skip(8));
  }

  /** A length: two bits say how many octets it has, and fewer must not do. */
  varint(): number {
    const first = this.u8();
    if (first < 0x40) return first;
    demand(first < 0xc0, Rule.ENCODING);
    let value = first & 0x3f;
    const size = first < 0x80 ? 2 : 4;
    for (const octet of this.take(size - 1)) value = (value << 8) | octet;
    demand(value >= (size === 2 ? 0x40 : 0x4000), Rule.ENCODING);
    return value;
  }

  /** `opaque<V>`. */
  vector(): Uint8Array {
    return this.take(this.varint());
  }

  /** `T<V>`. */
  items<T>(decode: (reader: Reader) => T): readonly T[] {
    const size = this.varint();
    const outer = this.#end;
    const end = this.#at + size;
    demand(end <= outer, Rule.ENCODING);
    this.#end = end;
    const found: T[] = [];
    while (this.#at < end) {
      this.#items += 1;
      demand(this.#items <= MAX_ITEMS, Rule.ENCODING);
      found.push(decode(this));
    }
    this.#end = outer;
    return found;
  }

  /** `uint16<V>`. */
  u16s(): readonly number[] {
    const octets = this.vector();
    demand(octets.length % 2 === 0, Rule.ENCODING);
    return Array.from(
      { length: octets.length / 2 },
      (_, at) => ((octets[2 * at] ?? 0) << 8) | (octets[2 * at + 1] ?? 0),
    );
  }

  /** `optional<T>`. */
  optional<T>(decode: (reader: Reader) => T): T | null {
    const present = this.u8();
    demand(present <= 1, Rule.ENCODING);
    return present === 1 ? decode(this) : null;
  }

  /** How many octets have been read. */
  get at(): number {
    return this.#at;
  }

  /** What has been read since `begin`. */
  since(begin: number): Uint8Array {
    return this.#data.subarray(begin, this.#at);
  }

  /** Everything that is left. */
  rest(): Uint8Array {
    return this.take(this.#end - this.#at);
  }

  /** Refuses when something is left. */
  end(): void {
    demand(this.#at === this.#end, Rule.ENCODING);
  }

  #skip(count: number): number {
    const begin = this.#at;
    if (begin + count > this.#end) throw new MlsError(Rule.ENCODING);
    this.#at = begin + count;
    return begin;
  }
}

/** Reads one value that fills `data`; throws `MlsError`. */
export function decode<T>(data: Uint8Array, read: (reader: Reader) => T): T {
  const reader = new Reader(data);
  const value = read(reader);
  reader.end();
  return value;
}
