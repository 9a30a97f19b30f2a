/**
 * When a member makes the commit that is due: in order of rank, so that one acts, and in batches.
 * Due is a set of names: seats that are gone, and whatever else its user wants a commit for. No clock: `later` is time.
 */

/** How long to wait for others who go in the same moment; who goes while a commit is under way is in the next one. */
export const REMOVAL_MS = 40;
/** How much later each member with a higher rank acts. */
export const RANK_MS = 1500;
/** The least time between two of our own: a server grants a member few commits a second. */
export const REST_MS = 500;

export interface Removing {
  later(ms: number, task: () => void): () => void;
  /** Makes the commit, if it can, and then says `made`. */
  act(): void;
  /** Plans anew: a rest is over. */
  again(): void;
}

export class Removal {
  /** They cancel what waits. */
  private waits: (() => void)[] = [];
  private awaited: ReadonlySet<string> = new Set();
  private rank = 0;
  private cancelRest: (() => void) | null = null;

  constructor(private readonly user: Removing) {}

  /**
   * Acts when those with a lower rank have had their time. A wait goes on while anything it began for is due: new
   * epochs and others who go do not put it off. A lower rank adds a wait that may end sooner.
   */
  plan(due: ReadonlySet<string>, rank: number): void {
    if (this.waits.length > 0 && [...this.awaited].some((name) => due.has(name))) {
      if (rank >= this.rank) return;
    } else {
      this.stop();
      if (due.size === 0 || this.cancelRest !== null) return;
      this.awaited = new Set(due);
    }
    this.rank = rank;
    this.waits.push(
      this.user.later(REMOVAL_MS + rank * RANK_MS, () => {
        this.stop();
        this.user.act();
      }),
    );
  }

  /** Rests: a commit has been sent. */
  made(): void {
    this.cancelRest = this.user.later(REST_MS, () => {
      this.cancelRest = null;
      this.user.again();
    });
  }

  /** Waits no longer; a rest goes on. */
  stop(): void {
    for (const cancel of this.waits) cancel();
    this.waits = [];
  }

  /** Does nothing any more. */
  close(): void {
    this.stop();
    this.cancelRest?.();
  }
}
