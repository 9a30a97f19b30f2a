/** For each other person a place where the worker shows pictures and one where it plays sound: made when they come, closed when they go or are to be neither seen nor heard. */
import { type ReadonlySignal, signal } from "@preact/signals";
import { openScreen, type Screen } from "../media/playout/screen";
import { openSpeaker, type Speaker } from "../media/playout/speaker";
import type { Picture } from "../ui/view";
import type { Person, ToWorker } from "../worker/messages";

interface Stall {
  screen: Screen;
  speaker: Speaker | null;
}

export class Stalls {
  private readonly stalls = new Map<string, Stall>();
  private readonly shown = signal<ReadonlyMap<string, Picture>>(new Map());
  private ownSeat: string | null = null;

  constructor(private readonly post: (message: ToWorker, transfer: Transferable[]) => void) {}

  get pictures(): ReadonlySignal<ReadonlyMap<string, Picture>> {
    return this.shown;
  }

  /** Follows the list of people. A new seat of our own means that the worker began anew and has forgotten every place. */
  follow(people: readonly Person[], context: AudioContext | null): void {
    const own = people.find((person) => person.self)?.seat ?? null;
    if (own !== this.ownSeat) this.clear();
    this.ownSeat = own;
    const others = new Set(people.filter((person) => !person.self).map((person) => person.seat));
    let changed = false;
    for (const seat of [...this.stalls.keys()]) {
      if (others.has(seat)) continue;
      this.close(seat);
      changed = true;
    }
    for (const seat of others) {
      const stall = this.stalls.get(seat) ?? this.open(seat);
      changed ||= !this.shown.peek().has(seat);
      if (stall.speaker === null && context !== null) stall.speaker = this.listen(seat, context);
    }
    if (changed) this.shown.value = new Map([...this.stalls].map(([seat, { screen }]) => [seat, screen.element]));
  }

  clear(): void {
    for (const seat of [...this.stalls.keys()]) this.close(seat);
    if (this.shown.peek().size > 0) this.shown.value = new Map();
    this.ownSeat = null;
  }

  private open(seat: string): Stall {
    const stall = { screen: openScreen(), speaker: null };
    this.stalls.set(seat, stall);
    this.post({ t: "picture", seat, frames: stall.screen.target }, [stall.screen.target]);
    return stall;
  }

  private listen(seat: string, context: AudioContext): Speaker {
    const speaker = openSpeaker(context);
    this.post({ t: "speaker", seat, port: speaker.port }, [speaker.port]);
    return speaker;
  }

  private close(seat: string): void {
    const stall = this.stalls.get(seat);
    this.stalls.delete(seat);
    // The person may still be there: the worker then has nowhere to play.
    this.post({ t: "picture", seat, frames: null }, []);
    this.post({ t: "speaker", seat, port: null }, []);
    stall?.screen.close();
    stall?.speaker?.close();
  }
}
