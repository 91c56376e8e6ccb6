import { describe, expect, it } from "vitest";
import { fromReport, parseProcLimits, readOpenFilesLimit } from "./open-files.ts";

describe("readOpenFilesLimit", () => {
  it("reads what Linux and Node's report say", () => {
    const limits =
      "Limit      Soft Limit  Hard Limit  Units\nMax open files            1024                 524288               files\n";
    expect(parseProcLimits(limits)).toEqual({ kind: "limited", files: 1_024 });
    expect(parseProcLimits("Max open files  unlimited  unlimited  files")).toEqual({ kind: "unlimited" });
    expect(parseProcLimits("")).toEqual({ kind: "unknown" });
    expect(fromReport({ userLimits: { open_files: { soft: 256, hard: "unlimited" } } })).toEqual({
      kind: "limited",
      files: 256,
    });
    expect(fromReport({ userLimits: { open_files: { soft: "unlimited" } } })).toEqual({ kind: "unlimited" });
    expect(fromReport({})).toEqual({ kind: "unknown" });
  });

  it.skipIf(process.platform !== "linux")("reads the same of this process both ways", () => {
    expect(fromReport(process.report.getReport())).toEqual(readOpenFilesLimit());
  });
});
