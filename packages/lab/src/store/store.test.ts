import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { describeOutcome } from "./describe-outcome.ts";
import { filterRuns, type RunFilter } from "./filter-runs.ts";
import { findRun } from "./find-run.ts";
import { makeRun, readFixture } from "./fixtures/make-runs.ts";
import { listRuns } from "./list-runs.ts";
import type { StoredRecord } from "./parse-record.ts";
import { deleteRun, findUnfinished, measureFolder, planPrune } from "./prune-runs.ts";
import { readTag, writeNotes } from "./run-notes.ts";
import { toRunsTable } from "./to-runs-table.ts";

let out = "";
beforeEach(async () => {
  out = await mkdtemp(path.join(tmpdir(), "weir-store-"));
});
afterEach(async () => {
  await rm(out, { recursive: true, force: true });
});

const ids = ["20261101T100000Z-00000a", "20261102T100000Z-00000b", "20261103T100000Z-00000c"] as const;

describe("the list of runs", () => {
  it("has the newest first, of several folders and those in them, each once", async () => {
    await makeRun(path.join(out, "a"), ids[1]);
    await makeRun(path.join(out, "a", "nightly", "more"), ids[2]);
    await makeRun(path.join(out, "b"), ids[0]);
    await mkdir(path.join(out, "a", "nothing here"));
    await writeFile(path.join(out, "a", "a file"), "");
    const runs = await listRuns([path.join(out, "a"), path.join(out, "b"), path.join(out, "a", "nightly")]);
    expect(runs.map(({ id }) => id)).toEqual([ids[2], ids[1], ids[0]]);
  });

  it("has the parts of a measurement only when asked, or when it is the folder", async () => {
    const runs = path.join(out, "runs");
    const sweep = await makeRun(runs, ids[0], { kind: "sweep", children: [ids[1], "../../outside", ids[2]] });
    await makeRun(sweep, ids[1]);
    await makeRun(out, "outside");
    const [only, ...others] = await listRuns([runs]);
    expect([only!.id, others]).toEqual([ids[0], []]);
    for (const all of [await listRuns([runs], { children: true }), await listRuns([sweep])])
      expect(all.map(({ id, kind, parent }) => [id, kind, parent])).toEqual([
        [ids[2], "unreadable", ids[0]],
        [ids[1], "readable", ids[0]],
        [ids[0], "readable", null],
      ]);
  });

  it("says of what it cannot read why, and goes on", async () => {
    await makeRun(out, ids[2]);
    const lay = async (folder: string, text: string): Promise<void> => {
      await mkdir(path.join(out, folder));
      await writeFile(path.join(out, folder, "run.json"), text);
    };
    await mkdir(path.join(out, ids[0]));
    await lay("cut", (await readFixture("run-1")).slice(0, 100));
    await lay("empty", "");
    await lay("foreign", '{"scripts":{}}');
    await lay("list", "[1]");
    await lay("later", '{"schema":7,"kind":"run","id":"x"}');
    await mkdir(path.join(out, "folder", "run.json"), { recursive: true });
    const runs = await listRuns([out]);
    const reasons = new Map(runs.flatMap((run) => (run.kind === "unreadable" ? [[run.id, run.reason]] : [])));
    expect(runs).toHaveLength(8);
    expect(reasons.get(ids[0])).toContain("killed");
    expect(reasons.get("cut")).toContain("no JSON");
    expect(reasons.get("empty")).toContain("empty");
    expect(reasons.get("foreign")).toContain("not Weir's");
    expect(reasons.get("list")).toContain("not Weir's");
    expect(reasons.get("later")).toContain("schema 7");
    expect(reasons.get("later")).toContain("update weir");
    expect(reasons.get("folder")).toContain("EISDIR");
    const cells = toRunsTable(runs, Date.now()).rows.map((row) => row.cells);
    expect(cells.filter((row) => row.includes("unreadable"))).toHaveLength(7);
  });

  it("takes old records as they are", async () => {
    for (const [id, fixture] of [
      ["old", "run-1-oldest"],
      ["new", "run-1"],
    ] as const) {
      await mkdir(path.join(out, id));
      await writeFile(path.join(out, id, "run.json"), await readFixture(fixture));
    }
    const [old, today] = (await listRuns([out])).toSorted((a, b) => b.folder.localeCompare(a.folder));
    if (old?.kind !== "readable" || today?.kind !== "readable") throw new Error("expected two runs");
    expect(today.facts).toMatchObject({
      users: 4,
      ttft_p50_ms: 15.65625,
      output_tokens: 1024,
      result: "TTFT p50 15.7 ms, 205 tokens/s",
      started_at: "2026-11-21T19:48:45.518Z",
    });
    expect(old.facts).toMatchObject({ completed: 8, ttft_p50_ms: 15.65625, output_tokens: null, users: 4 });
  });

  it("says in a few words what came out, of every kind", () => {
    const outcome = (record: object): string => describeOutcome(record as StoredRecord);
    const verdict = { sentence: `B is worse: ${"much ".repeat(20)}slower; and more` };
    expect(
      outcome({ kind: "capacity", verdict, capacity: { of: "users", lastPass: 1048, firstFail: 1100 } }),
    ).toBe("holds 1,048 users, not 1,100");
    expect(
      outcome({ kind: "capacity", verdict: { sentence: "Nothing." }, capacity: { lastPass: null } }),
    ).toBe("Nothing.");
    expect(outcome({ kind: "compare", verdict })).toMatch(/^B is worse: much .*…$/);
    expect(outcome({ kind: "sweep", verdict: { sentence: `Best at 8; ${"x".repeat(200)}` } })).toBe(
      "Best at 8",
    );
    expect(outcome({ kind: "run", verdict })).toBe("");
    const summary = {
      completed: 10,
      units: { kind: "texts", perSecond: 12 },
      latencyMs: { response: { p50: 5, p95: null } },
    };
    expect(outcome({ kind: "run", verdict, summary })).toBe("12.0 texts/s, p50 5.00 ms");
  });

  it("says that a folder is not there, and stops when told to", async () => {
    await expect(listRuns([path.join(out, "away")])).rejects.toThrow("there is no folder of runs");
    await makeRun(out, ids[0]);
    await expect(listRuns([out], { signal: AbortSignal.abort() })).rejects.toThrow("abort");
  });
});

