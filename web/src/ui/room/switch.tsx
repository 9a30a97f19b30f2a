/** One right as a switch, or, for who may not change it, as a word. */
import type { JSX } from "preact";
import { Icon, type IconName } from "../icons";
import { t } from "../language";
import type { Outcome, RightName } from "../view";
import { useActing } from "./acting";

export interface RightSwitchProps {
  right: RightName;
  icon?: IconName;
  on: boolean;
  set: (on: boolean) => Promise<Outcome>;
}

export function RightSwitch({ right, icon, on, set }: RightSwitchProps): JSX.Element {
  const { busy, problem, run } = useActing();
  return (
    <li class="right">
      <button
        type="button"
        class="right-switch"
        role="switch"
        aria-checked={on}
        aria-busy={busy}
        data-testid="right"
        data-right={right}
        onClick={() => void run(() => set(!on))}
      >
        {icon !== undefined && <Icon name={icon} />}
        <span>{t(`right.${right}`)}</span>
        <span class="knob" aria-hidden="true" />
      </button>
      <p class="problem" role="alert">
        {problem}
      </p>
    </li>
  );
}

export function RightWord({ right, icon, on }: Omit<RightSwitchProps, "set">): JSX.Element {
  return (
    <li class="right-word" data-testid="right" data-right={right} data-on={on}>
      {icon !== undefined && <Icon name={icon} />}
      {t(`right.${right}`)}
      <span class="unseen">: {t(on ? "rights.yes" : "rights.no")}</span>
    </li>
  );
}
