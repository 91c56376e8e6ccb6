import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { ensureOpenFiles, type OpenFilesSystem } from "./ensure-open-files.ts";
import type { OpenFilesLimit } from "./open-files.ts";

function createSystem(
  limit: OpenFilesLimit,
  hardest: number,
): OpenFilesSystem & { readonly raised: number[] } {
  let now = limit;
  const raised: number[] = [];
  return {
    raised,
    read: () => now,
    raise(files) {
      raised.push(files);
      if (files <= hardest) now = { kind: "limited", files };
    },
  };
}

describe("ensureOpenFiles", () => {
  it("leaves a limit that is high enough, or none, alone", () => {
    const system = createSystem({ kind: "limited", files: 1064 }, 0);
    ensureOpenFiles(1000, system);
    ensureOpenFiles(1e6, createSystem({ kind: "unlimited" }, 0));
    ensureOpenFiles(1e6, createSystem({ kind: "unknown" }, 0));
    expect(system.raised).toEqual([]);
  });

  it("raises a limit that is too low, where it may", () => {
    const system = createSystem({ kind: "limited", files: 256 }, 4096);
    ensureOpenFiles(1000, system);
    expect(system.raised).toEqual([1064]);
  });

  it("says what to type where it may not", () => {
    const system = createSystem({ kind: "limited", files: 256 }, 1000);
    expect(() => ensureOpenFiles(1000, system)).toThrow(
      /1,000 connections need a limit of at least 1064 open files, got 256\. Run `ulimit -n 1064`/,
    );
  });

  it.skipIf(process.platform !== "linux")("reads and raises the limit of a real process", () => {
    const program = `
      const { ensureOpenFiles } = await import(${JSON.stringify(new URL("./ensure-open-files.ts", import.meta.url).href)});
      try { ensureOpenFiles(300); console.log("enough"); } catch (error) { console.log(error.message); }`;
    const node = `ulimit -n 200; exec "$0" --conditions=@weir/source --import @weir/testkit/source --input-type=module -e "$1"`;
    const { stdout, stderr } = spawnSync("bash", ["-c", node, process.execPath, program], {
      encoding: "utf8",
    });
    // Root may raise its own limit, others may not.
    expect(stdout, stderr).toMatch(/^enough\n$|^300 connections need .* at least 364 open files, got 200\./);
  });
});
