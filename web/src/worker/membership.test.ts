import { afterEach, describe, expect, it, vi } from "vitest";
import { b64Decode, b64Encode } from "../core/wire/b64";
import type { ClientMessage, GroupState, PastCommit, ServerMessage } from "../core/wire/control";
import { deriveLinkKeys } from "../e2ee/keys";
import type { MeetingGroup } from "../e2ee/mls/meeting";
import { Membership } from "./membership";

const random = (size: number) => crypto.getRandomValues(new Uint8Array(size));
const meeting = random(16);
const secret = random(32);

/** The server's part as spec/wire.md section 2 says it, and no more: it orders opaque commits. */
class Service {
  group: GroupState | null = null;
  log: PastCommit[] = [];
  readonly people = new Map<string, Participant>();
  readonly gone = new Set<string>();

  receive(from: Participant, message: ClientMessage): void {
    if (message.t === "create") {
      if (this.group !== null) {
        from.tell({ t: "refused", of: "create", reason: "group-exists", group: this.group });
        return;
      }
      this.group = { group: message.group, epoch: 0, info: message.info };
      from.inside = true;
      from.tell({ t: "accepted", epoch: 0 });
      return;
    }
    if (message.t !== "commit" || this.group === null) return;
    if (message.epoch !== this.group.epoch) {
      from.tell({ t: "refused", of: "commit", reason: "stale-epoch", group: from.inside ? null : this.group });
      return;
    }
    from.inside = true;
    this.group = { ...this.group, epoch: message.epoch + 1, info: message.info };
    this.log.push({ epoch: message.epoch, seat: from.seat, commit: message.commit });
    from.tell({ t: "accepted", epoch: message.epoch + 1 });
    for (const other of this.people.values()) {
      if (other !== from && other.inside)
        other.tell({ t: "commit", epoch: message.epoch, seat: from.seat, commit: message.commit });
    }
    for (const seat of message.removes) this.gone.delete(seat);
    for (const seat of this.gone) from.tell({ t: "gone", seat });
  }

  leave(who: Participant): void {
    this.people.delete(who.seat);
    this.gone.add(who.seat);
    who.membership.close();
    for (const other of this.people.values()) if (other.inside) other.tell({ t: "gone", seat: who.seat });
  }
}

class Participant {
  readonly seat = b64Encode(random(16));
  inside = false;
  reachable = true;
  codes: string[] = [];
  refused: string[] = [];
  lost: string[] = [];
  readonly membership: Membership;

  private constructor(
    readonly service: Service,
    name: string,
    keys: Awaited<ReturnType<typeof deriveLinkKeys>>,
  ) {
    this.membership = new Membership({
      send: (message) => {
        if (this.reachable) queueMicrotask(() => service.receive(this, message));
      },
      later: (ms, task) => {
        const timer = setTimeout(task, ms);
        return () => clearTimeout(timer);
      },
      identity: (seat) => ({ seat: b64Decode(seat) ?? random(16), name, meeting, ...keys, random }),
      epoch: async (group: MeetingGroup) => {
        this.codes.push(b64Encode(group.epochAuthenticator()));
      },
      presence: () => {},
      commitRefused: (reason) => this.refused.push(reason),
      lost: (reason) => this.lost.push(reason),
    });
  }

  static async come(service: Service, name: string): Promise<Participant> {
    const who = new Participant(service, name, await deriveLinkKeys(secret, meeting));
    service.people.set(who.seat, who);
    who.tell({ t: "welcome", v: 1, seat: who.seat, token: b64Encode(random(32)), group: service.group });
    return who;
  }

  tell(message: ServerMessage): void {
    if (this.reachable) void this.membership.handle(message);
  }

  get names(): string[] {
    return (this.membership.group?.members() ?? []).map((member) => member.name);
  }

  get code(): string {
    return this.codes.at(-1) ?? "";
  }
}

async function settled(look: () => void): Promise<void> {
  await vi.waitFor(look, { timeout: 25_000, interval: 5 });
}

const everyone: Participant[] = [];
async function meet(service: Service, ...names: string[]): Promise<Participant[]> {
  const people: Participant[] = [];
  for (const name of names) {
    const who = await Participant.come(service, name);
    everyone.push(who);
    people.push(who);
    await settled(() => expect(who.names.length).toBeGreaterThan(0));
  }
  await settled(() => expect(new Set(people.map((who) => who.code)).size).toBe(1));
  return people;
}

afterEach(() => {
  for (const who of everyone.splice(0)) who.membership.close();
});

