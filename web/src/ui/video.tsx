/** Moving pictures: one's own camera, or the surface that the session worker draws another person on. Sound never comes this way. */
import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { Picture } from "./view";

export interface VideoProps {
  stream: MediaStream;
  label: string;
}

/** One's own camera, as in a mirror. */
export function Video({ stream, label }: VideoProps): JSX.Element {
  const element = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    const video = element.current;
    if (video === null) return;
    video.muted = true;
    video.srcObject = stream;
    // Refused only when the element goes away meanwhile: then there is nothing left to show.
    video.play().catch(() => {});
    return () => {
      video.srcObject = null;
    };
  }, [stream]);
  return <video ref={element} class="picture mirrored" aria-label={label} autoplay playsInline muted />;
}

export interface SurfaceProps {
  element: Picture;
  label: string;
  hidden: boolean; // keeps running, is not shown
}

/** Puts an element that was made elsewhere on the page. */
export function Surface({ element, label, hidden }: SurfaceProps): JSX.Element {
  const frame = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    element.classList.add("picture");
    element.setAttribute("role", "img");
    frame.current?.append(element);
    // A video that was taken off the page stops by itself; one that is gone before it plays has nothing to show.
    if (element instanceof HTMLVideoElement) element.play().catch(() => {});
    return () => element.remove();
  }, [element]);
  useLayoutEffect(() => element.setAttribute("aria-label", label), [element, label]);
  return <div ref={frame} class="surface" data-hidden={hidden} />;
}
