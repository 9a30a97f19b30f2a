/** One person's meeting, inside the worker: connection, group, what is sent and what is shown. Keys live here and nowhere else. */

import { includes, Rights } from "../core/policy/rights";
import type { ServerMessage } from "../core/wire/control";
import { Stream } from "../core/wire/header";
import { deriveCheck } from "../e2ee/attest/proof";
import type { Doubt } from "../e2ee/attest/witness";
import type { Ask } from "../e2ee/content";
import { deriveLinkKeys, type LinkKeys } from "../e2ee/keys";
import type { MeetingGroup, Member } from "../e2ee/mls/meeting";
import type { OwnPerson } from "../e2ee/person";
import { epochCode } from "../e2ee/safety";
import { LARGE, SMALL } from "../media/encode/size";
import { SoundPublisher } from "../media/encode/sound";
import { VideoPublisher } from "../media/encode/video";
import { Asking } from "./asking";
import { Connection } from "./connection";
import { Incoming } from "./incoming";
import { Membership, type Seen } from "./membership";
import type { Asked, Deed, FromWorker, Person, Phase, ToWorker } from "./messages";
import { planOf } from "./organising";
import { Outgoing } from "./outgoing";
import { identityUnder, ownOf, ownPerson, rightsIn, standingOf } from "./persons";
import { Proofs } from "./proofs";

type Open = Extract<ToWorker, { t: "open" }>;

/** Why a membership is lost for good; after anything else we join anew. */
const ENDS = new Set(["removed", "cannot-join", "old-group", "bad-charter"]);
const STATE_MS = 10_000;
/** For each member, how long one may wait before telling newcomers one's state: a meeting that fills up would be flooded otherwise. */
const STATE_SPREAD_MS = 200;
const LIVE_STATE_SPREAD_MS = 5;
const PEOPLE_MS = 200;
const COUNTERS_MS = 1000;
/** Above this many waiting bytes pictures are left out before they are encoded: about 200 ms of a small picture. */
const BACKLOG_BYTES = 24_000;
/** A large picture is worth its cost while few people look, and where the machine has the cores for it. */
const LARGE_PEOPLE = 2;
const LARGE_CORES = 4;

function later(ms: number, task: () => void): () => void {
  const timer = setTimeout(task, ms);
  return () => clearTimeout(timer);
}

export class Session {
  private readonly proofs: Proofs = new Proofs({
    now: () => performance.now(),
    later,
    inside: () => this.phase === "inside",
    send: (plaintext) => this.outgoing.proof(plaintext),
    doubted: (leaf, doubt) => this.doubted(leaf, doubt),
  });
  private readonly asking = new Asking(() => performance.now());
  private readonly outgoing: Outgoing = new Outgoing(
    (message) => {
      if (this.phase !== "inside") return false;
      this.connection.sendFrame(message);
      return true;
    },
    (message) => this.proofs.sent(message),
    () => this.end("cannot-seal"),
  );
  private readonly incoming = new Incoming(
    {
      now: () => performance.now(),
      needKey: (seat, stream, rendition) => this.connection.send({ t: "refresh", seat, stream, rendition }),
      changed: () => this.tellPeople(),
      asked: (from, ask) => this.asked(from, ask),
    },
    this.proofs,
  );
  private readonly video = new VideoPublisher(SMALL, {
    picture: (picture) => {
      if (this.camera) this.outgoing.picture(picture, 0);
    },
    failed: (reason) => this.post({ t: "warning", kind: "encoder", text: reason }),
    congested: () => !this.sends(Stream.CAMERA) || this.phase !== "inside" || this.connection.backlog > BACKLOG_BYTES,
  });
  private readonly voice = new SoundPublisher({
    sound: (sound) => {
      this.level = Math.max(0, (70 - sound.level) / 70);
      if (this.mic) this.outgoing.sound(sound);
    },
    failed: (reason) => this.post({ t: "warning", kind: "encoder", text: reason }),
  });
  private membership: Membership;
  private phase: Phase = "connecting";
  private mic: boolean;
  private camera: boolean;
  private level = 0;
  private commitsRefused = 0;
  private readonly seen: Seen = { group: "", epoch: -1 };
  private lastPeople = "";
  private lastKnocks = "[]";
  private said = "";
  private seats: ReadonlySet<string> = new Set();
  private owedState: ReturnType<typeof setTimeout> | null = null;
  private readonly timers: ReturnType<typeof setInterval>[] = [];

