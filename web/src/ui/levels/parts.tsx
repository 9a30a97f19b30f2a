/** What the form of a level is made of. Every part says what is wrong where it is wrong. */
import type { ComponentChildren, JSX } from "preact";
import { useId } from "preact/hooks";

interface WrongProps {
  id: string;
  /** It stands elsewhere too, and is read out there. */
  quiet?: boolean;
  children: string | null;
}

/** What is wrong at a field; nothing is read out while all is well. */
function Wrong({ id, quiet = false, children }: WrongProps): JSX.Element {
  return (
    <p class="problem" role={quiet ? undefined : "alert"} id={id}>
      {children}
    </p>
  );
}

export interface GroupProps {
  label: string;
  hint?: string;
  children: ComponentChildren;
}

/** Fields that belong together, under one name. */
export function Group({ label, hint, children }: GroupProps): JSX.Element {
  return (
    <fieldset class="choice level-group">
      <legend class="field-label">{label}</legend>
      {hint !== undefined && <p class="hint">{hint}</p>}
      {children}
    </fieldset>
  );
}

export interface RadiosProps<T> {
  name: string;
  label: string;
  chosen: T;
  ways: readonly { value: T; label: string; hint?: string }[];
  wrong?: string | null;
  set(value: T): void;
}

export function Radios<T extends string | number>(props: RadiosProps<T>): JSX.Element {
  const id = useId();
  const wrong = props.wrong ?? null;
  return (
    <Group label={props.label}>
      {props.ways.map(({ value, label, hint }) => (
        <label key={value} class="level-card">
          <input
            type="radio"
            name={props.name}
            value={value}
            data-testid={`${props.name}-${value}`}
            checked={props.chosen === value}
            aria-describedby={wrong === null ? undefined : id}
            onChange={() => props.set(value)}
          />
          <span>
            {label}
            {hint !== undefined && <span class="hint">{hint}</span>}
          </span>
        </label>
      ))}
      <Wrong id={id}>{wrong}</Wrong>
    </Group>
  );
}

export interface TickProps {
  name: string;
  label: string;
  on: boolean;
  wrong?: string | null;
  quiet?: boolean;
  set(on: boolean): void;
}

export function Tick({ name, label, on, wrong = null, quiet = false, set }: TickProps): JSX.Element {
  const id = useId();
  return (
    <div>
      <label class="check">
        <input
          type="checkbox"
          data-testid={name}
          checked={on}
          aria-invalid={wrong !== null}
          aria-describedby={wrong === null ? undefined : id}
          onChange={(event) => set(event.currentTarget.checked)}
        />
        {label}
      </label>
      <Wrong id={id} quiet={quiet}>
        {wrong}
      </Wrong>
    </div>
  );
}
