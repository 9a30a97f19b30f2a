/** The charter: what a meeting's planner fixed, authenticated under the link secret (spec/policy.md section 2). */

import { decode, type Reader, u8, u16, Value, vector } from "../mls/codec";
import { MlsError } from "../mls/errors";
import { isEd25519Key } from "../mls/suites";
import { concat, equal, join, nameOf } from "../octets";
import { MEETING_SIZE } from "../wire/limits";
import { demand, PolicyError } from "./errors";
import { ALL, includes, type Rights } from "./rights";

const VERSION = 1;
export const SUBJECT_SIZE = 16;
export const KEY_SIZE = 32;
export const TAG_SIZE = 32;
export const MAX_ORGANISERS = 32;
/** Octets of a charter with its tag. */
export const MAX_CHARTER = 1_024;

/** Who comes in without being admitted. Organisers always do. */
export const Door = { OPEN: 0, GUESTS_KNOCK: 1, ALL_KNOCK: 2, LOCKED: 3 } as const;
export type Door = (typeof Door)[keyof typeof Door];

/** Who may make the group, and so begin without anybody else. */
export const Opens = { ANYBODY: 0, ACCOUNTS: 1, ORGANISERS: 2 } as const;
export type Opens = (typeof Opens)[keyof typeof Opens];

export interface CharterFields {
  /** 16 octets. */
  readonly meeting: Uint8Array;
  /** The Ed25519 key (32 octets) that certifies accounts, or none of it. */
  readonly houseKey: Uint8Array;
  /** The security level's number. */
  readonly level: number;
  readonly door: Door;
  readonly opens: Opens;
  readonly everybody: Rights;
  /** Subjects of 16 octets, rising. */
  readonly organisers: readonly Uint8Array[];
  /** 32 octets, which only holders of the link can make and check. */
  readonly tag: Uint8Array;
}

/** What is fixed before anybody comes. */
export class Charter extends Value implements CharterFields {
  readonly meeting: Uint8Array;
  readonly houseKey: Uint8Array;
  readonly level: number;
  readonly door: Door;
  readonly opens: Opens;
  readonly everybody: Rights;
  readonly organisers: readonly Uint8Array[];
  readonly tag: Uint8Array;
  #body: Uint8Array | undefined;

  constructor(fields: CharterFields) {
    super();
    this.meeting = fields.meeting;
    this.houseKey = fields.houseKey;
    this.level = fields.level;
    this.door = fields.door;
    this.opens = fields.opens;
    this.everybody = fields.everybody;
    this.organisers = fields.organisers;
    this.tag = fields.tag;
  }

  /** Everything but the tag, which is made over it. */
  get body(): Uint8Array {
    this.#body ??= concat(
      u8(VERSION),
      this.meeting,
      vector(this.houseKey),
      u8(this.level),
      u8(this.door),
      u8(this.opens),
      u16(this.everybody),
      vector(join(this.organisers)),
    );
    return this.#body;
  }

  protected write(): Uint8Array {
    return concat(this.body, this.tag);
  }

  /** Reads a charter; throws `PolicyError`. Its tag is checked by those who can. */
  static read(octets: Uint8Array): Charter {
    demand(octets.length <= MAX_CHARTER, "malformed");
    return readWhole(octets, read);
  }
}

function read(reader: Reader): Charter {
  demand(reader.u8() === VERSION, "malformed");
  const meeting = reader.take(MEETING_SIZE);
  const houseKey = reader.vector();
  demand(houseKey.length === 0 || isEd25519Key(houseKey), "malformed");
  const charter = new Charter({
    meeting,
    houseKey,
    level: reader.u8(),
    door: readDoor(reader),
    opens: readOpens(reader),
    everybody: readRights(reader),
    organisers: readSubjects(reader),
    tag: reader.take(TAG_SIZE),
  });
  checkOrganisers(charter.organisers);
  return charter;
}

/** Reads one value that fills `octets`; throws `PolicyError`. */
export function readWhole<T>(octets: Uint8Array, read: (reader: Reader) => T): T {
  try {
    return decode(octets, read);
  } catch (error) {
    if (error instanceof MlsError) throw new PolicyError("malformed");
    throw error;
  }
}

/** Reads how a door stands. */
export function readDoor(reader: Reader): Door {
  const value = reader.u8();
  demand(value <= Door.LOCKED, "malformed");
  return value as Door;
}

function readOpens(reader: Reader): Opens {
  const value = reader.u8();
  demand(value <= Opens.ORGANISERS, "malformed");
  return value as Opens;
}

/** Reads a set of rights; a bit that stands for none is malformed. */
export function readRights(reader: Reader): Rights {
  const value = reader.u16();
  demand(includes(ALL, value), "malformed");
  return value;
}

/** Reads subjects; they rise, so that each stands there once and in one order. */
export function readSubjects(reader: Reader): readonly Uint8Array[] {
  const octets = reader.vector();
  demand(octets.length % SUBJECT_SIZE === 0, "malformed");
  const subjects = Array.from({ length: octets.length / SUBJECT_SIZE }, (_, at) =>
    octets.subarray(at * SUBJECT_SIZE, (at + 1) * SUBJECT_SIZE),
  );
  demand(rise(subjects), "malformed");
  return subjects;
}

/** Says whether each subject is above the one before it. */
export function rise(subjects: readonly Uint8Array[]): boolean {
  const names = subjects.map(nameOf);
  return names.every((name, at) => at === 0 || (names[at - 1] ?? name) < name);
}

/** Checks that there is somebody who manages, and not more than there may be. */
export function checkOrganisers(organisers: readonly Uint8Array[]): void {
  demand(organisers.length <= MAX_ORGANISERS, "malformed");
  demand(organisers.length > 0, "no-organiser");
}

/** Says whether a subject is one of several. */
export function isAmong(subject: Uint8Array, subjects: readonly Uint8Array[]): boolean {
  return subjects.some((one) => equal(one, subject));
}