  private constructor(
    private readonly connection: Connection,
    private readonly keys: LinkKeys,
    private readonly own: OwnPerson,
    private readonly open: Open,
    private readonly post: (message: FromWorker) => void,
  ) {
    this.mic = open.mic;
    this.camera = open.camera;
    this.membership = this.member();
  }

  static async start(open: Open, post: (message: FromWorker) => void): Promise<Session> {
    const keys = await deriveLinkKeys(open.secret, open.meeting);
    open.secret.fill(0);
    const holder: { session?: Session } = {};
    const session = (): Session => {
      if (holder.session === undefined) throw new Error("not started");
      return holder.session;
    };
    const connection = new Connection(open.url, open.meeting, keys.door, {
      code: open.code,
      resume: () => session().resume(),
      control: (message) => session().control(message),
      frame: (message) => session().incoming.frame(message),
      up: () => {},
      down: () => session().cut(),
      forget: () => session().forget(),
      ended: (reason) => session().ended(reason),
    });
    holder.session = new Session(connection, keys, ownPerson(open.person), open, post);
    holder.session.run();
    return holder.session;
  }

  do(message: ToWorker): void {
    switch (message.t) {
      case "open":
        return;
      case "camera":
        if (message.frames === null) this.video.stop();
        else this.video.start(message.frames);
        return;
      case "microphone":
        if (message.port === null) this.voice.stop();
        else this.voice.start(message.port);
        return;
      case "state":
        if (message.camera && !this.camera) this.video.requestKey();
        this.mic = message.mic;
        this.camera = message.camera;
        this.tellState();
        this.tellPeople();
        return;
      case "picture":
        this.incoming.picture(message.seat, message.frames);
        return;
      case "speaker":
        this.incoming.speaker(message.seat, message.port);
        return;
      case "deed":
        this.deed(message.id, message.deed);
        return;
      case "ask":
        this.ask(message.seat);
        return;
      case "leave":
        this.connection.end("left");
        return;
    }
  }

  private run(): void {
    this.turn("connecting", null);
    this.timers.push(
      setInterval(() => this.tellState(), STATE_MS),
      setInterval(() => {
        this.proofs.look();
        this.tellPeople();
      }, PEOPLE_MS),
      setInterval(() => this.tellCounters(), COUNTERS_MS),
    );
    this.connection.start();
  }

  private member(): Membership {
    const membership: Membership = new Membership({
      send: (message) => this.connection.send(message),
      later,
      identity: (seat, charter, isGone) => {
        const { keys, own, open } = this;
        return identityUnder(seat, charter, isGone, { keys, own, meeting: open.meeting });
      },
      seen: this.seen,
      epoch: (group) => this.epoch(group, membership),
      presence: () => {
        const { group, away, gone } = membership;
        const missing = (group?.members() ?? []).filter(({ seat }) => away.has(seat) || gone.has(seat));
        this.proofs.away(missing.map(({ leaf }) => leaf));
        this.tellKnocks();
        this.tellPeople();
      },
      waits: (why, someone, opens) => {
        // It may last, and the connection is not at fault: but for what we say of ourselves, which may end it every time.
        if (why !== "present") this.connection.settled();
        this.post({ t: "waiting", waiting: { why, someone, opens } });
      },
      commitRefused: (reason, seat) => {
        this.commitsRefused += 1;
        const by = membership.group?.members().find((member) => member.seat === seat)?.name ?? null;
        this.post({ t: "warning", kind: "commit-refused", text: reason, by });
      },
      lost: (reason) => this.lost(reason),
    });
    return membership;
  }

  private resume(): { seat: string; token: string; epoch: number } | null {
    const { group, seat, token } = this.membership;
    return group === null ? null : { seat, token, epoch: Number(group.epoch) };
  }

