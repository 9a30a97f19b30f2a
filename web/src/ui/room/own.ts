/** What others took from oneself: the devices go off with the right, and never come on by somebody else's hand. */
import { useSignalEffect } from "@preact/signals";
import type { DevicesView, MeetingView, RoomState } from "../view";

export type Subject = "mic" | "camera";

/** Whether one may not use the microphone or the camera now. */
export function isWithheld(state: RoomState, subject: Subject): boolean {
  return !state.mine.has(subject === "mic" ? "sound:send" : "camera:send");
}

function isOn(state: DevicesView["camera"]["value"]): boolean {
  return state === "on" || state === "starting";
}

/** Switches off what may not be used, and leaves it off when it is given back. */
export function useWithheld(view: MeetingView): void {
  useSignalEffect(() => {
    const state = view.room.state.value;
    const { devices } = view;
    if (isWithheld(state, "mic") && isOn(devices.microphone.value)) devices.setMic(false);
    if (isWithheld(state, "camera") && isOn(devices.camera.value)) devices.setCamera(false);
  });
}
