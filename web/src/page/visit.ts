/** One person's visit to one meeting: lobby, session, end, and back again. Owns the devices and the sound for as long as it lasts. */
import { type ReadonlySignal, signal } from "@preact/signals";
import type { Link } from "../e2ee/keys";
import type { Self } from "../worker/messages";
import { Comparing } from "./comparing";
import { PageDevices } from "./devices";
import type { Attendance } from "./route";
import { PageSession } from "./session";
import { PageSound } from "./sound";

const OVER: ReadonlySet<string> = new Set(["left", "removed", "barred"]);

/** Why nobody joins: somebody else is signed in by now than the lobby showed, or the server gives no certificate. */
export type NotJoined = "changed" | "failed";

/** Who joins, when the lobby showed this account (its id), or a guest of this name. */
export type Joining = (account: string | null, name: string) => Promise<Self | NotJoined>;

export class Visit {
  readonly devices: PageDevices;
  name: string;
  code: string | null = null;
  /** Whether somebody is about to join, and why the last try came to nothing. */
  readonly joining = signal(false);
  readonly problem = signal<NotJoined | null>(null);
  /** Called when what a reload would need has changed; null when nothing of the meeting is to stay in the tab. */
  keep: (attendance: Attendance | null) => void = () => {};

  private wasRefused = false;
  private readonly comparing = new Comparing();
  private readonly sound = new PageSound();
  private readonly current = signal<PageSession | null>(null);
  private readonly returning: boolean;
  private wish: { mic: boolean; camera: boolean };
  private follow: (() => void)[] = [];
  private account: string | null;
  private closed = false;

  /** `before` is what this tab remembers: someone who was inside comes back by itself. */
  constructor(
    private readonly link: Link,
    before: Attendance | null,
    private readonly who: Joining,
  ) {
    this.account = before?.account ?? null;
    this.devices = new PageDevices(this.sound);
    this.name = before?.name ?? "";
    this.wish = { mic: before?.mic ?? true, camera: before?.camera ?? true };
    this.returning = before?.inside === true && this.name !== "";
  }

  /** Null in the lobby. */
  get session(): ReadonlySignal<PageSession | null> {
    return this.current;
  }

  open(): void {
    void this.sound.open();
    this.devices.start(this.wish);
    if (this.returning) void this.join(this.account, this.name, null);
  }

  /**
   * Joins as an account, by its id, or as a guest under a name that has passed `normaliseName`.
   * `code` is what a guest may have been given to enter; it is kept in memory alone.
   */
  async join(account: string | null, name: string, code: string | null): Promise<void> {
    if (this.joining.peek()) return;
    this.account = account;
    this.name = name;
    this.code = code;
    this.problem.value = null;
    this.joining.value = true;
    // Sound may begin only in answer to a click, and what comes next takes its time.
    this.sound.resume();
    const who = await this.who(account, name).catch(() => "failed" as const);
    this.joining.value = false;
    if (this.closed) return;
    if (typeof who === "string") this.problem.value = who;
    else this.enter(who);
  }

  private enter(who: Self): void {
    this.name = who.name;
    const session = new PageSession(this.link, this.devices, this.sound, who, this.code, this.comparing);
    this.current.value = session;
    const { microphone, camera } = this.devices;
    this.follow.push(
      microphone.subscribe(() => this.remember(true)),
      camera.subscribe(() => this.remember(true)),
      session.phase.subscribe((phase) => {
        if (phase === "ended") this.finished();
      }),
    );
  }

  /** Whether the server has just refused entry: an entry code may be what is missing. */
  get refused(): boolean {
    return this.wasRefused;
  }

  /** From the last page back to the lobby, with the devices as they were. */
  again(): void {
    this.wasRefused = this.current.peek()?.reason.peek() === "not-invited";
    this.current.value = null;
    this.devices.start(this.wish);
  }

  close(): void {
    const session = this.current.value;
    if (session !== null && session.phase.value !== "ended") {
      session.leave();
      this.keep(null);
    }
    this.closed = true;
    this.unfollow();
    this.devices.close();
    this.sound.close();
  }

  private finished(): void {
    this.remember(false);
    // Whoever was cut may reload the page to come back; whoever left has no use for the link in this tab.
    if (OVER.has(this.current.peek()?.reason.peek() ?? "")) this.keep(null);
    this.unfollow();
    this.devices.close();
  }

  private unfollow(): void {
    for (const stop of this.follow.splice(0)) stop();
  }

  private remember(inside: boolean): void {
    const on = (state: string): boolean => state === "on" || state === "starting";
    this.wish = { mic: on(this.devices.microphone.peek()), camera: on(this.devices.camera.peek()) };
    this.keep({ name: this.name, account: this.account, ...this.wish, inside });
  }
}
