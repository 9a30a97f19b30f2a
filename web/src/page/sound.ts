/** The page's audio context as the screens need it: whether the browser holds the sound back, and how to let it go. */
import { type ReadonlySignal, signal } from "@preact/signals";
import { chooseSpeaker, openSound } from "../media/sound";

export class PageSound {
  private readonly state = signal<AudioContext | null>(null);
  private readonly held = signal(false);
  private closed = false;

  /** Null until the worklets are loaded, and for ever where the machine cannot play sound. */
  get context(): ReadonlySignal<AudioContext | null> {
    return this.state;
  }

  /** The browser waits for a click or a key before it plays. */
  get blocked(): ReadonlySignal<boolean> {
    return this.held;
  }

  async open(): Promise<void> {
    const context = await openSound().catch(() => null);
    if (context === null) return;
    if (this.closed) {
      void context.close();
      return;
    }
    const look = (): void => {
      this.held.value = context.state !== "running";
    };
    context.addEventListener("statechange", look);
    look();
    this.state.value = context;
    this.resume();
    const once = { once: true, capture: true };
    for (const gesture of ["pointerdown", "keydown"]) addEventListener(gesture, () => this.resume(), once);
  }

  /** Works inside a click or a key press; before one the browser may leave it waiting. */
  resume(): void {
    // A refusal shows in the state of the context, which the screens watch.
    this.state.value?.resume().catch(() => {});
  }

  choose(speaker: string): void {
    const context = this.state.value;
    if (context !== null) void chooseSpeaker(context, speaker);
  }

  close(): void {
    this.closed = true;
    void this.state.value?.close();
    this.state.value = null;
  }
}
