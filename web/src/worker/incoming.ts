/**
 * What comes from the others: each frame is opened with the one key that its KID names, and only what opened reaches a decoder.
 * People are the leaves of the group; what a tile says about itself is worked out here.
 */
import type { Policy } from "../core/policy/policy";
import { type Header, Stream } from "../core/wire/header";
import { type Ask, type Client, Codec, ContentError, parseSound, parseState, parseVideo } from "../e2ee/content";
import type { MeetingGroup, Member } from "../e2ee/mls/meeting";
import { SealError } from "../e2ee/sframe/errors";
import { type Opened, Opener } from "../e2ee/sframe/opener";
import { SoundReceiver } from "../media/decode/sound";
import { VideoReceiver } from "../media/decode/video";
import type { Asked, Person, TileState } from "./messages";
import { forbiddenOf, standingOf } from "./persons";
import type { Proofs } from "./proofs";

export interface IncomingHost {
  now(): number; // ms, monotonic
  needKey(seat: string, stream: Stream, rendition: number): void;
  changed(): void;
  asked(from: Member, ask: Ask): void;
}

interface Sender {
  member: Member;
  mic: boolean;
  camera: boolean;
  client: Client | null;
  picture: VideoReceiver;
  sound: SoundReceiver;
  level: number;
  speaking: boolean;
  quietSince: number;
  /** When a camera or sound frame of this leaf last opened, and last did not. */
  opened: Record<"picture" | "sound", number>;
  closed: Record<"picture" | "sound", number>;
}

/** A frame of the epoch whose commit is still being worked on waits for it; no longer and no more than this. */
const HOLD_MS = 3000;
const HOLD_FRAMES = 512;
const HOLD_BYTES = 4_194_304;
const NO_KEY_MS = 1000;
/** -dBov below which somebody speaks, and how long a pause in speech may be. */
const SPEAKING_DBOV = 45;
const QUIET_DBOV = 70;
const PAUSE_MS = 700;
/** Profile 0, 8 bits; decoders take any level. Other codecs have their numbers and no sender yet. */
const DECODERS: Partial<Record<Codec, string>> = { [Codec.VP9]: "vp09.00.10.08" };

export class Incoming {
  opened = 0;
  bytes = 0;
  readonly refused: Record<string, number> = {};
  private opener = new Opener();
  private readonly senders = new Map<number, Sender>();
  private held: { message: Uint8Array; at: number }[] = [];
  /** Opening is concurrent, what follows is in order of arrival. */
  private tail: Promise<void> = Promise.resolve();

  constructor(
    private readonly host: IncomingHost,
    private readonly proofs: Pick<Proofs, "heard" | "prove" | "doubt">,
  ) {}

  async epoch(group: MeetingGroup, baseKey: Uint8Array): Promise<void> {
    const members = group.members();
    const now = this.host.now();
    const leaves = new Set(members.map((member) => member.leaf));
    const forbidden = forbiddenOf(members, group.meetingPolicy);
    this.opener.rekey(baseKey, group.epoch, group.ownLeaf, leaves, now, forbidden);
    for (const [leaf, sender] of this.senders) {
      const still = members.some((member) => member.leaf === leaf && member.seat === sender.member.seat);
      if (!still) this.drop(leaf);
    }
    for (const member of members) {
      if (member.leaf !== group.ownLeaf && !this.senders.has(member.leaf))
        this.senders.set(member.leaf, this.sender(member));
    }
    const held = this.held;
    this.held = [];
    for (const { message, at } of held) if (now - at < HOLD_MS) this.frame(message);
  }

  frame(message: Uint8Array): void {
    this.bytes += message.length;
    const opening = this.opener.open(message, this.host.now());
    // Its failure is looked at in its turn.
    opening.catch(() => undefined);
    this.tail = this.tail
      .then(() => opening)
      .then((opened) => this.take(opened, message))
      .catch((error: unknown) => this.refuse(message, error));
  }

  picture(seat: string, target: WritableStream<VideoFrame> | OffscreenCanvas | null): void {
    this.bySeat(seat)?.picture.attach(target);
  }

  speaker(seat: string, port: MessagePort | null): void {
    this.bySeat(seat)?.sound.attach(port);
  }

  /** After a cut nothing that was decoded so far can be built upon. */
  restart(): void {
    for (const sender of this.senders.values()) {
      sender.picture.reset();
      this.host.needKey(sender.member.seat, Stream.CAMERA, 0);
    }
  }

  forget(): void {
    for (const leaf of [...this.senders.keys()]) this.drop(leaf);
    this.opener = new Opener();
    this.held = [];
  }

  people(
    away: ReadonlySet<string>,
    gone: ReadonlySet<string>,
    policy: Policy,
    asked: (leaf: number) => Asked | null,
  ): Person[] {
    const now = this.host.now();
    return [...this.senders.values()].map((sender) => {
      const { seat, leaf } = sender.member;
      const lost = away.has(seat) || gone.has(seat);
      if (sender.speaking && now - sender.quietSince > PAUSE_MS) sender.speaking = false;
      return {
        ...standingOf(sender.member, policy),
        self: false,
        mic: sender.mic,
        camera: sender.camera,
        client: sender.client,
        tile: lost ? "away" : sender.camera ? this.state(sender, "picture", now) : "paused",
        sound: lost ? "away" : sender.mic ? this.state(sender, "sound", now) : "muted",
        speaking: sender.speaking && sender.mic && !lost,
        level: sender.mic && !lost ? sender.level : 0,
        doubt: this.proofs.doubt(leaf),
        asked: asked(leaf),
      };
    });
  }

