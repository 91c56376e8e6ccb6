import { tmpdir } from "node:os";
import { WeirError } from "@weir/protocol";
import { describe, expect, it } from "vitest";
import { resolveMockFlags } from "../mock/resolve-mock-options.ts";
import { resolveRunOptions } from "../run/resolve-run-options.ts";
import type { RunFlags } from "../run/run-flags.ts";
import { FlagReader } from "./flag-reader.ts";

function problemsOf(read: FlagReader): string {
  try {
    read.end();
  } catch (error) {
    if (error instanceof WeirError) return error.message;
  }
  return "";
}

describe("FlagReader", () => {
  it("blames the variable for what the environment says", () => {
    const read = new FlagReader(new Set(["stopFailures"]));
    read.whole("stop-failures", "x", { least: 0, absent: 0 });
    read.whole("users", "x", { least: 1, absent: 1 });
    expect(problemsOf(read)).toMatch(/^WEIR_STOP_FAILURES: expected .*\n--users: expected/);
  });

  it("names the flag of an error that does not", () => {
    const read = new FlagReader();
    for (const message of ["it is wrong", "--slo: it is wrong"])
      read.attempt(() => {
        throw new WeirError("USAGE", message);
      }, "slo");
    expect(problemsOf(read)).toBe("--slo: it is wrong\n--slo: it is wrong");
  });

  it("names a bound that was passed, and takes 0 for a time", () => {
    const read = new FlagReader();
    const range = { leastMs: 0, absent: undefined };
    expect(read.duration("warmup", "0", range)).toBe(0);
    read.duration("duration", "999999h", range);
    read.duration("timeout", "0s", { leastMs: 1, absent: undefined });
    read.whole("seed", "99999999999999999999", { least: 0, absent: 1 });
    expect(problemsOf(read).split("\n")).toEqual([
      '--duration: expected a duration of at most 596h such as 500ms, 30s or 2m, got "999999h".',
      '--timeout: expected a duration of at least 1ms such as 500ms, 30s or 2m, got "0s".',
      '--seed: expected a whole number from 0 to 9007199254740991, got "99999999999999999999".',
    ]);
  });
});

describe("what is wrong with flags", () => {
  it.each<[RunFlags, string]>([
    [{ workload: "http", expect: "foo" }, "--expect: the expected status must be"],
    [{ slo: ["fast"] }, "--slo: a limit must be written as"],
    [{ workload: "http", targets: "/dev/null" }, "--targets: the targets must hold at least one line"],
    [{ bodyFile: tmpdir() }, `got ${tmpdir()}, which is a folder.`],
    [
      { workload: "http", http2: true, header: ["TE: gzip"] },
      "--header: expected headers that HTTP/2 has a place for, got TE",
    ],
    [{ workload: "http", http2: true, header: ["Upgrade: x"] }, "Leave out Upgrade or --http2."],
  ])("names the flag: %j", async (flags, message) => {
    await expect(resolveRunOptions("http://h:1/x", flags, {})).rejects.toMatchObject({
      code: "USAGE",
      message: expect.stringContaining(message) as string,
    });
  });

  it("sends over HTTP/1.1 what HTTP/2 has no place for, and TE: trailers over both", async () => {
    const headers = async (flags: RunFlags): Promise<unknown> =>
      (await resolveRunOptions("http://h:1/x", flags, {})).headers;
    expect(await headers({ header: ["TE: gzip"] })).toEqual({ TE: "gzip" });
    expect(await headers({ http2: true, header: ["TE: trailers"] })).toEqual({ TE: "trailers" });
  });

  it("names the variable of a mock's flag", () => {
    expect(() => resolveMockFlags({ gap: "x" }, new Set(["gap"]))).toThrow("WEIR_GAP: expected a duration");
    expect(resolveMockFlags({ gap: "0", refuseWith: "dialect" })).toMatchObject({ gapMs: 0 });
  });
});
