/**
 * Keeps one seat connected: says hello, comes back after a cut with the seat's token, and gives up after 30 s.
 * The seat is the server's word for us; who we are to the others is in the group.
 */
import type { ClientMessage, ServerMessage } from "../core/wire/control";
import { BAD_COMMIT_SECONDS, RESUME_SECONDS } from "../core/wire/limits";
import { type Link, type LinkEvents, openLink } from "../link/link";

export interface ConnectionHost {
  /** A guest's entry code, or null. */
  readonly code: string | null;
  /** What to say in hello about a seat that we hold already, or null when we come new. */
  resume(): { seat: string; token: string; epoch: number } | null;
  control(message: ServerMessage): void;
  frame(message: Uint8Array): void;
  /** The link is up and hello is sent. */
  up(): void;
  /** The link is down and is being brought back. */
  down(): void;
  /** The seat cannot be had back: forget it; a new hello follows. */
  forget(): void;
  ended(reason: string): void;
}

/** How long the server keeps a cut seat, and so how long it is worth coming back to it. */
const PATIENCE_MS = 30_000;
const FIRST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 3000;
const BAD_COMMIT_MS = BAD_COMMIT_SECONDS * 1000;
const BACK_WORDS = new Set(["silent", "closing", "too-slow"]);

export class Connection {
  private link: Link | null = null;
  private cutAt: number | null = null;
  private wait = FIRST_WAIT_MS;
  private resumedAt = Number.NEGATIVE_INFINITY;
  private over = false;
  /** Whether the server has answered this link's hello: before that nothing else may be said (spec/wire.md section 3). */
  private answered = false;

  constructor(
    private readonly url: string,
    private readonly meeting: Uint8Array,
    private readonly door: Uint8Array,
    private readonly host: ConnectionHost,
    private readonly open: (url: string, events: LinkEvents) => Link = openLink,
  ) {}

  start(): void {
    this.answered = false;
    this.link = this.open(this.url, {
      opened: () => this.greet(),
      control: (message) => {
        if (message.t === "welcome" || message.t === "resumed") this.answered = true;
        if (message.t === "resumed") this.resumedAt = performance.now();
        this.host.control(message);
      },
      frame: (message) => this.host.frame(message),
      closed: (reason) => this.closed(reason),
    });
  }

  send(message: ClientMessage): void {
    if (this.answered) this.link?.send(message);
  }

  sendFrame(message: Uint8Array): void {
    if (this.answered) this.link?.sendFrame(message);
  }

  /** We are in the group: the next cut has all its time again. A welcome alone does not say so, or it could go on for ever. */
  settled(): void {
    if (!this.ready) return;
    this.cutAt = null;
    this.wait = FIRST_WAIT_MS;
  }

  /** Whether a seat is ours on a link that is up. */
  get ready(): boolean {
    return this.answered;
  }

  get backlog(): number {
    return this.link?.backlog ?? 0;
  }

  get roundTripMs(): number {
    return this.link?.roundTripMs ?? 0;
  }

  /** Gives the seat up and asks for a new one, on a new link; not at once, and not for ever. */
  rejoin(): void {
    if (this.over) return;
    this.host.forget();
    const link = this.link;
    this.link = null;
    link?.send({ t: "leave" });
    link?.close();
    this.retry();
  }

  end(reason: string): void {
    if (this.over) return;
    this.over = true;
    const link = this.link;
    this.link = null;
    link?.send({ t: "leave" });
    link?.close();
    this.host.ended(reason);
  }

  private greet(): void {
    const resume = this.host.resume();
    const { code } = this.host;
    this.link?.send({
      t: "hello",
      v: 1,
      meeting: this.meeting,
      door: this.door,
      ...(resume === null ? {} : { resume }),
      ...(code === null ? {} : { code }),
    });
    this.host.up();
  }

  private closed(reason: string | null): void {
    if (this.over || this.link === null) return;
    this.link = null;
    if (reason === "unknown-seat") {
      this.host.forget();
    } else if (reason === "bad-commit") {
      // The others could not follow us, be it our fault or not: they go on in peace first.
      this.host.forget();
      this.wait = BAD_COMMIT_MS;
    } else if (reason !== null && !BACK_WORDS.has(reason)) {
      this.over = true;
      this.host.ended(reason);
      return;
    }
    this.retry();
  }

  private retry(): void {
    this.answered = false;
    const now = performance.now();
    this.cutAt ??= now;
    if (now - this.cutAt > PATIENCE_MS) {
      this.over = true;
      this.host.ended("cut");
      return;
    }
    this.host.down();
    // Who comes back to its seat more often than that loses it.
    const rest = this.resumedAt + RESUME_SECONDS * 1000 - now;
    setTimeout(
      () => {
        if (!this.over && this.link === null) this.start();
      },
      Math.max(this.wait, rest),
    );
    this.wait = Math.min(this.wait * 2, LONGEST_WAIT_MS);
  }
}
