/** Single keys for the controls of a meeting; they can be switched off, because dictation software types keys by mistake (WCAG 2.1.4). */
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";

export type Action = "mic" | "camera" | "people" | "knocks" | "security" | "copy" | "settings" | "help" | "close";

export const shortcuts: readonly { key: string; action: Action }[] = [
  { key: "m", action: "mic" },
  { key: "v", action: "camera" },
  { key: "p", action: "people" },
  { key: "k", action: "knocks" },
  { key: "s", action: "security" },
  { key: "c", action: "copy" },
  { key: ",", action: "settings" },
  { key: "?", action: "help" },
  { key: "Escape", action: "close" },
];

const REMEMBERED = "aparte.shortcuts";
export const enabled = signal(true);

export function startShortcuts(): void {
  enabled.value = localStorage.getItem(REMEMBERED) !== "off";
}

export function enableShortcuts(on: boolean): void {
  enabled.value = on;
  localStorage.setItem(REMEMBERED, on ? "on" : "off");
}

function types(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    target.closest("input:not([type=checkbox]), select, textarea, dialog[open]") !== null
  );
}

/** Calls `act` for each shortcut pressed outside of fields. Escape works even when the keys are off. */
export function useShortcuts(act: (action: Action) => void): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (
        event.ctrlKey ||
        event.metaKey ||
        event.altKey ||
        event.repeat ||
        event.defaultPrevented ||
        types(event.target)
      )
        return;
      const found = shortcuts.find(({ key }) => key === event.key || key === event.key.toLowerCase());
      if (found === undefined || (!enabled.value && found.action !== "close")) return;
      event.preventDefault();
      act(found.action);
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  });
}
