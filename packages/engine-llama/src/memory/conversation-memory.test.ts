import { describe, expect, it } from "vitest";
import { finish, startTalk as create, text } from "./fixtures/memory-with-files.ts";

const never = new AbortController().signal;

describe("conversations in sequences", () => {
  it("goes on where an agent's last answer ended", async () => {
    const { memory, turn } = await create(2);
    expect(await turn("a", text(1, 100), text(2, 10))).toMatchObject({ reusedTokens: 0, reuse: "none" });
    const second = await turn("a", [...text(1, 100), ...text(2, 10), ...text(3, 20)], text(4, 10));
    expect(second).toMatchObject({ reusedTokens: 110, reuse: "hot", divergedAt: undefined, restoreMs: 0 });
    expect(memory.listAgents()).toMatchObject([
      { keyId: "key", id: "a", state: "hot", tokens: 140, turns: 2 },
    ]);
    expect(memory.stats).toMatchObject({
      hotAgents: 1,
      poolTokens: 140,
      reusedTokens: 110,
      evaluatedTokens: 120,
    });
  });

  it("computes the last token of a prompt that it knows whole", async () => {
    const { turn } = await create(1);
    await turn("a", text(1, 100), []);
    expect(await turn("a", text(1, 100), [])).toMatchObject({ reusedTokens: 99, divergedAt: undefined });
  });

  it("says where a prompt left what was known, and counts it", async () => {
    const { memory, turn } = await create(2);
    await turn("a", text(1, 500), text(2, 50));
    const edited = await turn("a", [...text(1, 500), ...text(2, 10), ...text(3, 50)], []);
    expect(edited).toMatchObject({ reusedTokens: 510, divergedAt: 510 });
    expect(await turn("a", text(9, 100), [])).toMatchObject({ reusedTokens: 0, divergedAt: 0 });
    expect(memory.stats.divergences).toEqual({ early: 1, middle: 1, late: 0 });
  });

  it("finds a conversation without a name by its tokens, under the same key only", async () => {
    let clock = 0;
    const { memory, turn } = await create(4, { now: () => ++clock });
    const first = [...text(1, 200), ...text(2, 20)];
    await turn(undefined, first, text(3, 10));
    expect(await turn(undefined, [...first, ...text(3, 10), 7, 8], [])).toMatchObject({ reusedTokens: 230 });
    expect(await turn(undefined, [...first, ...text(3, 10), 7, 8], [], { keyId: "other" })).toMatchObject({
      reusedTokens: 0,
    });
    expect(await turn("named", [...first, ...text(3, 10), 7, 8], [])).toMatchObject({ reusedTokens: 0 });
    expect(memory.listAgents("other")).toHaveLength(1);
    const [named, unnamed] = memory.listAgents("key");
    expect(named?.id).toBe("named");
    expect(unnamed).toMatchObject({ id: expect.stringMatching(/^auto-[0-9a-f]{12}$/), turns: 2 });
  });

  it("gives the second of two jobs of one agent a sequence of its own", async () => {
    const { memory, acquire, turn } = await create(2);
    await turn("a", text(1, 100), []);
    const one = await acquire("a", text(1, 120));
    const two = await acquire("a", [...text(1, 100), ...text(5, 20)]);
    expect(one.reusedTokens).toBe(100);
    expect(two.slot).not.toBe(one.slot);
    expect(two.reusedTokens).toBe(0);
    finish(one, text(1, 130));
    finish(two, [...text(1, 100), ...text(5, 30)]);
    expect(await turn("a", text(1, 140), [])).toMatchObject({ reusedTokens: 130 });
    expect(await turn("a", [...text(1, 100), ...text(5, 40)], [])).toMatchObject({ reusedTokens: 130 });
    expect(memory.listAgents()).toHaveLength(1);
  });

  it("lets the least recently used agent make room", async () => {
    const { memory, turn } = await create(2);
    await turn("a", text(1, 100), []);
    await turn("b", text(2, 100), []);
    await turn("a", text(1, 110), []);
    await turn("c", text(3, 100), []);
    expect(
      memory
        .listAgents()
        .map(({ id }) => id)
        .toSorted(),
    ).toEqual(["a", "c"]);
    expect(await turn("a", text(1, 120), [])).toMatchObject({ reusedTokens: 110 });
  });

  it("waits for a slot in the order of ranks, and goes away when asked to", async () => {
    const { memory, acquire } = await create(1);
    const first = await acquire("a", text(1, 50));
    const order: string[] = [];
    const wait = async (id: string, rank: number, signal = never) => {
      const lease = await memory.acquire({ agent: { keyId: "key", id }, prompt: text(2, 50), rank }, signal);
      order.push(id);
      lease.release({ intact: true, turn: false });
    };
    const gone = new AbortController();
    const waiting = [wait("late", 2), wait("early", 1)];
    const cancelled = wait("gone", 0, gone.signal);
    gone.abort();
    await expect(cancelled).rejects.toMatchObject({ code: "CANCELLED" });
    first.release({ intact: true, turn: true });
    await Promise.all(waiting);
    expect(order).toEqual(["early", "late"]);
  });

  it("believes nothing of a slot that an engine left in pieces", async () => {
    const { memory, acquire, turn } = await create(1);
    const lease = await acquire("a", text(1, 100));
    lease.slot.compute(text(1, 70));
    lease.release({ intact: false, turn: false });
    expect(memory.listAgents()).toEqual([]);
    expect(await turn("a", text(1, 100), [])).toMatchObject({ reusedTokens: 0 });
  });

  it("forgets an agent, and one that talks when it has finished", async () => {
    const { memory, acquire, turn } = await create(2);
    await turn("a", text(1, 100), []);
    expect(await memory.deleteAgent("other", "a")).toBe(false);
    expect(await memory.deleteAgent("key", "a")).toBe(true);
    expect(await turn("a", text(1, 100), [])).toMatchObject({ reusedTokens: 0 });
    const lease = await acquire("a", text(1, 110));
    expect(await memory.deleteAgent("key", "a")).toBe(true);
    finish(lease, text(1, 120));
    expect(memory.listAgents()).toEqual([]);
    expect(await turn("a", text(1, 130), [])).toMatchObject({ reusedTokens: 0 });
  });

  it("keeps no more sequences than its limit, and more again when it rises", async () => {
    const { memory, acquire, turn } = await create(3, { hotLimit: 1 });
    await turn("a", text(1, 100), []);
    await turn("b", text(2, 100), []);
    expect(memory.stats.hotAgents).toBe(1);
    memory.setHotLimit(3);
    await turn("c", text(3, 100), []);
    expect(memory.stats.hotAgents).toBe(2);
    const leases = [
      await acquire("x", text(4, 40)),
      await acquire("y", text(5, 40)),
      await acquire("z", text(6, 40)),
    ];
    for (const lease of leases) finish(lease, text(7, 40));
  });
});
