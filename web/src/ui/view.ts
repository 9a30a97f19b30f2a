/** What the screens need from the session and the devices, as signals: the page fills them from the network, the gallery by hand. */
import type { ReadonlySignal } from "@preact/signals";
import type { Counters, EndReason, FromWorker, Person, Phase } from "../worker/messages";

/** What keeps a camera or a microphone from working, or that it works. */
export type DeviceState = "off" | "starting" | "on" | "denied" | "none" | "busy" | "failed";

export type DeviceKind = "camera" | "microphone" | "speaker";

export interface DeviceChoice {
  id: string;
  label: string; // empty until the person has allowed the page to use devices
}

export interface DevicesView {
  readonly camera: ReadonlySignal<DeviceState>;
  readonly microphone: ReadonlySignal<DeviceState>;
  readonly preview: ReadonlySignal<MediaStream | null>; // one's own camera
  readonly level: ReadonlySignal<number>; // of the microphone, 0 to 1
  readonly choices: ReadonlySignal<Record<DeviceKind, readonly DeviceChoice[]>>;
  readonly chosen: ReadonlySignal<Record<DeviceKind, string>>; // "" is the system's choice
  setCamera(on: boolean): void;
  setMic(on: boolean): void;
  choose(kind: DeviceKind, id: string): void;
}

/** What another person's pictures are drawn on, made once and kept as long as the person is there. */
export type Picture = HTMLVideoElement | HTMLCanvasElement;

export type Warning = Extract<FromWorker, { t: "warning" }> & { id: number };

/** The names of the rights (core/policy/rights, spec/policy.md section 1). */
export type RightName =
  | "sound:send"
  | "camera:send"
  | "screen:send"
  | "file:send"
  | "chat:send"
  | "board:draw"
  | "person:admit"
  | "person:remove"
  | "right:change"
  | "door:change"
  | "room:freeze"
  | "organiser:change";

export type DoorName = "open" | "guests-knock" | "all-knock" | "locked";

export interface RoomState {
  door: DoorName;
  frozen: boolean;
  mine: ReadonlySet<RightName>; // what one may do now: nothing while the room is frozen, unless one is an organiser
  everybody: ReadonlySet<RightName>; // what holds for whoever has no entry of their own
}

/** Somebody before the door, for those who may let them in; as in `Person`. */
export interface Knock {
  seat: string; // b64
  name: string;
  label: string;
  guest: boolean;
}

/** Why one is not inside yet, while one waits before the door. */
export interface Waiting {
  why: "present" | "admission" | "locked" | "closed"; // `wait` of spec/wire.md
  someone: boolean; // somebody is there who may let one in
  opens: "anybody" | "accounts" | "organisers"; // who may begin the meeting, from the charter
}

/** What became of an action: the group carries it, or a stable reason why not. */
export type Outcome = "done" | (string & {});

/** What those who have the rights for it may do; subjects and seats as in `Person` and `Knock`. */
export interface Actions {
  admit(seat: string): Promise<Outcome>;
  refuse(seat: string): Promise<Outcome>;
  give(subject: string, right: RightName): Promise<Outcome>;
  take(subject: string, right: RightName): Promise<Outcome>;
  /** Takes a right from everybody's, and from everyone who has it by an entry; organisers keep theirs. */
  takeFromAll(right: RightName): Promise<Outcome>;
  /** Gives a right to everybody, and to everyone who has an entry. */
  giveToAll(right: RightName): Promise<Outcome>;
  remove(subject: string, bar: boolean): Promise<Outcome>;
  organise(subject: string, yes: boolean): Promise<Outcome>;
  setDoor(door: DoorName): Promise<Outcome>;
  freeze(): Promise<Outcome>;
  thaw(): Promise<Outcome>;
}

export interface RoomView {
  readonly state: ReadonlySignal<RoomState>;
  readonly knocks: ReadonlySignal<readonly Knock[]>; // in the order in which they came
  readonly waiting: ReadonlySignal<Waiting | null>; // null: inside, or nothing keeps one from coming in
  readonly act: Actions;
}

/** Whether one has compared keys with somebody; changed: with one of the same account or name, under another key. */
export type Compared = "yes" | "no" | "changed";

/** One's own marks, which nobody else sees. While it is "changed", nothing of the person plays. */
export interface ComparingView {
  of(person: Person): Compared;
  mark(person: Person): void;
  unmark(person: Person): void;
  /** Hears and sees a changed one without having compared. */
  goOn(person: Person): void;
}

/** A gesture that one has asked for, and not said yet what came of it. */
export interface OpenAsk {
  id: string;
  seat: string;
  personKey: string;
  name: string;
  gesture: number; // 0 to 11
}

export interface AskingView {
  readonly open: ReadonlySignal<readonly OpenAsk[]>;
  ask(person: Person): void;
  answer(ask: OpenAsk, asAsked: boolean): void;
  /** What one noted of the last gesture; null before one did. Nobody else sees it. */
  of(person: Person): boolean | null;
}

export interface MeetingView {
  readonly devices: DevicesView;
  readonly phase: ReadonlySignal<Phase>;
  readonly reason: ReadonlySignal<EndReason | null>;
  readonly people: ReadonlySignal<readonly Person[]>;
  readonly room: RoomView;
  readonly comparing: ComparingView;
  readonly asking: AskingView;
  readonly epoch: ReadonlySignal<{ epoch: string; code: string } | null>;
  readonly counters: ReadonlySignal<Counters | null>;
  readonly warnings: ReadonlySignal<readonly Warning[]>;
  readonly pictures: ReadonlySignal<ReadonlyMap<string, Picture>>; // by seat, of the others
  readonly soundBlocked: ReadonlySignal<boolean>; // the browser waits for a click before it plays
  readonly link: string; // with the secret: for copying only
  hear(): void;
  dismiss(warning: number): void;
  leave(): void;
}
