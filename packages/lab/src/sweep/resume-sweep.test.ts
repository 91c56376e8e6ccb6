import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readResumed } from "./resume-sweep.ts";
import type { SweepEnd, SweepPlan } from "./sweep-record.ts";

const plan = { url: "http://a", seed: 1, matrix: { name: "quick" } } as unknown as SweepPlan;

describe("readResumed", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "weir-resume-"));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  async function visitsAfter(end: SweepEnd["kind"], visits: readonly object[]): Promise<number> {
    const record = { schema: 1, kind: "sweep", plan, summary: { end: { kind: end } }, visits };
    await writeFile(path.join(folder, "run.json"), JSON.stringify(record));
    return (await readResumed(folder, plan)).visits.length;
  }

  const good = { completed: 4, failures: {} };
  const dying = { completed: 2, failures: { "connection-reset": {}, "connect-refused": {} } };
  const crashed = { completed: 0, failures: { "connection-reset": {}, "connect-refused": {} } };
  const refused = { completed: 0, failures: { "connect-refused": {} } };

  it("measures again what found nobody listening, and keeps that in which the target was lost", async () => {
    expect(await visitsAfter("stopped", [good, dying, refused, refused])).toBe(2);
    expect(await visitsAfter("stopped", [good, crashed, refused])).toBe(2);
    expect(await visitsAfter("stopped", [good, good])).toBe(2);
    expect(await visitsAfter("interrupted", [good, refused])).toBe(2);
  });

  it.each([
    ["{}", "which is of no measurement"],
    ["null", "which is of no measurement"],
    ['{"schema": 1, "kind": "run"}', 'which is of kind "run"'],
    ['{"schema": 1, "kind": "sweep"}', "whose run.json is not whole"],
    ['{"schema": 1, "kind": "swe', "whose run.json cannot be read"],
  ])("takes no folder with %s", async (text, message) => {
    await writeFile(path.join(folder, "run.json"), text);
    await expect(readResumed(folder, plan)).rejects.toThrow(message);
  });

  it("takes no folder without a run.json", async () => {
    await expect(readResumed(folder, plan)).rejects.toThrow("which has no run.json");
  });
});
