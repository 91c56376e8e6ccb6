import { mkdir, readdir, rename, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { makeFolder, startTalk, text } from "./fixtures/memory-with-files.ts";

const never = new AbortController().signal;
const [ours, theirs, older] = ["a", "b", "c"].map((digit) => digit.repeat(32)) as [string, string, string];
/** Higher than any process's. */
const deadPid = 2 ** 30;

/** Three conversations of 300 tokens, about 15,000 bytes, of a process that is gone and wrote them so many minutes ago. */
async function leaveBehind(directory: string, fingerprint: string, minutesAgo: number): Promise<void> {
  const { memory, turn } = await startTalk(3, { states: { directory, fingerprint } });
  for (let agent = 1; agent <= 3; agent++) await turn(`a${agent}`, text(agent, 300));
  await memory.persist(never);
  await memory[Symbol.asyncDispose]();
  const folder = join(directory, fingerprint);
  for (const name of await readdir(folder)) {
    const path = join(folder, name.replace(/^\d+-/, `${deadPid}-`));
    await rename(join(folder, name), path);
    const then = new Date(Date.now() - minutesAgo * 60_000);
    await utimes(path, then, then);
  }
}

async function work(directory: string, diskBytes: number): Promise<number> {
  const { memory, turn } = await startTalk(3, { states: { directory, fingerprint: ours, diskBytes } });
  for (let agent = 1; agent <= 3; agent++) await turn(`a${agent}`, text(agent, 300));
  await memory.persist(never);
  return memory.stats.warmAgents + memory.stats.hotAgents;
}

const count = async (directory: string, fingerprint: string): Promise<number> =>
  (await readdir(join(directory, fingerprint))).length;

describe("states of other settings, models and engines", () => {
  it("stay as long as the budget has room for them, and go before any of ours, the oldest first", async () => {
    const directory = await makeFolder();
    await leaveBehind(directory, theirs, 120);
    await leaveBehind(directory, older, 180);
    expect(await work(directory, 100_000)).toBe(3);
    expect([await count(directory, theirs), await count(directory, older)]).toEqual([6, 6]);
    expect(await work(directory, 40_000)).toBe(3);
    expect([await count(directory, theirs), await count(directory, older)]).toEqual([6, 0]);
    expect(await work(directory, 20_000)).toBe(3);
    expect(await count(directory, theirs)).toBe(0);
    expect(await count(directory, ours)).toBe(6);
  });

  it("are left alone where they were changed lately, where their writer lives, and where anything else is with them", async () => {
    const directory = await makeFolder();
    await leaveBehind(directory, theirs, 30);
    await leaveBehind(directory, older, 180);
    await writeFile(join(directory, older, "notes.tmp"), "mine");
    const alive = "d".repeat(32);
    await leaveBehind(directory, alive, 180);
    const [state = ""] = (await readdir(join(directory, alive))).filter((name) => name.endsWith(".state"));
    await rename(
      join(directory, alive, state),
      join(directory, alive, state.replace(`${deadPid}-`, `${process.ppid}-`)),
    );
    const stranger = join(directory, "backup");
    await mkdir(stranger);
    await writeFile(join(stranger, "1-ab-0.state"), "mine");
    expect(await work(directory, 20_000)).toBe(3);
    expect(await count(directory, theirs)).toBe(6);
    expect(await count(directory, older)).toBe(7);
    expect(await count(directory, alive)).toBe(6);
    expect(await count(directory, "backup")).toBe(1);
  });
});
