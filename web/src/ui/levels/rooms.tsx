/** Which screen about security levels is shown, and what its buttons do. Only administrators get here. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { Levels } from "../../page/levels";
import { t } from "../language";
import { levelName } from "../plans/level";
import type { Level } from "../plans/model";
import { Editor } from "./editor";
import { LevelList } from "./list";
import type { Making, Saving } from "./model";

interface Open {
  making: Making;
  level: Level;
}

export function LevelRooms({ levels }: { levels: Levels }): JSX.Element | null {
  const open = useSignal<Open | null>(null);
  const note = useSignal<string | null>(null);
  useEffect(() => void levels.load(), [levels]);
  const known = levels.levels.value;
  if (known === null) return levels.failed.value ? <Unreached again={() => void levels.load()} /> : null;

  const show = (next: Open | null, said: string | null): void => {
    open.value = next;
    note.value = said;
    scrollTo(0, 0);
  };
  const save = async ({ making, level: old }: Open, level: Level): Promise<Saving> => {
    const came = await (making === "new" ? levels.add(level) : levels.change(old, level));
    const { kind } = came;
    if (kind === "same") show(null, t("levels.same"));
    if (kind === "done") show(null, t("levels.saved", { name: levelName(level), version: came.version }));
    return came;
  };
  if (open.value !== null) {
    const { making, level } = open.value;
    return (
      <Editor
        key={`${making} ${level.number}`}
        making={making}
        level={level}
        taken={known.map((one) => one.number)}
        save={(next) => save({ making, level }, next)}
        back={() => {
          show(null, null);
          // What somebody else has done meanwhile shows as well.
          void levels.load();
        }}
      />
    );
  }
  return (
    <LevelList
      levels={known}
      note={note.value}
      change={(level) => show({ making: "change", level }, null)}
      copy={(level) => show({ making: "new", level }, null)}
      offer={async (level, isOffered) => {
        const came = await levels.offer(level, isOffered);
        const said = { name: levelName(level) };
        if (came.kind === "done") note.value = t(isOffered ? "retire.undone" : "retire.done", said);
        return came;
      }}
    />
  );
}

export function Unreached({ again }: { again: () => void }): JSX.Element {
  return (
    <section class="house card">
      <h1>{t("levels.unreached")}</h1>
      <p>{t("levels.unreached.text")}</p>
      <div class="steps">
        <button type="button" class="button primary" onClick={again}>
          {t("levels.again")}
        </button>
      </div>
    </section>
  );
}
