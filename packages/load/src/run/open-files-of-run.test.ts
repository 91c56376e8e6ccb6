import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";

describe.skipIf(process.platform !== "linux")("a run that needs more open files than it may have", () => {
  /** Runs so many users against a port where nothing listens, in a process that may open 200 files. */
  function runUsers(users: number, requests?: number): string {
    const program = `
      const { runLoad } = await import(${JSON.stringify(new URL("./run-load.ts", import.meta.url).href)});
      const { planFor } = await import(${JSON.stringify(new URL("../fixtures/plan-for.ts", import.meta.url).href)});
      const { readOpenFilesLimit } = await import(${JSON.stringify(new URL("../platform/open-files.ts", import.meta.url).href)});
      const plan = planFor("http://127.0.0.1:9", { users: ${users}, stop: { durationMs: 1, requests: ${requests ?? "undefined"} } });
      try { await runLoad(plan); console.log("limit", readOpenFilesLimit().files); }
      catch (error) { console.log(error.code, error.message); }`;
    const node = `ulimit -n 200; exec "$0" --conditions=@weir/source --import @weir/testkit/source --input-type=module -e "$1"`;
    return spawnSync("bash", ["-c", node, process.execPath, program], { encoding: "utf8" }).stdout;
  }

  it("has the limit raised, or is refused with what to type", () => {
    // Root may raise its own limit, others may not.
    expect(runUsers(300)).toMatch(
      /^limit 364\n$|^USAGE 300 connections need .* at least 364 open files, got 200\./,
    );
  });

  it("is not refused for users that it has no requests for", () => {
    expect(runUsers(300, 10)).toBe("limit 200\n");
  });
});
