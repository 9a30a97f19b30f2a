/** An admission: a member with the right to admit lets one leaf in, for a short while (spec/policy.md section 4). */

import { type Reader, u8, u32, u64, Value } from "../mls/codec";
import { ascii, concat } from "../octets";
import { MEETING_SIZE, SEAT_SIZE } from "../wire/limits";
import { KEY_SIZE, readWhole, SUBJECT_SIZE } from "./charter";
import { demand } from "./errors";
import { SIGNATURE_SIZE, type Verify } from "./person";

const VERSION = 1;
export const ADMISSION_SIZE = 1 + MEETING_SIZE + SEAT_SIZE + SUBJECT_SIZE + KEY_SIZE + 8 + 4 + SIGNATURE_SIZE;
/** How long after it was made an admission may be used; one that names a later end is refused. */
export const LIFETIME_MS = 120_000;
/** How wrong a member's clock may be: whoever refuses what the others accept is out. The server allows half of it. */
export const SKEW_MS = 600_000;
const LABEL = ascii("aparte/1 admission\0");

export interface AdmissionFields {
  readonly meeting: Uint8Array;
  readonly seat: Uint8Array;
  readonly subject: Uint8Array;
  /** The signature key of the leaf that comes. */
  readonly leafKey: Uint8Array;
  /** Milliseconds since 1970. */
  readonly until: bigint;
  /** The leaf index of the member whose leaf key signed it. */
  readonly admitter: number;
  readonly signature: Uint8Array;
}

/** Who may come in, and until when. */
export class Admission extends Value implements AdmissionFields {
  readonly meeting: Uint8Array;
  readonly seat: Uint8Array;
  readonly subject: Uint8Array;
  readonly leafKey: Uint8Array;
  readonly until: bigint;
  readonly admitter: number;
  readonly signature: Uint8Array;

  constructor(fields: AdmissionFields) {
    super();
    this.meeting = fields.meeting;
    this.seat = fields.seat;
    this.subject = fields.subject;
    this.leafKey = fields.leafKey;
    this.until = fields.until;
    this.admitter = fields.admitter;
    this.signature = fields.signature;
  }

  /** What the admitter signs. */
  get content(): Uint8Array {
    return concat(LABEL, this.#fields());
  }

  #fields(): Uint8Array {
    return concat(this.meeting, this.seat, this.subject, this.leafKey, u64(this.until), u32(this.admitter));
  }

  protected write(): Uint8Array {
    return concat(u8(VERSION), this.#fields(), this.signature);
  }

  /** Reads an admission; throws `PolicyError(malformed)`. */
  static read(octets: Uint8Array): Admission {
    demand(octets.length === ADMISSION_SIZE, "malformed");
    return readWhole(octets, read);
  }

  /** Checks the signature; throws `PolicyError`. */
  async verify(verify: Verify, admitterKey: Uint8Array): Promise<void> {
    demand(await verify(admitterKey, this.content, this.signature), "not-authentic");
  }

  /** Checks that it is in force at `now`, give or take `skew` (milliseconds); throws `PolicyError`. */
  checkTime(now: number, skew: number): void {
    demand(now - skew <= this.until && this.until <= now + LIFETIME_MS + skew, "expired");
  }
}

function read(reader: Reader): Admission {
  demand(reader.u8() === VERSION, "malformed");
  return new Admission({
    meeting: reader.take(MEETING_SIZE),
    seat: reader.take(SEAT_SIZE),
    subject: reader.take(SUBJECT_SIZE),
    leafKey: reader.take(KEY_SIZE),
    until: reader.u64(),
    admitter: reader.u32(),
    signature: reader.take(SIGNATURE_SIZE),
  });
}
