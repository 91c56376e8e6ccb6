import { describe, expect, it } from "vitest";
import { filesOf, makeFolder, startTalk, text } from "./fixtures/memory-with-files.ts";

const never = new AbortController().signal;

describe("the budget of state files", () => {
  /** 100 tokens take 1,600 bytes of state, and some for the entry. */
  it("lets the least recently used conversations go, and keeps what they begin with", async () => {
    const directory = await makeFolder();
    let clock = 0;
    const states = { directory, diskBytes: 40_000 };
    const { memory, turn } = await startTalk(1, { states, now: () => ++clock });
    const system = text(1, 200);
    for (let agent = 0; agent < 6; agent++) {
      await turn(`a${agent}`, [...system, ...text(10 + agent, 400)], [], { prefixTokens: 200 });
    }
    await memory.persist(never);
    expect(memory.stats.evictions).toBeGreaterThan(0);
    expect(memory.stats.diskBytes).toBeLessThanOrEqual(40_000);
    expect(memory.listAgents().map(({ id }) => id)).not.toContain("a0");
    await turn("short", text(9, 10));
    const first = await turn("a0", [...system, ...text(10, 400), 1]);
    expect(first).toMatchObject({ reusedTokens: 200, reuse: "disk" });
    expect(await turn("a4", [...system, ...text(14, 400), 1])).toMatchObject({
      reusedTokens: 600,
      reuse: "disk",
    });
  });

  it("keeps what is about to be read while another makes room for it", async () => {
    const directory = await makeFolder();
    let clock = 0;
    let isFull = false;
    const onErase = async (): Promise<void> => {
      while (isFull && memory.stats.evictions === 0) await new Promise(setImmediate);
    };
    const { memory, turn } = await startTalk(1, {
      states: { directory, diskBytes: 15_000 },
      slot: { onErase },
      now: () => ++clock,
    });
    for (let agent = 1; agent <= 3; agent++) await turn(`a${agent}`, text(agent, 300));
    // The third has to be written now, and there is room for two.
    isFull = true;
    expect(await turn("a1", [...text(1, 300), 1])).toMatchObject({ reusedTokens: 300, reuse: "disk" });
    expect(memory.listAgents().map(({ id }) => id)).toEqual(["a1", "a3"]);
    expect(memory.stats).toMatchObject({ evictions: 1, restores: 1, restoreFailures: 0 });
  });

  it("never asks again for what has no room", async () => {
    const directory = await makeFolder();
    const { memory, turn } = await startTalk(2, { states: { directory, diskBytes: 1_000 } });
    await turn("a", text(1, 300));
    await memory.persist(never);
    await memory.persist(never);
    expect(memory.stats).toMatchObject({ saves: 0, saveFailures: 0, diskBytes: 0 });
    expect(await filesOf(directory)).toEqual([]);
  });

  it("is kept by a server that starts with a smaller one", async () => {
    const directory = await makeFolder();
    const before = await startTalk(4, { states: { directory } });
    for (let agent = 1; agent <= 4; agent++) await before.turn(`a${agent}`, text(agent, 300));
    await before.memory.persist(never);
    const after = await startTalk(4, { states: { directory, diskBytes: 15_000 } });
    expect(after.memory.stats).toMatchObject({ warmAgents: 2, evictions: 2 });
    expect(await filesOf(directory, ".state")).toHaveLength(2);
  });
});
