/** The quiet stage: measures itself and lays the tiles out. */
import { useSignal } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Person } from "../worker/messages";
import { alone, layout } from "./grid";
import { t } from "./language";
import { Tile } from "./tile";
import type { ComparingView, Picture } from "./view";

const GAP = 12;
const GAP_NARROW = 8;

export interface StageProps {
  people: readonly Person[];
  pictures: ReadonlyMap<string, Picture>;
  own: MediaStream | null;
  dimmed: boolean;
  comparing: ComparingView;
  children?: ComponentChildren; // shown when nobody else is there
}

export function Stage({ people, pictures, own, dimmed, comparing, children }: StageProps): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const size = useSignal({ width: 0, height: 0 });
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    const measure = (): void => {
      size.value = { width: element.clientWidth, height: element.clientHeight };
    };
    measure();
    const watch = new ResizeObserver(measure);
    watch.observe(element);
    return () => watch.disconnect();
  }, [size]);

  const ordered = [...people.filter((person) => !person.self), ...people.filter((person) => person.self)];
  const { width, height } = size.value;
  const lonely = ordered.length === 1;
  const laid = lonely ? alone(size.value) : layout(ordered.length, { width, height }, width < 600 ? GAP_NARROW : GAP);
  const scrolls = laid.height > height + 1;
  return (
    // A region that scrolls has to be reachable with the keyboard.
    <div class="stage" ref={box} data-dimmed={dimmed} tabIndex={scrolls ? 0 : -1} data-scrolls={scrolls}>
      {lonely && children}
      <ul class="tiles" aria-label={t("stage.label")} style={{ height: `${laid.height}px` }}>
        {ordered.map((person, i) => {
          const place = laid.tiles[i];
          if (place === undefined) return null;
          // One's own camera may say that it is on a moment before its picture is there.
          const shown: Person =
            person.self && own === null && person.tile === "live" ? { ...person, tile: "waiting" } : person;
          const picture = person.self ? own : (pictures.get(person.seat) ?? null);
          return (
            <Tile
              key={person.seat}
              person={shown}
              picture={picture}
              place={place}
              compared={comparing.of(person)}
              over={laid.corner && i === ordered.length - 1}
            />
          );
        })}
      </ul>
    </div>
  );
}
