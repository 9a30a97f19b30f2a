/** Gestures that one has asked for, until one says what came of them: for oneself, and in this page's memory alone. */
import { type ReadonlySignal, signal } from "@preact/signals";
import type { AskingView, OpenAsk } from "../ui/view";
import type { Person, ToWorker } from "../worker/messages";

export class PageAsking implements AskingView {
  private readonly waiting = signal<readonly OpenAsk[]>([]);
  private readonly answers = signal<ReadonlyMap<string, boolean>>(new Map());
  private readonly answered = new Set<string>();

  constructor(private readonly post: (message: Extract<ToWorker, { t: "ask" }>) => void) {}

  get open(): ReadonlySignal<readonly OpenAsk[]> {
    return this.waiting;
  }

  readonly ask = ({ seat }: Person): void => this.post({ t: "ask", seat });

  readonly answer = ({ id, personKey }: OpenAsk, asAsked: boolean): void => {
    this.answered.add(id);
    this.waiting.value = this.waiting.peek().filter((one) => one.id !== id);
    this.answers.value = new Map([...this.answers.peek(), [personKey, asAsked]]);
  };

  readonly of = ({ personKey }: Person): boolean | null => this.answers.value.get(personKey) ?? null;

  /** Keeps what we asked open until it is answered, asked anew, or the person is gone. */
  follow(people: readonly Person[]): void {
    const open = people.flatMap((person): OpenAsk[] => {
      const { asked, seat, personKey, name } = person;
      const before = this.waiting.peek().filter((one) => one.seat === seat);
      if (asked?.mine !== true) return before;
      return this.answered.has(asked.id) ? [] : [{ id: asked.id, seat, personKey, name, gesture: asked.gesture }];
    });
    const ids = (asks: readonly OpenAsk[]): string => asks.map(({ id }) => id).join();
    if (ids(open) !== ids(this.waiting.peek())) this.waiting.value = open;
  }
}
