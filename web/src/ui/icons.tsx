/** Our own line drawings, 24 units wide, in the colour of the text around them. Decoration only: the words beside them are the label. */
import type { JSX } from "preact";

const paths = {
  microphone:
    "M12 3.5a2.75 2.75 0 0 0-2.75 2.75v5a2.75 2.75 0 0 0 5.5 0v-5A2.75 2.75 0 0 0 12 3.5ZM5.75 11a6.25 6.25 0 0 0 12.5 0M12 17.25v3.25M9 20.5h6",
  microphoneOff:
    "M14.75 10V6.25a2.75 2.75 0 0 0-5.4-.75M9.25 9.25v2a2.75 2.75 0 0 0 4.4 2.2M5.75 11a6.25 6.25 0 0 0 9.75 5.15M18.25 11a6.2 6.2 0 0 1-.7 2.85M12 17.25v3.25M9 20.5h6M4 4l16 16",
  camera:
    "M4.5 7h9A1.5 1.5 0 0 1 15 8.5v7a1.5 1.5 0 0 1-1.5 1.5h-9A1.5 1.5 0 0 1 3 15.5v-7A1.5 1.5 0 0 1 4.5 7ZM15 10.75l4.6-2.9a.9.9 0 0 1 1.4.75v6.8a.9.9 0 0 1-1.4.75L15 13.25",
  cameraOff:
    "M8.5 7h5A1.5 1.5 0 0 1 15 8.5v4.75M14.6 16.6a1.5 1.5 0 0 1-1.1.4h-9A1.5 1.5 0 0 1 3 15.5v-7c0-.7.5-1.3 1.1-1.45M15 10.75l4.6-2.9a.9.9 0 0 1 1.4.75v6.8a.9.9 0 0 1-1.4.75l-1.4-.9M4 4l16 16",
  people:
    "M9 11.5a3.25 3.25 0 1 0 0-6.5 3.25 3.25 0 0 0 0 6.5ZM2.75 19a6.25 6.25 0 0 1 12.5 0M15.5 5.3a3.25 3.25 0 0 1 0 5.9M17.75 13.6a6.25 6.25 0 0 1 3.5 5.4",
  security: "M12 3.25 5 5.75v5.5c0 4.4 2.9 7.9 7 9.5 4.1-1.6 7-5.1 7-9.5v-5.5l-7-2.5ZM9 11.75l2.25 2.25L15.25 10",
  link: "M10 14a4 4 0 0 0 5.65 0l3-3A4 4 0 0 0 13 5.35l-1.25 1.2M14 10a4 4 0 0 0-5.65 0l-3 3A4 4 0 0 0 11 18.65l1.25-1.2",
  leave: "M13.5 4H7.25A1.25 1.25 0 0 0 6 5.25v13.5A1.25 1.25 0 0 0 7.25 20h6.25M11 12h9.5M17 8.25 20.75 12 17 15.75",
  settings:
    "M4 7.5h9M18.5 7.5H20M4 16.5h1.5M11 16.5h9M15.75 10a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5ZM8.25 19a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5Z",
  help: "M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17ZM9.6 9.5a2.45 2.45 0 1 1 3.6 2.15c-.75.4-1.2.9-1.2 1.75M12 16.4v.1",
  program:
    "M5 5h14A1.5 1.5 0 0 1 20.5 6.5v11a1.5 1.5 0 0 1-1.5 1.5H5a1.5 1.5 0 0 1-1.5-1.5v-11A1.5 1.5 0 0 1 5 5ZM7.5 9.5l2.75 2.5-2.75 2.5M12.75 14.5h3.75",
  close: "M6 6l12 12M18 6 6 18",
  check: "M5 12.5l4.5 4.5L19 7.5",
  lock: "M7 10.5V8a5 5 0 0 1 10 0v2.5M6.5 10.5h11A1.5 1.5 0 0 1 19 12v6.5a1.5 1.5 0 0 1-1.5 1.5h-11A1.5 1.5 0 0 1 5 18.5V12a1.5 1.5 0 0 1 1.5-1.5Z",
  arrow: "M5 12h14M13 6l6 6-6 6",
  cut: "M4.5 9.5a11 11 0 0 1 4-2.3M19.5 9.5a11 11 0 0 0-6-3M7.75 13a6.2 6.2 0 0 1 3-1.6M16.25 13a6.1 6.1 0 0 0-.9-.7M12 17v.1M4 4l16 16",
  alert: "M12 4 3 19.5h18L12 4ZM12 10v4.5M12 17v.1",
  key: "M8 16.5a4 4 0 1 1 3.8-5.25H20.5v3.5M17 11.25v2.5M8 12.5v.01",
  hourglass:
    "M7 3.75h10M7 20.25h10M8 3.75c0 5 3.9 5.4 3.9 8.25S8 15.25 8 20.25M16 3.75c0 5-3.9 5.4-3.9 8.25S16 15.25 16 20.25",
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name }: { name: IconName }): JSX.Element {
  return (
    <svg class="icon" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  );
}

/** The mark: a door, closed. */
export function Mark(): JSX.Element {
  return (
    <svg class="mark" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true" focusable="false">
      <path class="mark-door" d="M6 21V4.5A1.5 1.5 0 0 1 7.500 3h9A1.5 1.5 0 0 1 18 4.500V21Z" />
      <path class="mark-floor" d="M3 21h18" />
      <circle class="mark-knob" cx="14.75" cy="12.500" r="1.100" />
    </svg>
  );
}
