/** Light, dark, or as the system: a choice is remembered and set as `data-theme` on the root element; the tokens do the rest. */
import { signal } from "@preact/signals";

export type Theme = "auto" | "light" | "dark";
export const themes: readonly Theme[] = ["auto", "light", "dark"];
export const theme = signal<Theme>("auto");

const REMEMBERED = "aparte.theme";

function show(chosen: Theme): void {
  theme.value = chosen;
  if (chosen === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = chosen;
}

export function startTheme(): void {
  const remembered = localStorage.getItem(REMEMBERED);
  show(themes.find((one) => one === remembered) ?? "auto");
}

export function chooseTheme(chosen: Theme): void {
  show(chosen);
  localStorage.setItem(REMEMBERED, chosen);
}
