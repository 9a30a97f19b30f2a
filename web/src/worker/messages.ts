/** What the page and the session worker say to each other. The page never holds a media key: it hands over the link once and gets people, states and pictures back. */

import type { Door, Opens } from "../core/policy/charter";
import type { Rights } from "../core/policy/rights";
import type { WaitsFor } from "../core/wire/control";
import type { Doubt } from "../e2ee/attest/witness";
import type { Client } from "../e2ee/content";

/** Why a tile shows no picture; "live" means that it does. */
export type TileState =
  | "live"
  | "waiting" // no frame has come yet
  | "no-key" // frames come, and this epoch's keys do not open them
  | "cannot-decode" // frames open, and the decoder refuses them
  | "paused" // its owner switched the camera off
  | "away"; // its connection is cut

/** A gesture that somebody was asked for, while it is to be shown. */
export interface Asked {
  id: string; // of this ask alone
  by: string; // name
  mine: boolean; // we asked
  gesture: number; // 0 to 11 (spec/wire.md)
}

export interface Person {
  seat: string; // b64, from the leaf's credential
  leaf: number;
  name: string;
  label: string; // what the house says of an account; empty for a guest
  subject: string; // b64: whom rights are given to
  personKey: string; // hexadecimal: stays when the person leaves and comes back
  personCode: string; // what people compare of it (spec/keys.md), in the form of an epoch code
  guest: boolean; // no house answers for the name
  organiser: boolean;
  allowed: Rights; // what the group's policy lets it do, a freeze aside
  self: boolean;
  mic: boolean; // as its owner says, sealed
  camera: boolean;
  client: Client | null; // what kind of program it says that it is; null before its first word
  tile: TileState;
  sound: "live" | "waiting" | "no-key" | "cannot-decode" | "muted" | "away";
  speaking: boolean;
  level: number; // 0 to 1
  doubt: Doubt | null; // why what comes under this name is not proven to come from there; null while it is
  asked: Asked | null;
}

export type Phase = "connecting" | "joining" | "inside" | "cut" | "ended";

/** Why a session ended: reasons of spec/wire.md section 4, and these of the client's own. */
export type EndReason = string;

export interface Counters {
  sealed: number;
  opened: number;
  refused: Record<string, number>; // frames dropped before a decoder saw them, by reason (spec/sframe.md)
  commitsRefused: number;
  bytesUp: number;
  bytesDown: number;
  roundTripMs: number;
}

/** Whom a session speaks for. The private key signs for its leaves, and is one that no script reads where the browser has such keys. */
export interface Self {
  publicKey: Uint8Array<ArrayBuffer>; // Ed25519, 32 octets
  privateKey: CryptoKey | Uint8Array<ArrayBuffer>; // or its seed
  certificate: Uint8Array<ArrayBuffer> | null; // the house's word for an account (spec/policy.md section 3)
  name: string;
  label: string;
}

/** What the policy in force says of the room and of oneself. */
export interface Room {
  door: Door;
  frozen: boolean;
  mine: Rights; // what one may do now
  everybody: Rights; // what holds for whoever has no entry of their own
}

/** Somebody who knocks, and for whose name the person's own key and the house answer. */
export interface Knock {
  seat: string; // b64
  name: string;
  label: string; // empty for a guest
  guest: boolean;
}

/** What one waits for before the door; `someone`: somebody is there who may let people in. */
export interface Waiting {
  why: WaitsFor;
  someone: boolean;
  opens: Opens; // who may begin the meeting, by the charter
}

/** What one wants done: a knock answered, or another policy; subjects and seats are b64. */
export type Deed =
  | { do: "admit"; seat: string }
  | { do: "refuse"; seat: string }
  | { do: "give" | "take"; subject: string; rights: Rights }
  | { do: "give-all" | "take-all"; rights: Rights }
  | { do: "remove"; subject: string; bar: boolean }
  | { do: "organise" | "dismiss"; subject: string }
  | { do: "door"; door: Door }
  | { do: "freeze"; frozen: boolean };

/** Page to worker. */
export type ToWorker =
  | {
      t: "open";
      url: string;
      meeting: Uint8Array;
      secret: Uint8Array;
      person: Self;
      code: string | null; // a guest's entry code
      mic: boolean;
      camera: boolean;
    }
  | { t: "camera"; frames: ReadableStream<VideoFrame> | null } // transferred; null stops sending
  | { t: "microphone"; port: MessagePort | null } // transferred; messages are MicrophoneChunk
  | { t: "state"; mic: boolean; camera: boolean }
  | { t: "picture"; seat: string; frames: WritableStream<VideoFrame> | OffscreenCanvas | null } // where this person's pictures go
  | { t: "speaker"; seat: string; port: MessagePort | null } // to this person's playout worklet; messages are SoundChunk
  | { t: "deed"; id: number; deed: Deed } // answered by "done" with the same number
  | { t: "ask"; seat: string } // for a gesture, drawn here; without the right nothing happens
  | { t: "leave" };

/** Worker to page. */
export type FromWorker =
  | { t: "phase"; phase: Phase; reason: EndReason | null }
  | { t: "people"; people: Person[] }
  | { t: "room"; room: Room }
  | { t: "knocks"; knocks: Knock[] } // in the order in which they came
  | { t: "waiting"; waiting: Waiting | null } // null: nothing keeps one from coming in
  | { t: "done"; id: number; reason: string | null } // null: the group carries it
  | { t: "epoch"; epoch: string; code: string } // code: six groups of five digits, blank-separated
  | {
      t: "warning";
      kind: "commit-refused" | "full" | "encoder" | "forged" | "split" | "silent";
      text: string;
      by?: string | null;
    } // by: whom it concerns; of a commit that is the server's word, and null somebody who was coming in
  | { t: "counters"; counters: Counters };

/** 10 or 20 ms of interleaved-free mono sound from the capture worklet. */
export interface MicrophoneChunk {
  samples: Float32Array; // mono, transferred
  sampleRate: number;
  timeUs: number; // capture time of the first sample, same clock as video timestamps (performance.now() * 1000 + timeOrigin * 1000 of the page)
}

/** Decoded sound for the playout worklet. */
export interface SoundChunk {
  samples: Float32Array; // mono at 48 kHz, transferred
  timeUs: number; // the sender's capture time
}
