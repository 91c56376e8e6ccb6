import { describe, expect, it } from "vitest";
import { startTalk, text } from "./fixtures/memory-with-files.ts";
import { watchMemoryPressure } from "./memory-pressure.ts";

describe("a machine that is short of memory", () => {
  it("has fewer conversations in sequences until there is more", async () => {
    const { memory, turn } = await startTalk(3, { quietMs: 0 });
    for (const agent of [1, 2, 3]) await turn(`a${agent}`, text(agent, 100));
    let availableBytes = 1;
    const limits: number[] = [];
    const watch = watchMemoryPressure({
      sequences: 3,
      kvBytes: 300,
      ramBytes: undefined,
      everyMs: 1,
      read: () => ({ totalBytes: 100, availableBytes }),
      onLimit: (count) => {
        limits.push(count);
        memory.setHotLimit(count);
      },
    });
    while (memory.stats.hotAgents > 1) await new Promise(setImmediate);
    availableBytes = 50;
    while (limits.at(-1) !== 3) await new Promise(setImmediate);
    watch[Symbol.dispose]();
    expect(limits).toEqual([2, 1, 2, 3]);
    expect(memory.listAgents().map(({ id }) => id)).toEqual(["a3"]);
  });

  it("is asked what it has", () => {
    const limits: number[] = [];
    const onLimit = (count: number) => limits.push(count);
    watchMemoryPressure({ sequences: 4, kvBytes: 400, ramBytes: 200, onLimit })[Symbol.dispose]();
    expect(limits).toEqual([2]);
  });
});