  private control(message: ServerMessage): void {
    if (message.t === "refresh") {
      if (message.stream === Stream.CAMERA) this.video.requestKey();
      return;
    }
    if (message.t === "welcome") this.turn("joining", null);
    const membership = this.membership;
    const done = membership.handle(message);
    if (message.t !== "resumed") return;
    void done.then(() => {
      if (membership !== this.membership || membership.group === null || !this.connection.ready) return;
      this.connection.settled();
      this.turn("inside", null);
      this.proofs.resume();
      this.incoming.restart();
      this.video.requestKey();
      this.tellState();
    });
  }

  private async epoch(group: MeetingGroup, membership: Membership): Promise<void> {
    const baseKey = await group.sframeBaseKey();
    const check = await deriveCheck(group.epochAuthenticator());
    // A leaf that was given up meanwhile must not get its keys back: its counters would begin again under them.
    if (membership !== this.membership) return;
    this.proofs.enter(group, check);
    this.asking.keep(group.members());
    await this.incoming.epoch(group, baseKey);
    await this.outgoing.rekey(baseKey, group.ownLeaf, group.epoch, rightsIn(group));
    if (membership !== this.membership) return;
    const others = group.members().length - 1;
    this.video.setSize(others <= LARGE_PEOPLE && navigator.hardwareConcurrency >= LARGE_CORES ? LARGE : SMALL);
    // Whoever is new starts with a key frame.
    this.video.requestKey();
    const code = await epochCode(group.epochAuthenticator());
    if (membership !== this.membership) return;
    this.post({ t: "epoch", epoch: String(group.epoch), code });
    if (this.phase !== "cut") {
      this.connection.settled();
      this.turn("inside", null);
    }
    this.tellRoom(group);
    this.oweState(group.members().map(({ seat }) => seat));
    this.tellPeople();
  }

  /** Whether frames of a stream leave: its owner wants it, and may. */
  private sends(stream: typeof Stream.SOUND | typeof Stream.CAMERA): boolean {
    return (stream === Stream.SOUND ? this.mic : this.camera) && this.outgoing.may(stream);
  }

  private deed(id: number, deed: Deed): void {
    const done = (reason: string | null): void => this.post({ t: "done", id, reason });
    const { membership } = this;
    if (deed.do === "admit" || deed.do === "refuse") {
      void membership.answer(deed.seat, deed.do === "admit").then(done);
    } else if (membership.group === null) done("ended");
    else {
      const { act, removes } = planOf(deed, rightsIn(membership.group), membership.group.members());
      membership.direct(act, removes, done);
    }
  }

  /** Asks somebody for a gesture; only who may remove people does. */
  private ask(seat: string): void {
    const { group } = this.membership;
    const member = group?.members().find((one) => one.seat === seat);
    if (group === null || member === undefined || !includes(rightsIn(group), Rights.REMOVE)) return;
    this.asking.ask(ownOf(group), member);
    this.tellState();
    this.tellPeople();
  }

  private asked(from: Member, ask: Ask): void {
    const { group } = this.membership;
    if (group !== null && this.asking.heard(from, ask, group.members(), group.meetingPolicy)) this.tellPeople();
  }

  private tellRoom(group: MeetingGroup): void {
    const { door, frozen, everybody } = group.meetingPolicy;
    this.post({ t: "waiting", waiting: null });
    this.post({ t: "room", room: { door, frozen, everybody, mine: rightsIn(group) } });
    const said = [this.sends(Stream.SOUND), this.sends(Stream.CAMERA)].join();
    // Who may not send any more what it said that it sends says so at once, and again when it may.
    if (said !== this.said) this.tellState();
  }

  private tellKnocks(): void {
    const knocks = this.membership.knocks.list.map(({ seat, name, label, isGuest: guest }) => {
      return { seat, name, label, guest };
    });
    const text = JSON.stringify(knocks);
    if (text === this.lastKnocks) return;
    this.lastKnocks = text;
    this.post({ t: "knocks", knocks });
  }

