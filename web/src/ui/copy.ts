/** Puts a text on the clipboard. */
import { signal } from "@preact/signals";

export type Copying = "idle" | "done" | "failed";
export const copying = signal<Copying>("idle");

const SHOWN_MS = 2500;
let timer = 0;

/** Copies and says so for a moment; a browser that refuses is answered with words, not with silence. */
export async function copy(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    copying.value = "done";
  } catch {
    copying.value = "failed";
  }
  clearTimeout(timer);
  timer = setTimeout(() => {
    copying.value = "idle";
  }, SHOWN_MS);
}
