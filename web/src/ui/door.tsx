/** The picture of the start page: a panelled door, closed, with light under it. Drawn in the colours of the tokens. */
import type { JSX } from "preact";

export function Door(): JSX.Element {
  return (
    <div class="door">
      <svg viewBox="0 -8 320 404" aria-hidden="true" focusable="false">
        <path class="door-frame" d="M66 384V92a94 94 0 0 1 188 0v292" />
        <path class="door-leaf" d="M82 384V94a78 78 0 0 1 156 0v290Z" />
        <path class="door-line" d="M160 17v365" />
        <path
          class="door-line"
          d="M98 176V96c0-30 18-54 46-62v142ZM222 176V96c0-30-18-54-46-62v142ZM98 196h46v68H98ZM176 196h46v68h-46ZM98 284h46v82H98ZM176 284h46v82h-46Z"
        />
        <circle class="door-knob" cx="151" cy="232" r="4.500" />
        <circle class="door-knob" cx="169" cy="232" r="4.500" />
        <path class="door-light" d="M82 384h156" />
        <path class="door-frame" d="M20 384h46M254 384h46" />
      </svg>
    </div>
  );
}
