/** Which camera, microphone and loudspeaker to use. */
import type { JSX } from "preact";
import { t } from "./language";
import type { DeviceKind, DevicesView } from "./view";

const kinds: readonly DeviceKind[] = ["camera", "microphone", "speaker"];

export function Choosers({ devices }: { devices: DevicesView }): JSX.Element {
  return (
    <div class="choosers">
      {kinds.map((kind) => {
        const choices = devices.choices.value[kind];
        const named = choices.filter((choice) => choice.id !== "" && choice.id !== "default");
        return (
          <label key={kind} class="field">
            <span class="field-label">{t(`device.${kind}`)}</span>
            <select
              value={devices.chosen.value[kind]}
              disabled={named.length === 0}
              data-testid={`choose-${kind}`}
              onChange={(event) => devices.choose(kind, event.currentTarget.value)}
            >
              <option value="">{t("device.default")}</option>
              {named.map((choice, i) => (
                <option key={choice.id} value={choice.id}>
                  {choice.label || t("device.unnamed", { kind: t(`device.${kind}`), n: i + 1 })}
                </option>
              ))}
            </select>
          </label>
        );
      })}
    </div>
  );
}