describe("membership", () => {
  it("brings twelve people who come at once into one chain of epochs", async () => {
    const service = new Service();
    const people = await Promise.all(Array.from({ length: 12 }, (_, index) => Participant.come(service, `P${index}`)));
    everyone.push(...people);
    await settled(() => {
      expect(people.every((who) => who.names.length === 12)).toBe(true);
      expect(new Set(people.map((who) => who.code)).size).toBe(1);
    });
    expect(service.group?.epoch).toBe(11);
    expect(people.flatMap((who) => who.refused)).toEqual([]);
  });

  it("lets the first one present remove who is gone, in a new epoch", async () => {
    const service = new Service();
    const [ada, blaise, chloe] = (await meet(service, "Ada", "Blaise", "Chloé")) as [
      Participant,
      Participant,
      Participant,
    ];
    const before = blaise.code;
    service.leave(ada);
    await settled(() => expect(chloe.names).toEqual(["Blaise", "Chloé"]));
    await settled(() => expect(blaise.code).toBe(chloe.code));
    expect(blaise.code).not.toBe(before);
    expect(service.gone.size).toBe(0);
    expect(service.log.at(-1)?.seat).toBe(blaise.seat);
  });

  it("catches up after a cut, takes its own commit for accepted when the echo was lost, and makes a new epoch", async () => {
    const service = new Service();
    const [ada, blaise] = (await meet(service, "Ada", "Blaise")) as [Participant, Participant];
    const echo = ada.tell;
    // Ada removes somebody; the server takes it, and her connection breaks before the echo.
    const chloe = await Participant.come(service, "Chloé");
    await settled(() => expect([ada.names.length, blaise.names.length]).toEqual([3, 3]));
    ada.tell = (message) => {
      if (message.t !== "accepted") echo.call(ada, message);
    };
    service.leave(chloe);
    await settled(() => expect(blaise.names).toEqual(["Ada", "Blaise"]));
    expect(ada.names.length).toBe(3);
    ada.tell = echo;
    const from = Number(ada.membership.group?.epoch);
    const epoch = service.group?.epoch ?? 0;
    const commits = service.log.filter((past) => past.epoch >= from);
    ada.tell({ t: "resumed", token: b64Encode(random(32)), epoch, commits, gone: [], away: [] });
    await settled(() => expect(ada.names).toEqual(["Ada", "Blaise"]));
    await settled(() => expect(service.group?.epoch).toBe(epoch + 1));
    await settled(() => expect(ada.code).toBe(blaise.code));
    expect(ada.lost).toEqual([]);
  }, 9000);

  it("refuses a forged commit, says so, and goes on in its epoch", async () => {
    const service = new Service();
    const [ada, blaise] = (await meet(service, "Ada", "Blaise")) as [Participant, Participant];
    const { code } = ada;
    const last = service.log.at(-1)?.commit ?? random(100);
    const forged = Uint8Array.from(last);
    forged[forged.length - 1] = (forged.at(-1) ?? 0) ^ 1;
    const epoch = Number(ada.membership.group?.epoch);
    for (const commit of [forged, Uint8Array.from(last), random(300)])
      ada.tell({ t: "commit", epoch, seat: blaise.seat, commit });
    await settled(() => expect(ada.refused.length).toBe(3));
    expect(ada.code).toBe(code);
    expect(ada.names).toEqual(["Ada", "Blaise"]);
    expect(ada.lost).toEqual([]);
  });

  it("says that it is lost when the server skips an epoch", async () => {
    const service = new Service();
    const [ada, blaise] = (await meet(service, "Ada", "Blaise")) as [Participant, Participant];
    ada.tell({ t: "commit", epoch: 7, seat: blaise.seat, commit: random(64) });
    await settled(() => expect(ada.lost).toEqual(["out-of-step"]));
  });

  it("is not confused by a server that calls us, or nobody, gone", async () => {
    const service = new Service();
    const [ada, blaise] = (await meet(service, "Ada", "Blaise")) as [Participant, Participant];
    ada.tell({ t: "gone", seat: ada.seat });
    for (let word = 0; word < 1000; word++) ada.tell({ t: "away", seat: b64Encode(random(16)) });
    const chloe = await Participant.come(service, "Chloé");
    everyone.push(chloe);
    await settled(() => expect(ada.names).toEqual(["Ada", "Blaise", "Chloé"]));
    await settled(() => expect(ada.code).toBe(blaise.code));
    expect([ada.membership.gone.size, ada.membership.away.size, ada.lost.length]).toEqual([0, 0, 0]);
  });

  it("does not ask for ever to remove somebody whom the server takes back", async () => {
    const service = new Service();
    const [ada, blaise] = (await meet(service, "Ada", "Blaise")) as [Participant, Participant];
    const receive = vi.spyOn(service, "receive").mockImplementation((from, message) => {
      if (message.t === "commit") from.tell({ t: "refused", of: "commit", reason: "not-gone", group: null });
    });
    ada.tell({ t: "gone", seat: blaise.seat });
    await settled(() => expect(receive).toHaveBeenCalled());
    await ada.membership.handle({ t: "back", seat: blaise.seat });
    expect(ada.membership.gone.size).toBe(0);
    expect(receive).toHaveBeenCalledTimes(1);
  });

  it("is led into no other group, and says once that it is lost", async () => {
    const service = new Service();
    const [ada] = (await meet(service, "Ada", "Blaise")) as [Participant, Participant];
    ada.tell({ t: "welcome", v: 1, seat: b64Encode(random(16)), token: b64Encode(random(32)), group: null });
    await settled(() => expect(ada.lost).toEqual(["out-of-step"]));
    expect(ada.membership.group).toBeNull();
  });

  it("begins anew once, however much of a chain does not fit", async () => {
    const service = new Service();
    const [ada] = (await meet(service, "Ada", "Blaise")) as [Participant, Participant];
    const commits = Array.from({ length: 50 }, (_, index) => ({
      epoch: 90 + index,
      seat: ada.seat,
      commit: random(9),
    }));
    await ada.membership.handle({
      t: "resumed",
      token: b64Encode(random(32)),
      epoch: 140,
      commits,
      gone: [],
      away: [],
    });
    expect(ada.lost).toEqual(["out-of-step"]);
  });

  it("skips what it knows already when it comes back", async () => {
    const service = new Service();
    const [ada] = (await meet(service, "Ada", "Blaise", "Chloé")) as [Participant, Participant, Participant];
    const commits = service.log.slice(1);
    await ada.membership.handle({ t: "resumed", token: b64Encode(random(32)), epoch: 2, commits, gone: [], away: [] });
    expect(ada.lost).toEqual([]);
  });
});
