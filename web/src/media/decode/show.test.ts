import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Show, type Surface, surface } from "./show";

class Frame {
  closed = 0;
  constructor(readonly timestamp: number) {}
  close(): void {
    this.closed += 1;
  }
}

const asFrame = (frame: Frame): VideoFrame => frame as unknown as VideoFrame;

class Drawn implements Surface {
  readonly times: number[] = [];
  released = 0;
  draw(frame: VideoFrame): void {
    this.times.push(frame.timestamp);
    frame.close();
  }
  release(): void {
    this.released += 1;
  }
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const now = (): number => performance.now() * 1000;

test("a picture that is due is shown at once, a later one at its time", () => {
  const show = new Show(now);
  const drawn = new Drawn();
  show.attach(drawn);
  show.push(asFrame(new Frame(1)), now());
  expect(drawn.times).toEqual([1]);
  show.push(asFrame(new Frame(2)), now() + 40_000);
  vi.advanceTimersByTime(38);
  expect(drawn.times).toEqual([1]);
  vi.advanceTimersByTime(3);
  expect(drawn.times).toEqual([1, 2]);
});

test("of pictures that are due together only the newest is shown, and every one is closed once", () => {
  const show = new Show(now);
  const drawn = new Drawn();
  show.attach(drawn);
  const frames = [1, 2, 3].map((time) => new Frame(time));
  const due = now() + 10_000;
  for (const frame of frames) show.push(asFrame(frame), due);
  vi.advanceTimersByTime(20);
  expect(drawn.times).toEqual([3]);
  expect(frames.map((frame) => frame.closed)).toEqual([1, 1, 1]);
});

test("without a surface, and on clear, pictures are closed unseen", () => {
  const show = new Show(now);
  const [first, second] = [new Frame(1), new Frame(2)];
  show.push(asFrame(first), now());
  show.push(asFrame(second), now() + 50_000);
  show.clear();
  vi.advanceTimersByTime(100);
  expect([first.closed, second.closed]).toEqual([1, 1]);
});

test("another surface releases the one before", () => {
  const show = new Show(now);
  const drawn = new Drawn();
  show.attach(drawn);
  show.attach(null);
  expect(drawn.released).toBe(1);
});

test("a track that is not ready for another picture gets none", async () => {
  const taken: number[] = [];
  let ready: () => void = () => {};
  const target = surface(
    new WritableStream<VideoFrame>({
      write: (frame) => {
        taken.push(frame.timestamp);
        return new Promise((resolve) => {
          ready = resolve;
        });
      },
    }),
  );
  await Promise.resolve();
  const frames = [1, 2, 3].map((time) => new Frame(time));
  for (const frame of frames) target.draw(asFrame(frame));
  await vi.waitFor(() => expect(taken).toEqual([1]));
  expect(frames.map((frame) => frame.closed)).toEqual([0, 1, 1]);
  ready();
  target.release();
});

test("a track that is gone lets pictures fall", async () => {
  const target = surface(new WritableStream<VideoFrame>({ write: () => Promise.reject(new Error("gone")) }));
  const frames = [1, 2].map((time) => new Frame(time));
  await Promise.resolve();
  if (frames[0] !== undefined) target.draw(asFrame(frames[0]));
  await vi.waitFor(() => expect(frames[0]?.closed).toBe(1));
  if (frames[1] !== undefined) target.draw(asFrame(frames[1]));
  expect(frames[1]?.closed).toBe(1);
  target.release();
});
