/** What the room's state means for everybody who is inside, said calmly, as long as it holds. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Icon } from "../icons";
import { t } from "../language";
import type { RoomState, RoomView } from "../view";
import { FreezeButton } from "./everybody";
import { isWithheld } from "./own";

interface Held {
  frozen: boolean;
  mic: boolean;
  camera: boolean;
}

function heldOf(state: RoomState): Held {
  return { frozen: state.frozen, mic: isWithheld(state, "mic"), camera: isWithheld(state, "camera") };
}

function withheldText({ mic, camera }: Held): string | null {
  if (mic && camera) return t("own.both.withheld");
  return mic ? t("own.mic.withheld") : camera ? t("own.camera.withheld") : null;
}

export function RoomNotices({ room }: { room: RoomView }): JSX.Element {
  const state = room.state.value;
  const withheld = withheldText(heldOf(state));
  return (
    <>
      {state.frozen && (
        <div class="banner frozen" data-testid="frozen">
          <Icon name="freeze" />
          <span>
            <strong>{t("frozen.title")}</strong> {t(withheld === null ? "frozen.mine" : "frozen.text")}
          </span>
          <FreezeButton room={room} />
        </div>
      )}
      {!state.frozen && state.door === "locked" && (
        <p class="banner slim" data-testid="locked">
          <Icon name="lock" />
          <span>{t("door.banner")}</span>
        </p>
      )}
      {!state.frozen && withheld !== null && (
        <p class="banner" data-testid="withheld">
          <Icon name={isWithheld(state, "mic") ? "microphoneOff" : "cameraOff"} />
          <span>{withheld}</span>
        </p>
      )}
    </>
  );
}

/** Says to a screen reader what one may do again; what was taken is said by the banner. */
export function GivenBack({ room }: { room: RoomView }): JSX.Element {
  const now = heldOf(room.state.value);
  const before = useRef(now);
  const said = useSignal("");
  useEffect(() => {
    const was = before.current;
    before.current = now;
    if (was.frozen && !now.frozen && !now.mic) said.value = t("thawed");
    else if (was.mic && !now.mic) said.value = t("own.mic.back");
    else if (was.camera && !now.camera) said.value = t("own.camera.back");
  }, [now.frozen, now.mic, now.camera, said]);
  return (
    <p class="unseen" role="status" aria-live="polite" data-testid="given-back">
      {said}
    </p>
  );
}
