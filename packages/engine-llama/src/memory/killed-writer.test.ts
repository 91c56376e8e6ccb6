import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { makeFolder, startTalk, text } from "./fixtures/memory-with-files.ts";

const never = new AbortController().signal;

describe("a writer that is killed", () => {
  it("leaves nothing but whole conversations, whenever that was", async () => {
    const directory = await makeFolder();
    const loader = import.meta.resolve("@weir/testkit/source");
    const file = fileURLToPath(new URL("./fixtures/save-forever.ts", import.meta.url));
    const args = ["--conditions=@weir/source", "--import", loader, file, directory];
    const slot = { tokenBytes: 512 };
    let found = 0;
    for (let round = 0; round < 4; round++) {
      const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
      const exited = once(child, "exit");
      // It is in the middle of whatever it does when it has talked so often.
      let turns = 0;
      for await (const bytes of child.stdout as AsyncIterable<Buffer>) {
        turns += bytes.length;
        if (turns > 3 + round * 2) child.kill("SIGKILL");
      }
      await exited;
      const { memory, acquire } = await startTalk(4, { states: { directory }, slot });
      expect(memory.stats.diskBytes).toBeLessThanOrEqual(2_000_000);
      for (let agent = 0; agent < 4; agent++) {
        const prompt = Array.from({ length: 700 }, (_, at) => agent * 10_000 + at);
        const lease = await acquire(`a${agent}`, prompt);
        expect(Array.from(lease.slot.tokens)).toEqual(prompt.slice(0, lease.reusedTokens));
        if (lease.reusedTokens > 0) found++;
        lease.release({ intact: true, turn: false });
      }
      await memory[Symbol.asyncDispose]();
      // Not one temporary file, and not one state that nobody names.
      const names = await readdir(`${directory}/f1`);
      expect(names.filter((name) => name.endsWith(".tmp"))).toEqual([]);
      const entries = names.filter((name) => name.endsWith(".entry"));
      expect(names.filter((name) => name.endsWith(".state"))).toHaveLength(entries.length);
    }
    expect(found).toBeGreaterThan(3);
    const { memory, turn } = await startTalk(1, { states: { directory }, slot });
    await turn("later", text(9, 100));
    await memory.persist(never);
    expect(memory.stats).toMatchObject({ saves: 1, saveFailures: 0, restoreFailures: 0 });
  });
});
