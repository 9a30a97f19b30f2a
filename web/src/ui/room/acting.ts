/** One action at a time, from its button to what became of it. */
import { type Signal, useSignal } from "@preact/signals";
import { t } from "../language";
import type { Outcome } from "../view";

export interface Acting {
  readonly busy: boolean;
  /** Why the last one took no effect, in words; "" while there is nothing to say. */
  readonly problem: string;
  run(act: () => Promise<Outcome>): Promise<Outcome>;
}

function wordsOf(outcome: Outcome): string {
  if (outcome === "done") return "";
  if (outcome === "no-right") return t("act.failed.no-right");
  return t(outcome === "gone" ? "act.failed.gone" : "act.failed");
}

export function useActing(): Acting {
  const busy = useSignal(false);
  const outcome: Signal<Outcome> = useSignal<Outcome>("done");
  return {
    busy: busy.value,
    problem: wordsOf(outcome.value),
    run: async (act) => {
      if (busy.peek()) return "busy";
      busy.value = true;
      outcome.value = await act();
      busy.value = false;
      return outcome.peek();
    },
  };
}

/** The second click of a double click: what is under it may have changed with the first. */
export function isEcho(event: MouseEvent): boolean {
  return event.detail > 1;
}
