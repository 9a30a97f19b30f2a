/** Whom one has compared keys with, for as long as the visit to a meeting lasts: in this page's memory, and nowhere else. */
import { signal } from "@preact/signals";
import { lookalike } from "../ui/room/lookalike";
import type { Compared, ComparingView } from "../ui/view";
import type { Person } from "../worker/messages";

type Who = Pick<Person, "name" | "subject">;

/** Marks belong to person keys: neither a name nor an account carries one along to another key. */
export class Comparing implements ComparingView {
  private readonly marked = signal<ReadonlyMap<string, Who>>(new Map());
  private readonly passed = signal<ReadonlySet<string>>(new Set());

  readonly of = ({ self, personKey, name, subject }: Person): Compared => {
    const marked = this.marked.value;
    if (self) return "no";
    if (marked.has(personKey)) return "yes";
    if (this.passed.value.has(personKey)) return "no";
    const isAlike = (who: Who): boolean => who.subject === subject || lookalike(name, [who.name]) !== null;
    return [...marked.values()].some(isAlike) ? "changed" : "no";
  };

  readonly mark = ({ personKey, name, subject }: Person): void => {
    this.marked.value = new Map([...this.marked.peek(), [personKey, { name, subject }]]);
  };

  readonly unmark = ({ personKey }: Person): void => {
    this.marked.value = new Map([...this.marked.peek()].filter(([key]) => key !== personKey));
  };

  readonly goOn = ({ personKey }: Person): void => {
    this.passed.value = new Set([...this.passed.peek(), personKey]);
  };

  /** Those of whom something may play. */
  open(people: readonly Person[]): readonly Person[] {
    return people.filter((person) => this.of(person) !== "changed");
  }
}
