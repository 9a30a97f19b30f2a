/** Asks once before something that is not easily undone. */
import type { ComponentChildren, JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { t } from "../language";

export interface Way {
  label: string;
  testid: string;
  kind: "primary" | "danger" | "bad";
  act: () => void;
}

export interface SureProps {
  label: string;
  children: ComponentChildren;
  ways: readonly Way[];
  busy: boolean;
  cancel: () => void;
}

/** The question takes the focus, with the way back first: whoever presses Enter by mistake changes nothing. */
export function Sure({ label, children, ways, busy, cancel }: SureProps): JSX.Element {
  const back = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => back.current?.focus(), []);
  const onKey = (event: KeyboardEvent): void => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    cancel();
  };
  return (
    <div class="ask" role="alertdialog" aria-label={label} data-testid="ask" onKeyDown={onKey}>
      <div class="ask-words">{children}</div>
      <div class="ask-ways">
        {ways.map(({ label: words, testid, kind, act }) => (
          <button
            key={testid}
            type="button"
            class={`button quiet ${kind}`}
            data-testid={testid}
            disabled={busy}
            onClick={act}
          >
            {words}
          </button>
        ))}
        <button ref={back} type="button" class="button quiet" data-testid="cancel" onClick={cancel}>
          {t("act.no")}
        </button>
      </div>
    </div>
  );
}
