import { afterEach, describe, expect, it, vi } from "vitest";
import { MAX_COMMIT } from "../core/wire/limits";
import { MeetingGroup } from "../e2ee/mls/meeting";
import { closeAll, meet, type Participant, Service, settled, unanswered, waits } from "./service.node";

afterEach(() => {
  vi.restoreAllMocks();
  closeAll();
});

/** Makes commits that remove so many too large; returns how many each was to remove. */
function swell(least: number): number[] {
  const tried: number[] = [];
  const real = MeetingGroup.prototype.commit;
  vi.spyOn(MeetingGroup.prototype, "commit").mockImplementation(async function (this: MeetingGroup, leaves = []) {
    tried.push(leaves.length);
    const made = await real.call(this, leaves);
    return leaves.length < least ? made : { ...made, commit: new Uint8Array(MAX_COMMIT + 1) };
  });
  return tried;
}

describe("removal", () => {
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

  it("does not ask for ever to remove somebody whom the server takes back", async () => {
    const service = new Service();
    const [ada, blaise] = (await meet(service, "Ada", "Blaise")) as [Participant, Participant];
    const receive = vi.spyOn(service, "receive").mockImplementation((from, message) => {
      if (message.t === "commit") from.tell({ t: "refused", of: "commit", reason: "not-gone" });
    });
    ada.tell({ t: "gone", seat: blaise.seat });
    await settled(() => expect(receive).toHaveBeenCalled());
    await ada.membership.handle({ t: "back", seat: blaise.seat });
    expect(ada.membership.gone.size).toBe(0);
    expect(receive).toHaveBeenCalledTimes(1);
  });

  it("removes in batches, with a rest between two commits", async () => {
    const [ada, others] = await unanswered("Blaise", "Chloé");
    const before = ada.commits;
    for (const { seat } of others.slice(0, 1)) await ada.membership.handle({ t: "gone", seat });
    await settled(() => expect(ada.commits).toBe(before + 1));
    await settled(() => expect(waits(ada)).toContain(500));
    await ada.membership.handle({ t: "refused", of: "commit", reason: "stale-epoch" });
    await ada.membership.handle({ t: "gone", seat: others[1]?.seat ?? "" });
    expect(waits(ada)).not.toContain(40);
    await settled(() => expect(ada.commits).toBe(before + 2));
    expect(waits(ada)).toContain(500);
  });

  it("does not put a removal off because others go, or a new epoch begins", async () => {
    const [ada, others] = await unanswered("Blaise", "Chloé", "Dora");
    const [blaise, chloe, dora] = others as [Participant, Participant, Participant];
    blaise.reachable = false;
    await blaise.membership.handle({ t: "gone", seat: dora.seat });
    const task = [...blaise.later].find(([, ms]) => ms === 1540)?.[0];
    expect(task).toBeDefined();
    await blaise.membership.handle({ t: "gone", seat: chloe.seat });
    const proposed = await ada.membership.group?.commit([]);
    const epoch = Number(ada.membership.group?.epoch);
    if (proposed === undefined) throw new Error("Ada is not inside");
    await blaise.membership.handle({ t: "commit", epoch, seat: ada.seat, commit: proposed.commit });
    expect([...blaise.later].find(([, ms]) => ms === 1540)?.[0]).toBe(task);
    await blaise.membership.handle({ t: "gone", seat: ada.seat });
    expect(waits(blaise)).toContain(40);
  });

  it("removes a part when the commit would be too large", async () => {
    const [ada, others] = await unanswered("Blaise", "Chloé", "Dora");
    const tried = swell(2);
    const before = ada.commits;
    for (const { seat } of others) await ada.membership.handle({ t: "gone", seat });
    await settled(() => expect(ada.commits).toBe(before + 1));
    expect(tried).toEqual([3, 1]);
    const last = ada.said.at(-1);
    expect(last?.t === "commit" && last.commit.length <= MAX_COMMIT).toBe(true);
  });

  it("leaves, and says why, when even one would make the commit too large", async () => {
    const [ada, others] = await unanswered("Blaise", "Chloé");
    const tried = swell(1);
    const before = ada.commits;
    for (const { seat } of others) await ada.membership.handle({ t: "gone", seat });
    await settled(() => expect(tried).toEqual([2, 1]));
    await ada.membership.handle({ t: "back", seat: ada.seat });
    expect(ada.lost).toEqual(["group-too-large"]);
    expect([tried, ada.commits, ada.membership.group]).toEqual([[2, 1], before, null]);
  });

  it("stays when a renewal would be too large, which others can make", async () => {
    const [ada] = await unanswered("Blaise");
    const tried = swell(0);
    const before = ada.commits;
    ada.pass(240_000);
    await settled(() => expect(tried).toEqual([0]));
    await ada.membership.handle({ t: "back", seat: ada.seat });
    expect([ada.lost, ada.commits, ada.names]).toEqual([[], before, ["Ada", "Blaise"]]);
  });
});
