/**
 * Control messages: JSON text, one typed object each (spec/wire.md section 2).
 * Groups, infos, trees, commits, charters, doors and meetings are bytes; seats and tokens are their b64 text, because
 * they serve as names.
 */

import { b64Encode } from "./b64";
import type { CloseReason, RefusalReason } from "./errors";
import { CLOSE_CODES, REFUSALS, WireError } from "./errors";
import {
  aList,
  aNatural,
  anEntryCode,
  anObject,
  aSeat,
  aToken,
  type Check,
  isObject,
  oneOf,
  orNull,
  someBytes,
  tagged,
} from "./fields";
import type { Stream } from "./header";
import {
  ACCOUNT_IDENTITY_SIZE,
  ADMISSION_SIZE,
  DOOR_SIZE,
  GUEST_IDENTITY_SIZE,
  LEAF_KEY_SIZE,
  MAX_CHARTER,
  MAX_CLIENT_TEXT,
  MAX_COMMIT,
  MAX_GROUP,
  MAX_INFO,
  MAX_SERVER_TEXT,
  MAX_TREE,
  MEETING_SIZE,
  MIN_GROUP,
  VERSION,
} from "./limits";
import { utf8Length } from "./utf8";

// From a client

export interface ResumeRequest {
  seat: string;
  token: string;
  epoch: number;
}
export interface Hello {
  t: "hello";
  v: 1;
  meeting: Uint8Array;
  door: Uint8Array;
  resume?: ResumeRequest;
  /** The eight digits of a guest's invitation (spec/plans.md). */
  code?: string;
}
export interface Create {
  t: "create";
  group: Uint8Array;
  info: Uint8Array;
  tree: Uint8Array; // the content of a ratchet_tree extension (RFC 9420 section 12.4.3.3)
}
export interface Commit {
  t: "commit";
  commit: Uint8Array;
  info: Uint8Array; // GroupInfo of the epoch it makes
}
/** Who asks to come in: the identity of the leaf that would come, and its signature key. */
export interface Knock {
  t: "knock";
  identity: Uint8Array;
  key: Uint8Array;
}
/** This member lets somebody in who knocked. */
export interface Admit {
  t: "admit";
  seat: string;
  admission: Uint8Array;
}
/** This member does not let somebody in who knocked. */
export interface Refuse {
  t: "refuse";
  seat: string;
}
/** This member could not apply the commit that starts from `epoch`. */
export interface Nack {
  t: "nack";
  epoch: number;
}
export interface RefreshRequest {
  t: "refresh";
  seat: string;
  stream: Stream;
  rendition: number;
}
export interface Ping {
  t: "ping";
  n: number;
}
export interface Leave {
  t: "leave";
}
export type ClientMessage = Hello | Create | Commit | Knock | Admit | Refuse | Nack | RefreshRequest | Ping | Leave;

// From the server

export interface Welcome {
  t: "welcome";
  v: 1;
  seat: string;
  token: string;
  /** What the meeting's maker fixed (spec/policy.md). */
  charter: Uint8Array;
}
/** What somebody waits for: to say who it is, to be admitted, for the lock to open, for the meeting to begin. */
export type WaitsFor = "present" | "admission" | "locked" | "closed";
/** Not yet. `someone`: somebody is there who may let people in. */
export interface Wait {
  t: "wait";
  why: WaitsFor;
  someone: boolean;
}
/** A member lets us in: our commit carries this. A turn follows. */
export interface Admitted {
  t: "admitted";
  admission: Uint8Array;
}
/** To members who may admit: somebody knocks. */
export interface KnockNotice {
  t: "knock";
  seat: string;
  identity: Uint8Array;
  key: Uint8Array;
}
/** Somebody knocks no longer. */
export interface Unknock {
  t: "unknock";
  seat: string;
}
export interface GroupState {
  group: Uint8Array;
  epoch: number;
  info: Uint8Array;
  tree: Uint8Array;
}
/** It is our turn to come in: join this group by an external commit, or make one when there is none. */
export interface Turn {
  t: "turn";
  group: GroupState | null;
}
export interface PastCommit {
  epoch: number;
  seat: string;
  commit: Uint8Array;
}
export interface Resumed {
  t: "resumed";
  token: string; // the next one
  epoch: number;
  commits: PastCommit[]; // those that start at the client's epoch and later
  gone: string[];
  away: string[];
}
export interface Accepted {
  t: "accepted";
  epoch: number; // the new one
}
export interface CommitNotice {
  t: "commit";
  epoch: number; // from which it starts
  seat: string;
  commit: Uint8Array;
}
export interface Refused {
  t: "refused";
  of: "create" | "commit" | "refresh" | "admit";
  reason: RefusalReason;
}
/** The commit that started from `epoch` is withdrawn: that epoch is in force again. */
export interface Reopened {
  t: "reopened";
  epoch: number;
}
export interface Away {
  t: "away";
  seat: string;
}
export interface Back {
  t: "back";
  seat: string;
}
export interface Gone {
  t: "gone";
  seat: string;
}
export interface RefreshNotice {
  t: "refresh";
  stream: Stream;
  rendition: number;
}
export interface Pong {
  t: "pong";
  n: number;
}
export interface Bye {
  t: "bye";
  reason: CloseReason;
}
export type ServerMessage =
  | Welcome
  | Wait
  | Admitted
  | KnockNotice
  | Unknock
  | Turn
  | Resumed
  | Accepted
  | CommitNotice
  | Refused
  | Reopened
  | Away
  | Back
  | Gone
  | RefreshNotice
  | Pong
  | Bye;

