import { readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { filesOf, finish, makeFolder, startTalk, text } from "./fixtures/memory-with-files.ts";

const never = new AbortController().signal;

describe("conversations on disk", () => {
  it("makes room in a sequence without losing what it held", async () => {
    const directory = await makeFolder();
    const { memory, turn } = await startTalk(1, { states: { directory } });
    await turn("a", text(1, 300), text(2, 10));
    await turn("b", text(3, 300));
    const back = await turn("a", [...text(1, 300), ...text(2, 10), 5], [6]);
    expect(back).toMatchObject({ reusedTokens: 310, reuse: "disk", divergedAt: undefined });
    expect(memory.listAgents().map(({ id, state }) => [id, state])).toEqual(
      expect.arrayContaining([
        ["a", "hot"],
        ["b", "warm"],
      ]),
    );
    await memory.persist(never);
    expect(memory.stats).toMatchObject({ saves: 3, saveFailures: 0, restores: 1, restoreFailures: 0 });
  });

  it("knows everybody after a restart, with and without a name", async () => {
    const directory = await makeFolder();
    const before = await startTalk(3, { states: { directory } });
    await before.turn("a", text(1, 300), text(2, 10));
    await before.turn("a", [...text(1, 300), ...text(2, 10), 5], [6]);
    await before.turn(undefined, text(3, 200), [7]);
    await before.turn("short", text(4, 20), [7]);
    await before.memory.persist(never);
    const [kept] = before.memory.listAgents().filter(({ id }) => id === "a");
    await before.memory[Symbol.asyncDispose]();

    const after = await startTalk(3, { states: { directory } });
    expect(after.memory.listAgents().filter(({ id }) => id === "a")).toEqual([{ ...kept, state: "warm" }]);
    expect(after.memory.stats).toMatchObject({
      hotAgents: 0,
      warmAgents: 2,
      diskBytes: before.memory.stats.diskBytes,
    });
    expect(await after.turn(undefined, [...text(3, 200), 7, 8])).toMatchObject({
      reusedTokens: 201,
      reuse: "disk",
    });
    const third = await after.turn("a", [...text(1, 300), ...text(2, 10), 5, 6, 7, 8]);
    expect(third).toMatchObject({ reusedTokens: 312, reuse: "disk" });
    // Both may have been used in the same millisecond.
    expect(
      after.memory
        .listAgents()
        .map(({ turns }) => turns)
        .toSorted((a, b) => a - b),
    ).toEqual([2, 3]);
  });

  it("takes nothing of another fingerprint, and nothing of another key", async () => {
    const directory = await makeFolder();
    const before = await startTalk(1, { states: { directory } });
    await before.turn("a", text(1, 300));
    await before.memory.persist(never);
    const other = await startTalk(1, { states: { directory, fingerprint: "f2" } });
    expect(other.memory.listAgents()).toEqual([]);
    const same = await startTalk(1, { states: { directory } });
    expect(await same.turn("a", text(1, 310), [], { keyId: "other" })).toMatchObject({ reusedTokens: 0 });
    expect(await same.turn(undefined, text(1, 310), [], { keyId: "third" })).toMatchObject({
      reusedTokens: 0,
    });
    expect(await same.turn("a", text(1, 310))).toMatchObject({ reusedTokens: 300 });
  });

  it("begins a named agent with what another of its key left", async () => {
    const directory = await makeFolder();
    const { memory, turn } = await startTalk(1, { states: { directory } });
    await turn("a", [...text(1, 300), ...text(2, 100)]);
    await turn("c", text(9, 100));
    await memory.persist(never);
    const other = await turn("b", [...text(1, 300), ...text(3, 100)]);
    expect(other).toMatchObject({ reusedTokens: 300, reuse: "disk", divergedAt: undefined });
    const next = await turn("d", [...text(1, 300), ...text(4, 100)]);
    expect(next).toMatchObject({ reusedTokens: 300, reuse: "hot", divergedAt: undefined });
    const elsewhere = await turn("d", [...text(1, 300), ...text(4, 100)], [], { keyId: "other" });
    expect(elsewhere).toMatchObject({ reusedTokens: 0, reuse: "none" });
    expect(await turn("a", [...text(1, 300), ...text(2, 100), 1])).toMatchObject({ reusedTokens: 400 });
  });

  it("writes no name of a client into a path", async () => {
    const directory = await makeFolder();
    const { memory, turn } = await startTalk(2, { states: { directory } });
    await turn("../../escape", text(1, 100));
    await turn("a\0b".repeat(500), text(2, 100));
    await memory.persist(never);
    const names = await filesOf(directory);
    expect(names).toHaveLength(4);
    for (const name of names) expect(name).toMatch(/^f1\/[0-9a-z-]+\.(entry|state)$/);
  });

  it("forgets an agent's files with it", async () => {
    const directory = await makeFolder();
    const { memory, turn } = await startTalk(1, { states: { directory } });
    await turn("a", text(1, 100));
    expect(await memory.saveAgent("key", "a")).toMatchObject({
      id: "a",
      state: "hot",
      diskBytes: expect.any(Number),
    });
    expect(memory.stats.diskBytes).toBeGreaterThan(0);
    await turn("b", text(2, 100));
    expect(await memory.deleteAgent("key", "a")).toBe(true);
    await memory.deleteAgent("key", "b");
    expect(await filesOf(directory)).toEqual([]);
    expect(memory.stats.diskBytes).toBe(0);
  });

  it("forgets an agent that is just being written, in its sequence too", async () => {
    const directory = await makeFolder();
    const ids: string[] = [];
    const deleted: Promise<boolean>[] = [];
    const onSave = (): void => {
      for (const id of ids) deleted.push(memory.deleteAgent("key", id));
    };
    const { memory, turn } = await startTalk(1, { states: { directory }, slot: { onSave } });
    await turn(undefined, text(1, 100));
    ids.push(...memory.listAgents().map(({ id }) => id));
    await memory.persist(never);
    expect(await Promise.all(deleted)).toEqual([true]);
    expect(await filesOf(directory)).toEqual([]);
    expect(await turn(undefined, text(1, 110))).toMatchObject({ reusedTokens: 0, reuse: "none" });
  });

  it("drops what is damaged, wherever that is, and never loads it", async () => {
    const directory = await makeFolder();
    const before = await startTalk(1, { states: { directory } });
    await before.turn("a", text(1, 100));
    await before.memory.persist(never);
    await before.memory[Symbol.asyncDispose]();
    const whole = new Map<string, Buffer>();
    for (const name of await filesOf(directory)) whole.set(name, await readFile(join(directory, name)));

    const check = async () => {
      const { memory, turn } = await startTalk(1, { states: { directory } });
      expect(await turn("a", text(1, 110))).toMatchObject({ reusedTokens: 0, reuse: "none" });
      expect(await filesOf(directory, ".entry")).toEqual([]);
      await memory[Symbol.asyncDispose]();
      for (const name of await filesOf(directory)) await rm(join(directory, name));
      for (const [name, bytes] of whole) await writeFile(join(directory, name), bytes);
    };
    for (const [name, bytes] of whole) {
      for (const at of [0, 1, 7, 8, 15, 16, 100, bytes.length - 33, bytes.length - 32, bytes.length - 1]) {
        await truncate(join(directory, name), at);
        await check();
        const turned = Buffer.from(bytes);
        turned[at] = (turned[at] ?? 0) ^ 0x10;
        await writeFile(join(directory, name), turned);
        await check();
      }
      await rm(join(directory, name));
      if (name.endsWith(".state")) await check();
      await writeFile(join(directory, name), Buffer.concat([bytes, Buffer.of(0)]));
      await check();
    }
    const { turn } = await startTalk(1, { states: { directory } });
    expect(await turn("a", text(1, 110))).toMatchObject({ reusedTokens: 100 });
  });

  it("goes on without a file where none can be written, and counts that", async () => {
    const directory = await makeFolder();
    let isFull = true;
    const onSave = () => {
      if (isFull) throw Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
    };
    const { memory, turn } = await startTalk(1, {
      states: { directory, failurePauseMs: 0 },
      slot: { onSave },
    });
    await turn("a", text(1, 100));
    await turn("b", text(2, 100));
    while (memory.listAgents().length > 1) await new Promise(setImmediate);
    expect(memory.listAgents()[0]?.id).toBe("b");
    expect(memory.stats).toMatchObject({ saves: 0, saveFailures: 1 });
    expect(await filesOf(directory)).toEqual([]);
    await expect(memory.saveAgent("key", "b")).rejects.toMatchObject({ code: "CACHE_UNUSABLE" });
    isFull = false;
    await turn("a", text(1, 100));
    await memory.persist(never);
    expect(memory.stats).toMatchObject({ saves: 2, saveFailures: 2 });
    expect(await memory.saveAgent("key", "a")).toMatchObject({ id: "a" });
    await rm(directory, { recursive: true });
    await turn("a", text(1, 120));
    await memory.persist(never);
    expect(memory.stats).toMatchObject({ saves: 2, saveFailures: 3 });
  });

  it("says which folder cannot be used", async () => {
    const directory = await makeFolder();
    await writeFile(join(directory, "file"), "");
    const states = { directory: join(directory, "file", "below") };
    await expect(startTalk(1, { states })).rejects.toMatchObject({ code: "CACHE_UNUSABLE" });
  });

  it("shares a folder with another process that writes the same agents", async () => {
    const directory = await makeFolder();
    const one = await startTalk(1, { states: { directory } });
    const two = await startTalk(1, { states: { directory } });
    await one.turn("a", text(1, 100));
    await one.memory.persist(never);
    expect(await two.turn("a", text(1, 110), text(2, 10))).toMatchObject({
      reusedTokens: 100,
      reuse: "disk",
    });
    await two.memory.persist(never);
    await one.turn("b", text(3, 100));
    const again = await one.turn("a", [...text(1, 110), ...text(2, 10), 1]);
    expect(again).toMatchObject({ reusedTokens: 120, reuse: "disk" });
    expect(one.memory.stats.restoreFailures).toBe(0);
  });

  it("writes what has been idle for a while though others never stop", async () => {
    const directory = await makeFolder();
    const { memory, acquire, turn } = await startTalk(2, { states: { directory }, idleMs: 5 });
    const busy = await acquire("busy", text(1, 100));
    await turn("idle", text(2, 100));
    await expect.poll(() => memory.stats.saves).toBe(1);
    expect(memory.listAgents().find(({ id }) => id === "idle")?.state).toBe("hot");
    finish(busy, text(1, 101));
  });

  it("writes what is idle in a quiet moment", async () => {
    const directory = await makeFolder();
    const { memory, acquire, turn } = await startTalk(2, { states: { directory }, quietMs: 0 });
    const talking = await acquire("b", text(2, 100));
    await turn("a", text(1, 100));
    expect(memory.stats.saves).toBe(0);
    finish(talking, text(2, 100));
    while (memory.stats.saves < 2) await new Promise(setImmediate);
    expect(await filesOf(directory, ".entry")).toHaveLength(2);
    memory.setHotLimit(1);
    while (memory.stats.hotAgents > 1) await new Promise(setImmediate);
    expect(await turn("a", text(1, 110))).toMatchObject({ reusedTokens: 100, reuse: "disk" });
  });
});

describe("beginnings that the operator names", () => {
  const compute = async (slot: { compute(tokens: ArrayLike<number>): void }, tokens: Uint32Array) => {
    await Promise.resolve();
    slot.compute(tokens);
  };

  it("are known to every key, with and without a folder", async () => {
    for (const states of [undefined, { directory: await makeFolder() }]) {
      const { memory, turn } = await startTalk(2, states ? { states } : {});
      await memory.prewarm([text(1, 200), text(2, 100)], compute, never);
      for (const keyId of ["one", "two"]) {
        const lease = await turn(undefined, [...text(1, 200), ...text(9, 30)], [], { keyId });
        expect(lease).toMatchObject({ reusedTokens: 200, reuse: "prewarm", divergedAt: undefined });
      }
      expect(await turn("x", [...text(2, 100), 1])).toMatchObject({ reusedTokens: 100, reuse: "prewarm" });
    }
  });

  it("are computed once, and are nobody's when they are no longer named", async () => {
    const states = { directory: await makeFolder() };
    const first = await startTalk(1, { states });
    await first.memory.prewarm([text(1, 200)], compute, never);
    const second = await startTalk(1, { states });
    const fail = () => Promise.reject(new Error("computed again"));
    await second.memory.prewarm([text(1, 200)], fail, never);
    expect(await second.turn("a", text(1, 210))).toMatchObject({ reuse: "prewarm" });
    const third = await startTalk(1, { states });
    await third.memory.prewarm([], fail, never);
    expect(await third.turn("a", text(1, 210))).toMatchObject({ reuse: "none" });
  });
});
