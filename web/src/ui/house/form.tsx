/** What the forms about accounts have in common: fields with one hint or problem, and a button that says that it works. */
import { useSignal } from "@preact/signals";
import type { ComponentChildren, JSX, TargetedInputEvent } from "preact";
import { useId } from "preact/hooks";
import { t } from "../language";

export interface FieldProps {
  name: string;
  label: string;
  type?: "text" | "password" | "date" | "time";
  autocomplete?: string;
  hint?: string;
  value?: string;
  problem?: string | null;
  maxLength?: number;
  inputMode?: "numeric" | "text";
  autofocus?: boolean;
  onInput?: (value: string) => void;
}

export function Field(props: FieldProps): JSX.Element {
  const id = useId();
  const shown = useSignal(false);
  const isPassword = props.type === "password";
  const isHidden = isPassword && !shown.value;
  const note = props.problem ?? props.hint;
  const shared = {
    id,
    name: props.name,
    autocomplete: props.autocomplete ?? "off",
    autocapitalize: "none",
    spellcheck: false,
    maxLength: props.maxLength ?? 128,
    defaultValue: props.value,
    "aria-invalid": Boolean(props.problem),
    "aria-describedby": note ? `${id}-note` : undefined,
    "data-testid": props.name,
    ref: (element: HTMLInputElement | null) => {
      if (!props.autofocus || element === null || element.dataset.focused !== undefined) return;
      element.dataset.focused = "";
      element.focus({ preventScroll: true });
    },
    onInput: (event: TargetedInputEvent<HTMLInputElement>) => props.onInput?.(event.currentTarget.value),
  } as const;
  return (
    <div class="field">
      <label class="field-label" for={id}>
        {props.label}
      </label>
      {isHidden ? (
        <input {...shared} type="password" />
      ) : props.type === "date" ? (
        <input {...shared} type="date" />
      ) : props.type === "time" ? (
        <input {...shared} type="time" />
      ) : (
        <input {...shared} type="text" inputMode={props.inputMode ?? "text"} />
      )}
      {isPassword && (
        <label class="check tight">
          <input
            type="checkbox"
            checked={shown.value}
            onChange={(event) => {
              shown.value = event.currentTarget.checked;
            }}
          />
          {t("signin.show")}
        </label>
      )}
      {note && (
        <p class={props.problem ? "problem" : "hint"} id={`${id}-note`} role={props.problem ? "alert" : undefined}>
          {note}
        </p>
      )}
    </div>
  );
}

export interface FormProps {
  /** Resolves with what is to be said, or null when all is well. */
  send(values: Readonly<Record<string, string>>): Promise<string | null>;
  label: string;
  busy?: string;
  testid: string;
  quiet?: boolean;
  children: ComponentChildren;
}

export function Form({ send, label, busy, testid, quiet = false, children }: FormProps): JSX.Element {
  const working = useSignal(false);
  const problem = useSignal<string | null>(null);
  const onSubmit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (working.value) return;
    const values = Object.fromEntries(
      [...new FormData(event.currentTarget as HTMLFormElement)].map(([name, value]) => [
        name,
        typeof value === "string" ? value : "",
      ]),
    );
    working.value = true;
    problem.value = null;
    problem.value = await send(values);
    working.value = false;
  };
  return (
    <form class="form" noValidate onSubmit={onSubmit}>
      {children}
      <p class="problem" role="alert" data-testid={`${testid}-problem`}>
        {problem.value}
      </p>
      <button
        type="submit"
        class={quiet ? "button" : "button primary large wide"}
        data-testid={testid}
        disabled={working.value}
      >
        {working.value ? (busy ?? label) : label}
      </button>
    </form>
  );
}
