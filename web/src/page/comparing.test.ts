/** Marks of comparison: whose they are, how long they last, and what another key under the same name comes to. */
import { effect } from "@preact/signals";
import { describe, expect, it } from "vitest";
import { Rights } from "../core/policy/rights";
import type { Person } from "../worker/messages";
import { Comparing } from "./comparing";

function person(name: string, personKey: string, over: Partial<Person> = {}): Person {
  return {
    ...{ seat: `seat of ${personKey}`, leaf: 1, name, label: "", subject: `subject of ${personKey}`, personKey },
    ...{ personCode: "", guest: true, organiser: false, allowed: Rights.SOUND, self: false, mic: true, camera: true },
    ...{ client: "page", tile: "live", sound: "live", speaking: false, level: 0, doubt: null, asked: null },
    ...over,
  };
}

const bob = person("Bob", "0b");
const ada = person("Ada", "0a");

describe("whom one has compared with", () => {
  it("is nobody at first, and everybody plays", () => {
    const comparing = new Comparing();
    expect([bob, ada].map(comparing.of)).toEqual(["no", "no"]);
    expect(comparing.open([bob, ada])).toEqual([bob, ada]);
  });

  it("keeps the mark when they leave and come back under the same key, also with another name [B41]", () => {
    const comparing = new Comparing();
    comparing.mark(bob);
    expect([bob, ada].map(comparing.of)).toEqual(["yes", "no"]);
    const back = person("Robert", "0b", { seat: "another", leaf: 7 });
    expect(comparing.of(back)).toBe("yes");
    comparing.unmark(back);
    expect(comparing.of(bob)).toBe("no");
  });

  it("gives the mark to no other key of that name, and lets nothing of it play [B41 P17]", () => {
    const comparing = new Comparing();
    comparing.mark(bob);
    const other = person("Bob", "0c");
    expect(comparing.of(other)).toBe("changed");
    expect(comparing.open([ada, other, bob])).toEqual([ada, bob]);
    // A name that only looks the same is read as the same.
    expect(comparing.of(person("ВОВ", "0d"))).toBe("changed");
    expect(comparing.of(person("Bobby", "0d"))).toBe("no");
  });

  it("gives it to no other key of that account, whatever it is called [B41 P17]", () => {
    const comparing = new Comparing();
    comparing.mark(person("Bob", "0b", { guest: false, subject: "account" }));
    const elsewhere = person("Robert", "0c", { guest: false, subject: "account" });
    expect(comparing.of(elsewhere)).toBe("changed");
    expect(comparing.open([elsewhere])).toEqual([]);
  });

  it("lets one go on with this key alone, without a mark [P17]", () => {
    const comparing = new Comparing();
    comparing.mark(bob);
    const [second, third] = [person("Bob", "0c"), person("Bob", "0d")];
    comparing.goOn(second);
    expect([bob, second, third].map(comparing.of)).toEqual(["yes", "no", "changed"]);
    expect(comparing.open([second, third])).toEqual([second]);
    comparing.mark(third);
    expect([bob, second, third].map(comparing.of)).toEqual(["yes", "no", "yes"]);
    comparing.unmark(third);
    expect(comparing.of(third)).toBe("changed");
  });

  it("never closes oneself", () => {
    const comparing = new Comparing();
    comparing.mark(bob);
    const own = person("Bob", "0c", { self: true });
    expect(comparing.of(own)).toBe("no");
    expect(comparing.open([own])).toEqual([own]);
  });

  it("tells whoever follows it", () => {
    const comparing = new Comparing();
    const other = person("Bob", "0c");
    const seen: number[] = [];
    const stop = effect(() => void seen.push(comparing.open([other]).length));
    comparing.mark(bob);
    comparing.goOn(other);
    stop();
    expect(seen).toEqual([1, 0, 1]);
  });
});
