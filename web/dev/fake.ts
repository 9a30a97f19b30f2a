/** Hand-made people, pictures and devices for the gallery: the screens get them through the same signals as in a real meeting. */
import { signal } from "@preact/signals";
import { Rights } from "../src/core/policy/rights";
import { PageAsking } from "../src/page/asking";
import { Comparing } from "../src/page/comparing";
import { named } from "../src/ui/room/rights";
import type { DeviceState, DevicesView, MeetingView, Picture } from "../src/ui/view";
import type { Person, Phase } from "../src/worker/messages";
import { type Policy, room } from "./room";

const names = [
  "Claire Dubois",
  "Antoine Lefèvre",
  "Maître Hélène Marchand",
  "Tom Okafor",
  "Inès Benali",
  "Jürgen Weiß",
  "Sofia Rossi",
  "Mei Tanaka",
  "Paul",
  "Aurélie de La Rochefoucauld-Montbel",
];
const hues = [24, 205, 150, 40, 265, 190, 345, 95, 225, 10];

/** A still that stands for a camera picture: a shape in front of a wall, no face. */
function paint(canvas: HTMLCanvasElement, i: number): void {
  const { width, height } = canvas;
  const context = canvas.getContext("2d");
  if (context === null) return;
  const hue = hues[i % hues.length] ?? 0;
  const wall = context.createLinearGradient(0, 0, width, height);
  wall.addColorStop(0, `hsl(${hue} 18% 62%)`);
  wall.addColorStop(1, `hsl(${hue} 22% 38%)`);
  context.fillStyle = wall;
  context.fillRect(0, 0, width, height);
  context.fillStyle = `hsl(${hue} 20% 72% / 0.5)`;
  context.fillRect(width * 0.08, height * 0.1, width * 0.2, height * 0.42);
  context.fillStyle = `hsl(${(hue + 180) % 360} 16% 24%)`;
  context.beginPath();
  context.ellipse(width / 2, height * 1.06, width * 0.24, height * 0.42, 0, 0, Math.PI * 2);
  context.fill();
  context.fillStyle = `hsl(${22 + (i % 3) * 6} 32% ${72 - (i % 4) * 11}%)`;
  context.beginPath();
  context.ellipse(width / 2, height * 0.43, width * 0.095, height * 0.215, 0, 0, Math.PI * 2);
  context.fill();
}

function canvas(i: number): HTMLCanvasElement {
  const element = document.createElement("canvas");
  element.width = 640;
  element.height = 360;
  paint(element, i);
  return element;
}

export function person(i: number, over: Partial<Person> = {}): Person {
  const name = `${names[i % names.length]}${i >= names.length ? ` ${Math.floor(i / names.length) + 1}` : ""}`;
  return {
    seat: `seat-${i}`,
    leaf: i,
    name,
    label: "",
    subject: `subject-${i}`,
    personKey: `key-${i}`,
    personCode: `${31_870 + i} 04412 77093 65518 20964 ${53_321 - i}`,
    guest: true,
    organiser: false,
    allowed: Rights.SOUND | Rights.CAMERA,
    self: i === 0,
    mic: true,
    camera: true,
    client: "page",
    tile: "live",
    sound: "live",
    speaking: false,
    level: 0,
    doubt: null,
    asked: null,
    ...over,
  };
}

export function crowd(count: number): Person[] {
  return Array.from({ length: count }, (_, i) => {
    const dark = i % 5 === 3;
    return person(i, { mic: i % 3 !== 2, speaking: i === 1, camera: !dark, tile: dark ? "paused" : "live" });
  });
}

export function devices(camera: DeviceState = "on", microphone: DeviceState = "on"): DevicesView {
  const cam = signal<DeviceState>(camera);
  const mic = signal<DeviceState>(microphone);
  const chosen = signal({ camera: "", microphone: "m1", speaker: "" });
  return {
    camera: cam,
    microphone: mic,
    preview: signal(camera === "on" ? canvas(0).captureStream(5) : null),
    level: signal(microphone === "on" ? 0.42 : 0),
    choices: signal({
      camera: [{ id: "c1", label: "Built-in camera" }],
      microphone: [
        { id: "m1", label: "Headset microphone" },
        { id: "m2", label: "" },
      ],
      speaker: [{ id: "s1", label: "Headset" }],
    }),
    chosen,
    setCamera: (on) => {
      cam.value = on ? "on" : "off";
    },
    setMic: (on) => {
      mic.value = on ? "on" : "off";
    },
    choose: (kind, id) => {
      chosen.value = { ...chosen.value, [kind]: id };
    },
  };
}

export interface Scene {
  people?: Person[];
  policy?: Policy;
  phase?: Phase;
  devices?: DevicesView;
  refused?: Record<string, number>;
  warnings?: MeetingView["warnings"]["value"];
  soundBlocked?: boolean;
  compared?: readonly Person[]; // whom one has compared keys with
}

export function meeting(scene: Scene): MeetingView {
  const people = scene.people ?? crowd(4);
  const members = signal<readonly Person[]>(people);
  const comparing = new Comparing();
  scene.compared?.forEach(comparing.mark);
  const asking = new PageAsking(() => {});
  asking.follow(people);
  const view: MeetingView = {
    comparing,
    asking,
    room: room(scene.policy ?? {}, members),
    devices: scene.devices ?? devices(),
    phase: signal(scene.phase ?? "inside"),
    reason: signal(null),
    people: members,
    epoch: signal({ epoch: "7", code: "48213 90557 03124 77860 21945 66038" }),
    counters: signal({
      sealed: 18432,
      opened: 55120,
      refused: scene.refused ?? {},
      commitsRefused: 0,
      bytesUp: 23_400_000,
      bytesDown: 71_900_000,
      roundTripMs: 14,
    }),
    warnings: signal(scene.warnings ?? []),
    pictures: signal(
      new Map<string, Picture>(people.filter((one) => !one.self).map((one) => [one.seat, canvas(one.leaf)])),
    ),
    soundBlocked: signal(scene.soundBlocked ?? false),
    link: "https://meet.example.org/m/8Jw1Zk0sQvKp3nT6bXyA9g#mB7cQ0r4u2hVt9xLwEoKp1sYd6fNzGiJ3aTqRb5Xk8U",
    hear: () => {},
    dismiss: () => {},
    leave: () => {},
  };
  // What happens to oneself comes from others: tests change it here.
  Object.assign(globalThis, { meeting: { ...view, named } });
  return view;
}
