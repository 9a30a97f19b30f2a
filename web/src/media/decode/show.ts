/** Shows decoded pictures at their time, newest first: a picture that another one has overtaken is never shown. */

/** Where pictures go. The page makes it; the worker gets it by transfer. */
export type PictureTarget = WritableStream<VideoFrame> | OffscreenCanvas;

/** Takes over every frame that it is given and closes it exactly once. */
export interface Surface {
  draw(frame: VideoFrame): void;
  release(): void;
}

/** A surface for either kind of target. */
export function surface(target: PictureTarget): Surface {
  return target instanceof WritableStream ? new TrackSurface(target) : new CanvasSurface(target);
}

class TrackSurface implements Surface {
  private readonly writer: WritableStreamDefaultWriter<VideoFrame>;
  private broken = false;

  constructor(target: WritableStream<VideoFrame>) {
    this.writer = target.getWriter();
    this.writer.closed.catch(() => {
      this.broken = true;
    });
  }

  draw(frame: VideoFrame): void {
    if (this.broken || (this.writer.desiredSize ?? 0) <= 0) {
      frame.close();
      return;
    }
    // The track takes the frame over. If the write fails it may not have: closing a frame twice does nothing.
    this.writer.write(frame).catch(() => frame.close());
  }

  release(): void {
    this.writer.close().catch(() => undefined);
  }
}

class CanvasSurface implements Surface {
  private readonly context: OffscreenCanvasRenderingContext2D | null;

  constructor(private readonly canvas: OffscreenCanvas) {
    this.context = canvas.getContext("2d", { alpha: false, desynchronized: true });
  }

  draw(frame: VideoFrame): void {
    const { displayWidth, displayHeight } = frame;
    if (this.canvas.width !== displayWidth) this.canvas.width = displayWidth;
    if (this.canvas.height !== displayHeight) this.canvas.height = displayHeight;
    this.context?.drawImage(frame, 0, 0);
    frame.close();
  }

  release(): void {
    this.context?.clearRect(0, 0, this.canvas.width, this.canvas.height);
  }
}

/** Holds at most a few pictures until they are due. */
export class Show {
  private surface: Surface | null = null;
  private waiting: { frame: VideoFrame; dueUs: number }[] = [];
  private timer: ReturnType<typeof setTimeout> | null = null;

  constructor(private readonly now: () => number) {}

  /** From now on pictures go here; null lets them fall. */
  attach(next: Surface | null): void {
    this.surface?.release();
    this.surface = next;
  }

  push(frame: VideoFrame, dueUs: number): void {
    this.waiting.push({ frame, dueUs });
    this.turn();
  }

  clear(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    for (const { frame } of this.waiting) frame.close();
    this.waiting = [];
  }

  private turn(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    const now = this.now();
    let newest: VideoFrame | null = null;
    // A timer's resolution is a millisecond: half of one is not worth another turn.
    while (this.waiting[0] !== undefined && this.waiting[0].dueUs <= now + 500) {
      newest?.close();
      newest = this.waiting.shift()?.frame ?? null;
    }
    if (newest !== null) {
      if (this.surface === null) newest.close();
      else this.surface.draw(newest);
    }
    const next = this.waiting[0];
    if (next !== undefined) this.timer = setTimeout(() => this.turn(), Math.max(0, (next.dueUs - now) / 1000));
  }
}
