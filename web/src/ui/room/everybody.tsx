/** What holds for everybody: the door, the microphones, the freeze; for who may change it, with the way to do so. */
import type { JSX } from "preact";
import { includes, Rights as Right } from "../../core/policy/rights";
import type { Person } from "../../worker/messages";
import { Icon } from "../icons";
import { t } from "../language";
import type { DoorName, RoomState, RoomView } from "../view";
import { useActing } from "./acting";
import { pictures, sending } from "./rights";
import { RightSwitch } from "./switch";

type Position = "open" | "knock" | "locked";

const positions: Readonly<Record<DoorName, Position>> = {
  open: "open",
  "guests-knock": "knock",
  "all-knock": "knock",
  locked: "locked",
};
/** Knocking begins with everybody: the stricter of the two is what the word says. */
const doors: Readonly<Record<Position, DoorName>> = { open: "open", knock: "all-knock", locked: "locked" };

function doorText({ door, frozen }: RoomState): string {
  return t(frozen ? "door.frozen.text" : `door.${door}.text`);
}

function Door({ room }: { room: RoomView }): JSX.Element {
  const { busy, problem, run } = useActing();
  const state = room.state.value;
  const set = (door: DoorName): void => void run(() => room.act.setDoor(door));
  return (
    <fieldset class="door-choice" data-testid="door" data-door={state.door} aria-busy={busy}>
      <legend class="field-label">{t("door.title")}</legend>
      <div class="segments">
        {(["open", "knock", "locked"] as const).map((position) => (
          <label key={position}>
            <input
              type="radio"
              name="door"
              value={position}
              checked={positions[state.door] === position}
              onChange={() => set(doors[position])}
            />
            <span>{t(`door.${position}`)}</span>
          </label>
        ))}
      </div>
      <p class="hint">{doorText(state)}</p>
      {positions[state.door] === "knock" && (
        <label class="check tight">
          <input
            type="checkbox"
            data-testid="door-guests"
            checked={state.door === "guests-knock"}
            onChange={(event) => set(event.currentTarget.checked ? "guests-knock" : "all-knock")}
          />
          {t("door.guests")}
        </label>
      )}
      <p class="problem" role="alert">
        {problem}
      </p>
    </fieldset>
  );
}

/** Whether somebody who is no organiser may still speak. */
function anyoneSpeaks(state: RoomState, people: readonly Person[]): boolean {
  if (state.everybody.has("sound:send")) return true;
  return people.some((person) => !person.organiser && includes(person.allowed, Right.SOUND));
}

interface EverybodyProps {
  room: RoomView;
  people: readonly Person[];
}

/** Takes the microphone from everybody but organisers, or gives it back. */
function Mute({ room, people }: EverybodyProps): JSX.Element | null {
  const { busy, problem, run } = useActing();
  const state = room.state.value;
  const speak = anyoneSpeaks(state, people);
  if (!speak && !state.mine.has("sound:send")) return null;
  return (
    <>
      <button
        type="button"
        class="button quiet"
        data-testid="mute-all"
        data-muted={!speak}
        disabled={busy}
        onClick={() => void run(() => (speak ? room.act.takeFromAll("sound:send") : room.act.giveToAll("sound:send")))}
      >
        <Icon name={speak ? "microphoneOff" : "microphone"} />
        {t(speak ? "direct.mute" : "direct.unmute")}
      </button>
      <p class="problem" role="alert">
        {problem}
      </p>
    </>
  );
}

/** What everybody may use, the microphone aside: that has a button of its own. */
function Usable({ room }: { room: RoomView }): JSX.Element {
  const state = room.state.value;
  const shown = sending.filter(
    (right) => right !== "sound:send" && (state.everybody.has(right) || state.mine.has(right)),
  );
  return (
    <details class="rights-over">
      <summary data-testid="everybody-rights">{t("direct.everybody")}</summary>
      <ul class="rights">
        {shown.map((right) => (
          <RightSwitch
            key={right}
            right={right}
            icon={pictures[right]}
            on={state.everybody.has(right)}
            set={(on) => (on ? room.act.giveToAll(right) : room.act.takeFromAll(right))}
          />
        ))}
      </ul>
      <p class="hint">{t("direct.organisers")}</p>
    </details>
  );
}

export interface FreezeProps {
  room: RoomView;
  /** Called when the room is frozen, so that the people are at hand. */
  frozen?: () => void;
}

/** One press, no question: when it is needed, it is needed now. */
export function FreezeButton({ room, frozen = () => {} }: FreezeProps): JSX.Element | null {
  const { busy, problem, run } = useActing();
  const state = room.state.value;
  if (!state.mine.has("room:freeze")) return null;
  const act = (): void =>
    void run(state.frozen ? room.act.thaw : room.act.freeze).then((outcome) => {
      if (outcome === "done" && room.state.peek().frozen) frozen();
    });
  return (
    <>
      <button
        type="button"
        class={state.frozen ? "button quiet primary" : "button quiet bad"}
        title={t(state.frozen ? "direct.thaw.text" : "direct.freeze.text")}
        data-testid="freeze"
        data-frozen={state.frozen}
        disabled={busy}
        onClick={act}
      >
        <Icon name={state.frozen ? "arrow" : "freeze"} />
        <span>{t(state.frozen ? "direct.thaw" : "direct.freeze")}</span>
      </button>
      <p class="problem" role="alert">
        {problem}
      </p>
    </>
  );
}

function DoorWord({ state }: { state: RoomState }): JSX.Element {
  return (
    <p class="door-word hint" data-testid="door-word" data-door={state.door}>
      <Icon name="door" />
      <span>{doorText(state)}</span>
    </p>
  );
}

/** In the sheet, above the people. Without rights one reads what holds; while the room is frozen the people come first. */
export function Everybody({ room, people }: EverybodyProps): JSX.Element {
  const state = room.state.value;
  const { mine } = state;
  const freezes = mine.has("room:freeze");
  const grants = mine.has("right:change");
  if (!freezes && !grants && !mine.has("door:change")) return <DoorWord state={state} />;
  if (state.frozen) {
    return (
      <section class="everybody" aria-label={t("direct.title")} data-testid="everybody">
        <DoorWord state={state} />
        {freezes && (
          <div class="everybody-acts">
            <FreezeButton room={room} />
            <p class="hint">{t("direct.thaw.text")}</p>
          </div>
        )}
      </section>
    );
  }
  return (
    <section class="everybody" aria-label={t("direct.title")} data-testid="everybody">
      {mine.has("door:change") ? <Door room={room} /> : <DoorWord state={state} />}
      <div class="everybody-acts">
        {grants && <Mute room={room} people={people} />}
        {freezes && <FreezeButton room={room} />}
        {grants && !anyoneSpeaks(state, people) && <p class="hint">{t("direct.muted")}</p>}
        {freezes && <p class="hint">{t("direct.freeze.text")}</p>}
      </div>
      {grants && <Usable room={room} />}
    </section>
  );
}