  private state(sender: Sender, kind: "picture" | "sound", now: number): Exclude<TileState, "paused" | "away"> {
    const closed = sender.closed[kind];
    if (now - closed < NO_KEY_MS && closed - sender.opened[kind] > NO_KEY_MS) return "no-key";
    return sender[kind].state;
  }

  private sender(member: Member): Sender {
    const changed = () => this.host.changed();
    const picture = new VideoReceiver({
      state: changed,
      keyNeeded: () => this.host.needKey(member.seat, Stream.CAMERA, 0),
    });
    const sound = new SoundReceiver({
      state: changed,
      report: (report) => {
        if (report.playedUs !== null) picture.soundPlays(report.playedUs);
      },
    });
    const now = this.host.now();
    // Until its first sealed word a newcomer is taken to send nothing.
    return {
      member,
      mic: false,
      camera: false,
      client: null,
      picture,
      sound,
      level: 0,
      speaking: false,
      quietSince: now,
      opened: { picture: now, sound: now },
      closed: { picture: 0, sound: 0 },
    };
  }

  private async take(opened: Opened, message: Uint8Array): Promise<void> {
    const { leaf, header, plaintext } = opened;
    if (header.stream === Stream.PROOF) return this.proofs.prove(leaf, plaintext);
    await this.proofs.heard(opened, message);
    this.deliver(leaf, header, plaintext);
  }

  private deliver(leaf: number, header: Header, plaintext: Uint8Array): void {
    const sender = this.senders.get(leaf);
    if (sender === undefined) {
      this.count("not-a-member");
      return;
    }
    this.opened += 1;
    switch (header.stream) {
      case Stream.STATE:
        this.word(sender, plaintext);
        return;
      case Stream.SOUND:
        this.sound(sender, header, plaintext);
        return;
      case Stream.CAMERA:
        this.camera(sender, header, plaintext);
        return;
    }
  }

  private word(sender: Sender, plaintext: Uint8Array): void {
    const { mic, camera, client, ask } = parseState(plaintext);
    if (ask !== undefined) this.host.asked(sender.member, ask);
    if (sender.mic === mic && sender.camera === camera && sender.client === client) return;
    if (sender.camera && !camera) sender.picture.reset();
    if (sender.mic && !mic) sender.sound.reset();
    sender.mic = mic;
    sender.camera = camera;
    sender.client = client;
    this.host.changed();
  }

  private sound(sender: Sender, header: Header, plaintext: Uint8Array): void {
    const { bytes, channels, timeUs, level } = parseSound(plaintext);
    const now = this.host.now();
    sender.opened.sound = now;
    sender.sound.push({ counter: header.counter, bytes, channels, timeUs });
    sender.level = Math.max(0, (QUIET_DBOV - level) / QUIET_DBOV);
    if (level < SPEAKING_DBOV) {
      sender.speaking = true;
      sender.quietSince = now;
    }
  }

  private camera(sender: Sender, header: Header, plaintext: Uint8Array): void {
    const { codec: number, colour, bytes, timeUs } = parseVideo(plaintext);
    sender.opened.picture = this.host.now();
    const codec = DECODERS[number];
    if (codec === undefined) {
      this.count("unknown-codec");
      return;
    }
    const { counter, key, temporal, tl0 } = header;
    sender.picture.push({ counter, key, temporal, tl0, bytes, timeUs, codec, colour });
  }

  private refuse(message: Uint8Array, error: unknown): void {
    if (error instanceof ContentError) {
      this.count(error.reason);
      return;
    }
    if (!(error instanceof SealError)) {
      // Not expected of any frame. It is dropped like the others: thrown here it would end the order of all later ones.
      this.count("fault");
      return;
    }
    if (error.reason === "future-epoch" && this.hold(message)) return;
    this.count(error.reason);
    // A right that is missing is said where the person is, and is no trouble with keys.
    if (error.reason === "not-permitted") return;
    // Nothing vouches for whose frame it claims to be: it only chooses the tile that explains itself.
    const sender = error.leaf === null ? undefined : this.senders.get(error.leaf);
    if (sender === undefined) return;
    if (error.stream === Stream.SOUND) sender.closed.sound = this.host.now();
    if (error.stream === Stream.CAMERA) sender.closed.picture = this.host.now();
  }

  /** Anybody can name an epoch that is not there: what waits is bounded in number, size and time. */
  private hold(message: Uint8Array): boolean {
    const now = this.host.now();
    this.held = this.held.filter(({ at }) => now - at < HOLD_MS);
    const size = this.held.reduce((sum, frame) => sum + frame.message.length, message.length);
    if (this.held.length >= HOLD_FRAMES || size > HOLD_BYTES) return false;
    this.held.push({ message, at: now });
    return true;
  }

  private count(reason: string): void {
    this.refused[reason] = (this.refused[reason] ?? 0) + 1;
  }

  private bySeat(seat: string): Sender | undefined {
    for (const sender of this.senders.values()) if (sender.member.seat === seat) return sender;
    return undefined;
  }

  private drop(leaf: number): void {
    const sender = this.senders.get(leaf);
    this.senders.delete(leaf);
    sender?.picture.close();
    sender?.sound.close();
  }
}