const aVersion = oneOf<1>([VERSION]);
const aStream = oneOf<Stream>([0, 1, 2, 3]);
const aRendition = oneOf([0, 1, 2]);
const aGroup = someBytes(MIN_GROUP, MAX_GROUP);
const anInfo = someBytes(1, MAX_INFO, "too-large");
const aTree = someBytes(1, MAX_TREE, "too-large");
const aCommit = someBytes(1, MAX_COMMIT, "too-large");
const aCharter = someBytes(1, MAX_CHARTER);
const anIdentity = someBytes(GUEST_IDENTITY_SIZE, ACCOUNT_IDENTITY_SIZE);
const aLeafKey = someBytes(LEAF_KEY_SIZE, LEAF_KEY_SIZE);
const anAdmission = someBytes(ADMISSION_SIZE, ADMISSION_SIZE);
const waitsFor = oneOf<WaitsFor>(["present", "admission", "locked", "closed"]);
const aGroupState = anObject<GroupState>({ group: aGroup, epoch: aNatural, info: anInfo, tree: aTree });
const aPastCommit = anObject<PastCommit>({ epoch: aNatural, seat: aSeat, commit: aCommit });
const aResumeRequest = anObject<ResumeRequest>({ seat: aSeat, token: aToken, epoch: aNatural });
const aCloseReason = oneOf(Object.keys(CLOSE_CODES) as CloseReason[]);

const CLIENT: ReadonlyMap<string, Check<ClientMessage>> = new Map<string, Check<ClientMessage>>([
  [
    "hello",
    tagged<Hello>(
      "hello",
      { v: aVersion, meeting: someBytes(MEETING_SIZE, MEETING_SIZE), door: someBytes(DOOR_SIZE, DOOR_SIZE) },
      { resume: aResumeRequest, code: anEntryCode },
    ),
  ],
  ["create", tagged<Create>("create", { group: aGroup, info: anInfo, tree: aTree })],
  ["commit", tagged<Commit>("commit", { commit: aCommit, info: anInfo })],
  ["knock", tagged<Knock>("knock", { identity: anIdentity, key: aLeafKey })],
  ["admit", tagged<Admit>("admit", { seat: aSeat, admission: anAdmission })],
  ["refuse", tagged<Refuse>("refuse", { seat: aSeat })],
  ["nack", tagged<Nack>("nack", { epoch: aNatural })],
  ["refresh", tagged<RefreshRequest>("refresh", { seat: aSeat, stream: aStream, rendition: aRendition })],
  ["ping", tagged<Ping>("ping", { n: aNatural })],
  ["leave", tagged<Leave>("leave", {})],
]);

const SERVER: ReadonlyMap<string, Check<ServerMessage>> = new Map<string, Check<ServerMessage>>([
  ["welcome", tagged<Welcome>("welcome", { v: aVersion, seat: aSeat, token: aToken, charter: aCharter })],
  ["wait", tagged<Wait>("wait", { why: waitsFor, someone: oneOf([true, false]) })],
  ["admitted", tagged<Admitted>("admitted", { admission: anAdmission })],
  ["knock", tagged<KnockNotice>("knock", { seat: aSeat, identity: anIdentity, key: aLeafKey })],
  ["unknock", tagged<Unknock>("unknock", { seat: aSeat })],
  ["turn", tagged<Turn>("turn", { group: orNull(aGroupState) })],
  [
    "resumed",
    tagged<Resumed>("resumed", {
      token: aToken,
      epoch: aNatural,
      commits: aList(aPastCommit),
      gone: aList(aSeat),
      away: aList(aSeat),
    }),
  ],
  ["accepted", tagged<Accepted>("accepted", { epoch: aNatural })],
  ["commit", tagged<CommitNotice>("commit", { epoch: aNatural, seat: aSeat, commit: aCommit })],
  [
    "refused",
    tagged<Refused>("refused", { of: oneOf(["create", "commit", "refresh", "admit"]), reason: oneOf(REFUSALS) }),
  ],
  ["reopened", tagged<Reopened>("reopened", { epoch: aNatural })],
  ["away", tagged<Away>("away", { seat: aSeat })],
  ["back", tagged<Back>("back", { seat: aSeat })],
  ["gone", tagged<Gone>("gone", { seat: aSeat })],
  ["refresh", tagged<RefreshNotice>("refresh", { stream: aStream, rendition: aRendition })],
  ["pong", tagged<Pong>("pong", { n: aNatural })],
  ["bye", tagged<Bye>("bye", { reason: aCloseReason })],
]);

/** Read a message from a client; throws WireError (malformed, too-large, unknown-kind, bad-version). */
export function decodeClient(text: string): ClientMessage {
  return decode(text, MAX_CLIENT_TEXT, CLIENT);
}

/** Read a message from the server; throws WireError (malformed, too-large, unknown-kind, bad-version). */
export function decodeServer(text: string): ServerMessage {
  return decode(text, MAX_SERVER_TEXT, SERVER);
}

/** Write a client's message as JSON. */
export function encodeClient(message: ClientMessage): string {
  return encode(message);
}

/** Write a server's message as JSON. */
export function encodeServer(message: ServerMessage): string {
  return encode(message);
}

function decode<T>(text: string, limit: number, types: ReadonlyMap<string, Check<T>>): T {
  if (text.length > limit || utf8Length(text) > limit) throw new WireError("too-large");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new WireError("malformed");
  }
  if (!isObject(value) || typeof value.t !== "string") throw new WireError("malformed");
  const check = types.get(value.t);
  if (check === undefined) throw new WireError("unknown-kind");
  const versioned = value.t === "hello" || value.t === "welcome";
  if (versioned && typeof value.v === "number" && value.v !== VERSION) throw new WireError("bad-version");
  return check(value);
}

function encode(message: ClientMessage | ServerMessage): string {
  return JSON.stringify(message, (_name, value: unknown) => (value instanceof Uint8Array ? b64Encode(value) : value));
}