  private lost(reason: string): void {
    if (ENDS.has(reason) || reason.startsWith("group-")) this.connection.end(reason);
    else this.connection.rejoin();
  }

  private cut(): void {
    this.membership.cut();
    this.proofs.cut();
    this.turn("cut", null);
  }

  /** The next hello asks for a new seat and makes a new leaf with new keys. */
  private forget(): void {
    this.membership.close();
    this.incoming.forget();
    this.outgoing.forget();
    this.proofs.forget();
    this.asking.forget();
    this.membership = this.member();
    this.tellKnocks();
    this.post({ t: "waiting", waiting: null });
  }

  private ended(reason: string): void {
    for (const timer of this.timers) clearInterval(timer);
    if (this.owedState !== null) clearTimeout(this.owedState);
    this.video.stop();
    this.voice.stop();
    this.forget();
    for (const key of [this.keys.psk, this.keys.nameKey, this.keys.charterKey]) key.fill(0);
    this.own.key.erase();
    this.turn("ended", reason);
  }

  private end(reason: string): void {
    this.connection.end(reason);
  }

  private turn(phase: Phase, reason: string | null): void {
    this.phase = phase;
    this.post({ t: "phase", phase, reason });
  }

  /** Whoever is new hears our state soon, and not everybody's in the same moment. */
  private oweState(seats: readonly string[]): void {
    const known = this.seats;
    this.seats = new Set(seats);
    const spread = seats.length * (this.mic || this.camera ? LIVE_STATE_SPREAD_MS : STATE_SPREAD_MS);
    if (this.owedState !== null || spread >= STATE_MS || seats.every((seat) => known.has(seat))) return;
    this.owedState = setTimeout(() => {
      this.owedState = null;
      this.tellState();
    }, Math.random() * spread);
  }

  private tellState(): void {
    if (this.phase !== "inside") return;
    const [mic, camera] = [this.sends(Stream.SOUND), this.sends(Stream.CAMERA)];
    this.said = [mic, camera].join();
    const { group } = this.membership;
    this.outgoing.state(mic, camera, group === null ? undefined : this.asking.said(group.ownLeaf));
  }

  private doubted(leaf: number, doubt: Doubt | null): void {
    const name = this.membership.group?.members().find((member) => member.leaf === leaf)?.name ?? null;
    // A proof that is late may only have been lost: the tile says so, and no more is made of it.
    if (doubt !== null && doubt !== "late") this.post({ t: "warning", kind: doubt, text: doubt, by: name });
    this.tellPeople();
  }

  private tellPeople(): void {
    const people = this.people();
    const text = JSON.stringify(people);
    if (text === this.lastPeople) return;
    this.lastPeople = text;
    this.post({ t: "people", people });
  }

  private people(): Person[] {
    const { group, away, gone } = this.membership;
    if (group === null) return [];
    const own = ownOf(group);
    const members = group.members();
    const asked = (leaf: number): Asked | null => this.asking.of(leaf, own.leaf, members);
    const [mic, camera] = [this.sends(Stream.SOUND), this.sends(Stream.CAMERA)];
    const self: Person = {
      ...standingOf(own, group.meetingPolicy),
      self: true,
      mic,
      camera,
      client: "page",
      tile: camera ? "live" : "paused",
      sound: mic ? "live" : "muted",
      speaking: mic && this.level > 0.35,
      level: mic ? this.level : 0,
      doubt: null,
      asked: asked(own.leaf),
    };
    return [self, ...this.incoming.people(away, gone, group.meetingPolicy, asked)].sort((a, b) => a.leaf - b.leaf);
  }

  private tellCounters(): void {
    const { incoming, outgoing } = this;
    this.post({
      t: "counters",
      counters: {
        sealed: outgoing.sealed,
        opened: incoming.opened,
        refused: { ...incoming.refused },
        commitsRefused: this.commitsRefused,
        bytesUp: outgoing.bytes,
        bytesDown: incoming.bytes,
        roundTripMs: this.connection.roundTripMs,
      },
    });
  }
}
