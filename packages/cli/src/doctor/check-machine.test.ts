import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkCores, readCores, readCpuQuota } from "./check-cores.ts";
import { checkMemory, readMemory } from "./check-memory.ts";
import { checkNode } from "./check-node.ts";
import { checkOpenFiles } from "./check-open-files.ts";

describe("checkNode", () => {
  it.each([
    ["18.20.0", "fail"],
    ["20.18.3", "fail"],
    ["20.19.0", "warn"],
    ["22.0.0", "ok"],
    ["24.11.1", "ok"],
  ])("%s is %s", (version, state) => {
    expect(checkNode(version)).toMatchObject({ state, detail: `Node ${version}` });
  });
});

describe("checkCores", () => {
  it("is fine with several cores and no limit below them", () => {
    expect(checkCores({ cores: 8, model: "CPU X", quota: undefined })).toMatchObject({
      state: "ok",
      detail: "8 (CPU X)",
    });
    expect(checkCores({ cores: 8, model: "", quota: 8 })).toMatchObject({ state: "ok", detail: "8" });
  });

  it("names a container's limit and the threads that fit", () => {
    expect(checkCores({ cores: 8, model: "", quota: 2.5 })).toMatchObject({
      state: "warn",
      detail: "8, but the container may use 2.5 of them",
      fix: expect.stringContaining("--threads 2:") as string,
    });
    expect(checkCores({ cores: 8, model: "", quota: 0.5 }).fix).toContain("--threads 1:");
  });

  it("warns of a single core", () => {
    expect(checkCores({ cores: 1, model: "", quota: undefined }).state).toBe("warn");
  });

  it("reads this machine", () => {
    expect(readCores().cores).toBeGreaterThanOrEqual(1);
  });
});

describe("readCpuQuota", () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "weir-cgroup-"));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  function write(files: Readonly<Record<string, string>>): void {
    for (const [file, content] of Object.entries(files)) {
      mkdirSync(dirname(join(root, file)), { recursive: true });
      writeFileSync(join(root, file), `${content}\n`);
    }
  }

  it.each<[string, Record<string, string>, string, number | undefined]>([
    ["version 2, no limit", { "cpu.max": "max 100000" }, "0::/", undefined],
    ["version 2, half a core", { "cpu.max": "50000 100000" }, "0::/", 0.5],
    [
      "version 2, the strictest of the path",
      { "a/cpu.max": "200000 100000", "a/b/cpu.max": "max 100000" },
      "0::/a/b",
      2,
    ],
    ["version 2, the host's path inside a container", { "cpu.max": "150000 100000" }, "0::/docker/abc", 1.5],
    [
      "version 1, no limit",
      { "cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000" },
      "4:cpu,cpuacct:/",
      undefined,
    ],
    [
      "version 1, three cores",
      { "cpu/a/cpu.cfs_quota_us": "300000", "cpu/a/cpu.cfs_period_us": "100000" },
      "4:cpuacct,cpu:/a\n0::/",
      3,
    ],
    ["no control groups", {}, "", undefined],
  ])("%s", (_name, files, membership, quota) => {
    write(files);
    expect(readCpuQuota(root, membership)).toBe(quota);
  });
});

describe("checkMemory", () => {
  const gib = 1024 ** 3;
  it.each<[string, number, number, number | undefined, string, string]>([
    ["enough", 16, 8, undefined, "ok", "16.0 GiB, 8.0 GiB free"],
    ["enough within the limit", 16, 8, 4, "ok", "16.0 GiB, 8.0 GiB free, the container may use 4.0 GiB"],
    ["a limit that is too low", 16, 8, 0.5, "fail", "16.0 GiB, 8.0 GiB free, the container may use 0.5 GiB"],
    ["a small machine", 0.5, 0.25, undefined, "fail", "0.5 GiB, 0.3 GiB free"],
    ["little free", 16, 0.5, undefined, "warn", "16.0 GiB, 0.5 GiB free"],
  ])("%s", (_name, total, free, limit, state, detail) => {
    const limitBytes = limit === undefined ? undefined : limit * gib;
    expect(checkMemory({ totalBytes: total * gib, freeBytes: free * gib, limitBytes })).toMatchObject({
      state,
      detail,
    });
  });

  it("reads this machine", () => {
    const { totalBytes, freeBytes, limitBytes } = readMemory();
    expect(totalBytes).toBeGreaterThan(0);
    expect(freeBytes).toBeLessThanOrEqual(totalBytes);
    expect(limitBytes ?? 1).toBeLessThanOrEqual(totalBytes);
  });
});

describe("checkOpenFiles", () => {
  it.each([
    [{ kind: "unlimited" }, "ok"],
    [{ kind: "unknown" }, "skipped"],
    [{ kind: "limited", files: 65_536 }, "ok"],
    [{ kind: "limited", files: 1_024 }, "warn"],
    [{ kind: "limited", files: 128 }, "fail"],
  ] as const)("%j is %s", (reading, state) => {
    expect(checkOpenFiles(reading).state).toBe(state);
  });
});
