/** The frame of every screen outside a meeting. */
import { signal } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import { Masthead, type MastheadProps } from "./masthead";

/** Who is signed in, and the way to the screens about accounts; the application sets it. */
export const visitor = signal<Omit<MastheadProps, "onHome">>({ name: null, isAdministrator: false, go: () => {} });

export interface ScreenProps {
  home: () => void;
  children: ComponentChildren;
}

export function Screen({ home, children }: ScreenProps): JSX.Element {
  return (
    <div class="page">
      <Masthead onHome={home} {...visitor.value} />
      <div class="page-body">{children}</div>
    </div>
  );
}
