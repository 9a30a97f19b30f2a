/** The policy: who may do what now. It stands in the GroupContext, and each change is a commit (spec/policy.md). */

import { type Reader, u8, u16, Value, vector, vectors } from "../mls/codec";
import { concat, join, nameOf } from "../octets";
import {
  Charter,
  checkOrganisers,
  type Door,
  isAmong,
  MAX_CHARTER,
  MAX_ORGANISERS,
  readDoor,
  readRights,
  readSubjects,
  readWhole,
  rise,
  SUBJECT_SIZE,
} from "./charter";
import { demand } from "./errors";
import { ALL, NONE, type Rights } from "./rights";

const VERSION = 1;
export const MAX_ENTRIES = 512;
/** Octets of a policy. */
export const MAX_POLICY = MAX_CHARTER + 16 * MAX_ORGANISERS + 19 * MAX_ENTRIES + 32;

/** What holds for one subject (16 octets) instead of everybody's rights; who is barred does not come in again. */
export class Entry extends Value {
  constructor(
    readonly subject: Uint8Array,
    readonly rights: Rights,
    readonly barred: boolean,
  ) {
    super();
  }

  protected write(): Uint8Array {
    return concat(this.subject, u16(this.rights), writeFlag(this.barred));
  }

  static read(reader: Reader): Entry {
    return new Entry(reader.take(SUBJECT_SIZE), readRights(reader), readFlag(reader));
  }
}

export interface PolicyFields {
  readonly charter: Charter;
  /** Subjects of 16 octets, rising. */
  readonly organisers: readonly Uint8Array[];
  readonly door: Door;
  readonly frozen: boolean;
  readonly everybody: Rights;
  /** Rising by their subjects, none of whom is an organiser. */
  readonly entries: readonly Entry[];
}

/** Who may do what, as the octets of the extension say it. */
export class Policy extends Value implements PolicyFields {
  readonly charter: Charter;
  readonly organisers: readonly Uint8Array[];
  readonly door: Door;
  readonly frozen: boolean;
  readonly everybody: Rights;
  readonly entries: readonly Entry[];
  #bySubject: ReadonlyMap<string, Entry> | undefined;

  constructor(fields: PolicyFields) {
    super();
    this.charter = fields.charter;
    this.organisers = fields.organisers;
    this.door = fields.door;
    this.frozen = fields.frozen;
    this.everybody = fields.everybody;
    this.entries = fields.entries;
  }

  /** The policy of a group's first epoch. */
  static first(charter: Charter): Policy {
    const { organisers, door, everybody } = charter;
    return new Policy({ charter, organisers, door, frozen: false, everybody, entries: [] });
  }

  protected write(): Uint8Array {
    return concat(
      u8(VERSION),
      vector(this.charter.encoded),
      vector(join(this.organisers)),
      u8(this.door),
      writeFlag(this.frozen),
      u16(this.everybody),
      vectors(this.entries),
    );
  }

  /** Reads a policy; throws `PolicyError`. */
  static read(octets: Uint8Array): Policy {
    demand(octets.length <= MAX_POLICY, "malformed");
    return readWhole(octets, read);
  }

  /** What holds for a subject that is no organiser. */
  entry(subject: Uint8Array): Entry {
    this.#bySubject ??= new Map(this.entries.map((entry) => [nameOf(entry.subject), entry]));
    return this.#bySubject.get(nameOf(subject)) ?? new Entry(subject, this.everybody, false);
  }

  /** What a subject may do now. While the room is frozen only organisers may do anything. */
  rights(subject: Uint8Array): Rights {
    if (isAmong(subject, this.organisers)) return ALL;
    const entry = this.entry(subject);
    return this.frozen || entry.barred ? NONE : entry.rights;
  }

  /** A policy in which this holds for a subject. */
  withEntry(entry: Entry): Policy {
    const name = nameOf(entry.subject);
    const below = this.entries.filter((one) => nameOf(one.subject) < name);
    const above = this.entries.filter((one) => nameOf(one.subject) > name);
    return new Policy({ ...this, entries: [...below, entry, ...above] });
  }
}

function read(reader: Reader): Policy {
  demand(reader.u8() === VERSION, "malformed");
  const policy = new Policy({
    charter: Charter.read(reader.vector()),
    organisers: readSubjects(reader),
    door: readDoor(reader),
    frozen: readFlag(reader),
    everybody: readRights(reader),
    entries: reader.items(Entry.read),
  });
  checkOrganisers(policy.organisers);
  const subjects = policy.entries.map((entry) => entry.subject);
  demand(subjects.length <= MAX_ENTRIES && rise(subjects), "malformed");
  demand(!policy.organisers.some((organiser) => isAmong(organiser, subjects)), "malformed");
  return policy;
}

function readFlag(reader: Reader): boolean {
  const value = reader.u8();
  demand(value <= 1, "malformed");
  return value === 1;
}

function writeFlag(flag: boolean): Uint8Array {
  return u8(flag ? 1 : 0);
}