describe("what is meant of it", () => {
  beforeEach(async () => {
    await makeRun(out, ids[0], { name: "nightly (old)", verdict: "invalid" });
    await makeRun(out, ids[1], { name: "Nightly.new", url: "http://gpu-7:8000" });
    await makeRun(out, ids[2], { kind: "capacity", verdict: "limit-missed" });
    await writeNotes(path.join(out, ids[1]), { name: null, tags: ["release", "keep"] });
    await mkdir(path.join(out, "20261104T100000Z-00000d"));
  });

  it.each<[string, RunFilter, string]>([
    ["nothing", {}, "dcba"],
    ["a kind", { kinds: ["capacity", "sweep"] }, "c"],
    ["a verdict", { verdicts: ["invalid", "limit-missed"] }, "ca"],
    ["what cannot be read", { verdicts: ["unreadable"] }, "d"],
    ["all tags", { tags: ["keep", "release"] }, "b"],
    ["a tag that none has with another", { tags: ["keep", "other"] }, ""],
    ["part of a name", { name: "NIGHTLY" }, "ba"],
    ["a pattern, whose dots and brackets are themselves", { name: "nightly.*" }, "b"],
    ["a pattern of all of it", { name: "*ly (old?" }, "a"],
    ["a target", { target: "gpu-7" }, "b"],
    ["a time", { sinceMs: Date.parse("2026-11-02T10:00:00Z") }, "dcb"],
    ["an age", { beforeMs: Date.parse("2026-11-02T10:00:00Z") }, "a"],
  ])("%s", async (_, filter, expected) => {
    const found = filterRuns(await listRuns([out]), filter);
    expect(found.map(({ id }) => id.at(-1)).join("")).toBe(expected);
  });

  it("a word finds one run, or says which it could be", async () => {
    const runs = await listRuns([out]);
    // The newest of all has no record: it is going on, or was killed.
    expect(findRun(runs, "latest").id).toBe(ids[2]);
    expect(findRun(runs, "20261102").id).toBe(ids[1]);
    expect(findRun(runs, "00000b").id).toBe(ids[1]);
    expect(findRun(runs, path.join(out, ids[0])).id).toBe(ids[0]);
    expect(() => findRun(runs, "2026")).toThrow('"2026" means 4 runs');
    const sweep = await makeRun(out, "20261105T100000Z-00000e", {
      kind: "sweep",
      children: ["20261105T100001Z-00001a"],
    });
    await makeRun(sweep, "20261105T100001Z-00001a");
    const all = await listRuns([out], { children: true });
    expect(findRun(all, "20261105").folder).toBe(sweep);
    expect(findRun(all, "00001a").folder).toBe(path.join(sweep, "20261105T100001Z-00001a"));
    expect(() => findRun(runs, "1999")).toThrow('no run "1999"');
    expect(() => findRun([], "latest")).toThrow("no runs yet");
  });
});

