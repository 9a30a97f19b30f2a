/** The frame of every screen outside a meeting. */
import type { ComponentChildren, JSX } from "preact";
import { Masthead } from "./masthead";

export interface ScreenProps {
  home: () => void;
  children: ComponentChildren;
}

export function Screen({ home, children }: ScreenProps): JSX.Element {
  return (
    <div class="page">
      <Masthead onHome={home} />
      <div class="page-body">{children}</div>
    </div>
  );
}
