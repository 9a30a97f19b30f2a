import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { b64Encode } from "../core/wire/b64";
import type { ClientMessage, ServerMessage } from "../core/wire/control";
import type { LinkEvents } from "../link/link";
import { Connection } from "./connection";

const welcome: ServerMessage = {
  t: "welcome",
  v: 1,
  seat: b64Encode(new Uint8Array(16)),
  token: b64Encode(new Uint8Array(32)),
  charter: new Uint8Array(100),
};

class Links {
  readonly events: LinkEvents[] = [];
  readonly said: ClientMessage[] = [];
  frames = 0;
  forgotten = 0;
  readonly ended: string[] = [];
  readonly connection = new Connection(
    "wss://meet.example/link",
    new Uint8Array(16),
    new Uint8Array(32),
    {
      code: "01234567",
      resume: () => null,
      control: () => {},
      frame: () => {},
      up: () => {},
      down: () => {},
      forget: () => {
        this.forgotten += 1;
      },
      ended: (reason) => this.ended.push(reason),
    },
    (_url, events) => {
      this.events.push(events);
      return {
        send: (message) => this.said.push(message),
        sendFrame: () => {
          this.frames += 1;
        },
        backlog: 0,
        roundTripMs: 0,
        close: () => {},
      };
    },
  );

  get last(): LinkEvents {
    const events = this.events.at(-1);
    if (events === undefined) throw new Error("no link was opened");
    return events;
  }
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("connection", () => {
  it("says nothing but hello before the server has answered", () => {
    const links = new Links();
    links.connection.start();
    links.last.opened();
    links.connection.send({ t: "refresh", seat: welcome.t === "welcome" ? welcome.seat : "", stream: 2, rendition: 0 });
    links.connection.sendFrame(new Uint8Array(25));
    expect(links.said.map(({ t }) => t)).toEqual(["hello"]);
    expect(links.frames).toBe(0);
    links.last.control(welcome);
    links.connection.sendFrame(new Uint8Array(25));
    expect(links.frames).toBe(1);
  });

  it.each(["unknown-seat", "closing", null])(
    "gives up on a server that welcomes and closes (%s) for ever",
    (reason) => {
      const links = new Links();
      links.connection.start();
      for (let round = 0; round < 1000 && links.ended.length === 0; round++) {
        links.last.opened();
        links.last.control(welcome);
        links.last.closed(reason);
        vi.advanceTimersByTime(3000);
      }
      expect(links.ended).toEqual(["cut"]);
      expect(links.events.length).toBeLessThan(30);
    },
  );

  it("has no more patience when something settles while it is cut off", () => {
    const links = new Links();
    links.connection.start();
    for (let round = 0; round < 1000 && links.ended.length === 0; round++) {
      links.last.opened();
      links.last.closed(null);
      links.connection.settled();
      vi.advanceTimersByTime(3000);
    }
    expect(links.ended).toEqual(["cut"]);
  });

  it("leaves the others in peace for five seconds after a commit that they could not follow", () => {
    const links = new Links();
    links.connection.start();
    links.last.opened();
    links.last.control(welcome);
    links.last.closed("bad-commit");
    expect(links.forgotten).toBe(1);
    vi.advanceTimersByTime(4999);
    expect(links.events.length).toBe(1);
    vi.advanceTimersByTime(1);
    expect(links.events.length).toBe(2);
    expect(links.ended).toEqual([]);
  });

  it("comes back to its seat once a second at most: the server takes the seat of whoever comes more often", () => {
    const links = new Links();
    links.connection.start();
    links.last.opened();
    links.last.control(welcome);
    links.connection.settled();
    for (let round = 1; round <= 5; round++) {
      links.last.closed(null);
      vi.advanceTimersByTime(1000);
      expect(links.events.length).toBe(1 + round);
      links.last.opened();
      links.last.control({
        t: "resumed",
        token: b64Encode(new Uint8Array(32)),
        epoch: 0,
        commits: [],
        gone: [],
        away: [],
      });
      links.connection.settled();
    }
    links.last.closed(null);
    vi.advanceTimersByTime(999);
    expect(links.events.length).toBe(6);
  });

  it("joins anew with pauses, and not for ever", () => {
    const links = new Links();
    links.connection.start();
    for (let round = 0; round < 1000 && links.ended.length === 0; round++) {
      links.last.opened();
      links.last.control(welcome);
      links.connection.rejoin();
      vi.advanceTimersByTime(3000);
    }
    expect(links.ended).toEqual(["cut"]);
    expect(links.events.length).toBeLessThan(30);
  });
});