describe("pruning", () => {
  it("takes nothing that is tagged keep or baseline, is no run, or was renamed", async () => {
    const old = { beforeMs: Date.parse("2026-12-01") };
    await makeRun(out, ids[0]);
    await writeNotes(await makeRun(out, ids[1]), { name: null, tags: ["baseline"] });
    const sweep = await makeRun(out, ids[2], { kind: "sweep", children: ["part"] });
    await writeNotes(await makeRun(sweep, "part"), { name: null, tags: ["keep"] });
    await mkdir(path.join(out, "20261104T100000Z-00000d"));
    const renamed = await makeRun(out, "20261105T100000Z-00000e");
    const record = await readFile(path.join(renamed, "run.json"), "utf8");
    await rm(renamed, { recursive: true });
    await mkdir(path.join(out, "project"));
    await writeFile(path.join(out, "project", "run.json"), record);
    const plan = planPrune(await listRuns([out], { children: true }), { filter: old });
    expect(plan.delete.map(({ id }) => id)).toEqual([ids[0]]);
    expect(plan.kept.map(({ run, reason }) => `${path.basename(run.folder)}: ${reason}`).toSorted()).toEqual([
      "20261102T100000Z-00000b: tagged baseline",
      "20261103T100000Z-00000c: a part of it is tagged keep",
      "20261104T100000Z-00000d: unreadable",
      "project: in a folder of another name",
    ]);
    expect(await measureFolder(plan.delete[0]!.folder)).toBeGreaterThan(1000);
    await deleteRun(plan.delete[0]!);
    expect(await readdir(out)).not.toContain(ids[0]);
  });

  it("knows what may still be going on", async () => {
    const verdict = "interrupted";
    await makeRun(out, ids[0], { kind: "sweep", verdict });
    await makeRun(out, ids[1], { verdict });
    await makeRun(out, ids[2], { kind: "compare" });
    const runs = (await listRuns([out])).filter((run) => run.kind === "readable");
    expect((await findUnfinished(runs, Date.now())).map(({ id }) => id)).toEqual([ids[0]]);
    expect(await findUnfinished(runs, Date.now() + 3_600_000)).toEqual([]);
  });

  it("leaves the newest of those that are meant", async () => {
    for (const id of ids) await makeRun(out, id, { verdict: id === ids[1] ? "pass" : "invalid" });
    const runs = await listRuns([out], { children: true });
    const plan = planPrune(runs, { filter: { verdicts: ["invalid"] }, keepNewest: 1 });
    expect(plan.delete.map(({ id }) => id)).toEqual([ids[0]]);
    // One that is going on, or was killed, takes no place among those that stay.
    await mkdir(path.join(out, "20261104T100000Z-00000d"));
    const all = await listRuns([out], { children: true });
    expect(planPrune(all, { filter: {}, keepNewest: 1 }).delete.map(({ id }) => id)).toEqual([
      ids[1],
      ids[0],
    ]);
  });
});

describe("notes", () => {
  it("stand beside the record, which stays as it was", async () => {
    const folder = await makeRun(out, ids[0], { name: "as run" });
    const before = await readFile(path.join(folder, "run.json"));
    await writeNotes(folder, { name: "as renamed", tags: ["b", "a", "b"] });
    const [run] = await listRuns([out]);
    expect(run).toMatchObject({
      notes: { tags: ["a", "b"] },
      facts: { name: "as renamed", tags: ["a", "b"] },
    });
    expect(await readFile(path.join(folder, "run.json"))).toEqual(before);
    await writeFile(path.join(folder, "notes.json"), "{damaged");
    expect((await listRuns([out]))[0]).toMatchObject({ facts: { name: "as run", tags: [] } });
  });

  it("have tags of one word", () => {
    expect(["release", "v1.2", "pr/17", "größe"].map(readTag)).toHaveLength(4);
    for (const wrong of ["", "two words", "-dash", "a,b", "x".repeat(65)])
      expect(() => readTag(wrong), wrong).toThrow("one word");
  });
});
