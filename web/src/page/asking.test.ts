/** What one notes of gestures: for oneself, until it is answered. */
import { expect, it, vi } from "vitest";
import type { Asked, Person } from "../worker/messages";
import { PageAsking } from "./asking";

const mine = (id: string, gesture: number): Asked => ({ id, by: "Ada", mine: true, gesture });
const bob = (asked: Asked | null): Person => ({ seat: "b", name: "Bob", personKey: "0b", asked }) as Person;

it("keeps a gesture open until one says what came of it, also when its time is over [B41]", () => {
  const post = vi.fn();
  const asking = new PageAsking(post);
  asking.ask(bob(null));
  expect(post).toHaveBeenCalledWith({ t: "ask", seat: "b" });
  asking.follow([bob(mine("1", 4))]);
  const open = { id: "1", seat: "b", personKey: "0b", name: "Bob", gesture: 4 };
  expect(asking.open.value).toEqual([open]);
  asking.follow([bob(null)]);
  expect(asking.open.value).toEqual([open]);
  expect(asking.of(bob(null))).toBeNull();
  asking.answer(open, false);
  expect(asking.of(bob(null))).toBe(false);
  // Its tile still shows it: it is answered all the same.
  asking.follow([bob(mine("1", 4))]);
  expect(asking.open.value).toEqual([]);
  asking.follow([bob(mine("2", 5))]);
  expect(asking.open.value).toMatchObject([{ id: "2", gesture: 5 }]);
  asking.answer(asking.open.value[0] ?? open, true);
  expect(asking.of(bob(null))).toBe(true);
  expect(post).toHaveBeenCalledTimes(1);
});

it("forgets what it asked of who is gone, and is not asked about what others asked", () => {
  const asking = new PageAsking(() => {});
  asking.follow([bob({ ...mine("1", 4), mine: false })]);
  expect(asking.open.value).toEqual([]);
  asking.follow([bob(mine("1", 4))]);
  expect(asking.open.value).toHaveLength(1);
  asking.follow([]);
  expect(asking.open.value).toEqual([]);
});
