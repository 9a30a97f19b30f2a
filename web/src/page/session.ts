/** The page's end of a meeting: starts the session worker, hands it camera, microphone and places to show, and keeps what it tells as signals. */
import { batch, computed, effect, signal } from "@preact/signals";
import { buildLink, type Link } from "../e2ee/keys";
import { trustedScript } from "../guard/trusted";
import { frameSource } from "../media/capture/camera";
import type { MeetingView, Warning } from "../ui/view";
import type { Counters, EndReason, FromWorker, Person, Phase, Self, ToWorker } from "../worker/messages";
import workerCode from "../worker/session.worker?code";
import { PageAsking } from "./asking";
import type { Comparing } from "./comparing";
import type { PageDevices } from "./devices";
import { PageRoom } from "./room";
import type { PageSound } from "./sound";
import { Stalls } from "./stalls";

const FAREWELL_MS = 1500;
const STAYED_MS = 5000;
const MOST_WARNINGS = 3;

function linkAddress(origin: string): string {
  return `${origin.replace(/^http/, "ws")}/link`;
}

export class PageSession implements MeetingView {
  readonly phase = signal<Phase>("connecting");
  readonly reason = signal<EndReason | null>(null);
  readonly people = signal<readonly Person[]>([]);
  readonly epoch = signal<{ epoch: string; code: string } | null>(null);
  readonly counters = signal<Counters | null>(null);
  readonly warnings = signal<readonly Warning[]>([]);
  readonly room = new PageRoom((message) => this.post(message));
  readonly asking = new PageAsking((message) => this.post(message));
  readonly pictures;
  readonly soundBlocked;
  readonly link: string;

  private readonly worker: Worker;
  private readonly stalls: Stalls;
  private readonly endings: (() => void)[] = [];
  private warned = 0;
  private over = false;

  /** Joins at once. */
  constructor(
    link: Link,
    readonly devices: PageDevices,
    private readonly sound: PageSound,
    who: Self,
    code: string | null,
    readonly comparing: Comparing,
  ) {
    this.link = buildLink(link);
    this.soundBlocked = computed(() => sound.context.value !== null && sound.blocked.value);
    this.worker = new Worker(trustedScript(workerCode), { type: "module", name: "session" });
    this.worker.onmessage = (event: MessageEvent<FromWorker>) => batch(() => this.receive(event.data));
    this.worker.onerror = () => this.end("fault");
    this.stalls = new Stalls((message, transfer) => this.post(message, transfer));
    this.pictures = this.stalls.pictures;
    this.post({
      t: "open",
      url: linkAddress(link.origin),
      meeting: link.meeting.slice(),
      secret: link.secret.slice(),
      person: who,
      code,
      mic: devices.microphone.peek() === "on",
      camera: devices.camera.peek() === "on",
    });
    this.endings.push(
      effect(() => this.tellState()),
      effect(() => this.withhold()),
      effect(() => this.sendCamera()),
      effect(() => this.sendMicrophone()),
      effect(() => this.asking.follow(this.people.value)),
      // Whose key has changed has no place where anything could play, from its first moment on.
      effect(() => this.stalls.follow(comparing.open(this.people.value), sound.context.value)),
    );
    // Before a reload the worker still has the time to say goodbye, so that nobody sees the same person twice for a while.
    const parting = (): void => this.part();
    addEventListener("beforeunload", parting);
    this.endings.push(() => removeEventListener("beforeunload", parting));
  }

  readonly hear = (): void => this.sound.resume();

  readonly dismiss = (warning: number): void => {
    this.warnings.value = this.warnings.value.filter(({ id }) => id !== warning);
  };

  /** The worker says goodbye to the server and reports the end; it gets a moment for that and no more. */
  readonly leave = (): void => {
    this.post({ t: "leave" });
    setTimeout(() => this.end("left"), FAREWELL_MS);
  };

  /** Leaves without showing an end, because the page itself is about to go; if it stays after all, the end is shown. */
  private part(): void {
    this.post({ t: "leave" });
    this.worker.onmessage = null;
    setTimeout(() => this.end("left"), STAYED_MS);
  }

  private post(message: ToWorker, transfer: Transferable[] = []): void {
    if (!this.over) this.worker.postMessage(message, transfer);
  }

  private tellState(): void {
    const { microphone, camera } = this.devices;
    this.post({ t: "state", mic: microphone.value === "on", camera: camera.value === "on" });
  }

  /** Lets go of what one may not use, so that its light goes out; given back, it stays off until its owner wants it. */
  private withhold(): void {
    const { mine } = this.room.state.value;
    if (!mine.has("sound:send")) this.devices.release("microphone");
    if (!mine.has("camera:send")) this.devices.release("camera");
  }

  private sendCamera(): void {
    const track = this.devices.preview.value?.getVideoTracks()[0];
    const frames = track === undefined ? null : (frameSource()?.start(track) ?? null);
    this.post({ t: "camera", frames }, frames === null ? [] : [frames]);
  }

  private sendMicrophone(): void {
    const port = this.devices.capture.value?.port() ?? null;
    this.post({ t: "microphone", port }, port === null ? [] : [port]);
  }

  private receive(message: FromWorker): void {
    switch (message.t) {
      case "phase":
        if (message.phase === "ended") this.end(message.reason);
        else if (!this.over) this.phase.value = message.phase;
        return;
      case "people":
        this.people.value = message.people;
        return;
      case "room":
        this.room.hearRoom(message.room);
        return;
      case "knocks":
        this.room.hearKnocks(message.knocks);
        return;
      case "waiting":
        this.room.hearWaiting(message.waiting);
        return;
      case "done":
        this.room.hearDone(message.id, message.reason);
        return;
      case "epoch":
        this.epoch.value = { epoch: message.epoch, code: message.code };
        return;
      case "warning":
        this.warn(message);
        return;
      case "counters":
        this.counters.value = message.counters;
        return;
    }
  }

  /** One line for each kind of warning, and for each person that others send as: its repetition is not news. */
  private warn(message: Extract<FromWorker, { t: "warning" }>): void {
    const isSame = ({ kind, by }: Warning): boolean =>
      kind === message.kind && (kind !== "forged" || by === message.by);
    this.warned += 1;
    const all = [...this.warnings.value.filter((warning) => !isSame(warning)), { ...message, id: this.warned }];
    // Whoever splits the meeting must not be able to hide that behind something else.
    const split = all.filter(({ kind }) => kind === "split");
    this.warnings.value = [...split, ...all.filter(({ kind }) => kind !== "split").slice(-MOST_WARNINGS)];
  }

  private end(reason: EndReason | null): void {
    if (this.over) return;
    this.over = true;
    for (const stop of this.endings.splice(0)) stop();
    this.stalls.clear();
    // With the worker go all keys of the meeting.
    this.worker.terminate();
    batch(() => {
      this.room.end();
      this.reason.value = reason;
      this.phase.value = "ended";
    });
  }
}
