import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { describe, expect, it } from "vitest";
import { resolveNodeEntry } from "../platform/node-entry.ts";
import { isProcessAlive } from "../platform/process-tree.ts";

describe("a replica whose parent is killed", () => {
  it("ends by itself, from inside a native call that would take a minute", async () => {
    const entry = resolveNodeEntry(new URL("../fixtures/serve-echo", import.meta.url));
    const parent = spawn(process.execPath, [...entry.execArgv, entry.file], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [line] = (await once(createInterface({ input: parent.stdout }), "line")) as [string];
    const replicaPid = Number(line);
    expect(isProcessAlive(replicaPid)).toBe(true);
    parent.kill("SIGKILL");
    await once(parent, "exit");
    while (isProcessAlive(replicaPid)) await new Promise((resolve) => setTimeout(resolve, 1));
  });
});
