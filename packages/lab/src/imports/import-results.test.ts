import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { Ajv } from "ajv";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { compareStored } from "../compare/compare-stored.ts";
import { readStrictSchema } from "../run/fixtures/read-strict-schema.ts";
import { listRuns, type ListedRun } from "../store/list-runs.ts";
import { describeForeignFigures, toSideBySide } from "../store/to-side-by-side.ts";
import type { ImportRecord } from "./import-record.ts";
import { importResults } from "./import-results.ts";

const fixture = (name: string): string => fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url));

let out = "";
beforeEach(async () => {
  out = await mkdtemp(path.join(tmpdir(), "weir-imports-"));
});
afterEach(async () => {
  await rm(out, { recursive: true, force: true });
});

async function importOne(file: string): Promise<ImportRecord> {
  const [only, ...others] = await importResults({ files: [file], outDirectory: path.join(out, "runs") });
  expect(others).toEqual([]);
  return only!.record;
}

// The mock's answers: 60 ms to the first token, 250 ms in all, 40 tokens in 20 chunks 10 ms apart. The tools ran on a busy
// machine, so what they measured is a little more.
describe("results of the real tools, of a server with known times", () => {
  it.each([
    ["k6-summary-export.json", "k6", 96, 0],
    ["k6-summary-export-failures.json", "k6", 48, 8],
    ["k6-handle-summary.json", "k6", 96, 0],
    ["k6-machine-readable.json", "k6", 32, 5],
    ["k6-points.json", "k6", 35, 5],
    ["k6-points.csv", "k6", 40, 0],
    ["locust_stats.csv", "locust", 84, 0],
    ["locust.json", "locust", 90, 0],
    ["locust-failures_stats.csv", "locust", 40, 6],
    ["vllm-serve.json", "vllm", 60, 0],
    ["vllm-serve-detailed.json", "vllm", 40, 0],
    ["guidellm-benchmarks.json", "guidellm", 87, 0],
    ["profile_export_aiperf.json", "aiperf", 60, 0],
    ["profile_export.jsonl", "aiperf", 60, 0],
  ] as const)("%s", async (file, tool, completed, failed) => {
    const record = await importOne(fixture(file));
    const validate = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(
      await readStrictSchema("import-1"),
    );
    expect(validate(record), JSON.stringify(validate.errors)).toBe(true);
    const { summary, imported } = record;
    expect([imported.tool, summary.completed, summary.failed.total]).toEqual([tool, completed, failed]);
    const { service } = summary.latencyMs;
    expect(service!.p50).toBeGreaterThanOrEqual(250);
    expect(service!.p50).toBeLessThan(265);
    // Locust's times have its failures among them.
    expect(service!.n).toBe(tool === "locust" ? completed + failed : completed);
    expect(service!.min).toBeGreaterThanOrEqual(file.includes("failures_stats") ? 0 : 250);
    expect(Object.keys(imported.definitions)).toEqual(expect.arrayContaining(["service", "failed"]));
    const perSecond = summary.window === null ? null : (completed / summary.window.endMs) * 1000;
    expect(summary.requestsPerSecond ?? 0).toBeCloseTo(perSecond ?? 0, 6);
  });

  it.each([
    ["vllm-serve-detailed.json", "vllm"],
    ["guidellm-benchmarks.json", "guidellm"],
    ["profile_export_aiperf.json", "aiperf"],
    ["profile_export.jsonl", "aiperf"],
  ])("%s: tokens as Weir means them", async (file, tool) => {
    const { summary, imported } = await importOne(fixture(file));
    const { ttftMs, tpotMs, chunkGapMs, tokens } = summary;
    expect(ttftMs!.min).toBeGreaterThanOrEqual(60);
    expect(ttftMs!.p50).toBeLessThan(75);
    // 190 ms for 39 tokens, whatever the tool calls it.
    expect(tpotMs!.p50).toBeGreaterThan(4.8);
    expect(tpotMs!.p50).toBeLessThan(5);
    expect(tpotMs!.n).toBe(summary.completed);
    expect(tokens!.output).toBe(40 * summary.completed!);
    expect(chunkGapMs?.n ?? 0).toBe(tool === "guidellm" ? 0 : 19 * summary.completed!);
    expect(chunkGapMs?.mean ?? 10).toBeCloseTo(10, 0);
    expect(imported.definitions.tpot).toMatchObject({ same: true, from: "rows" });
  });

  it("k6: figures of good requests from its lines are those of its own summary", async () => {
    // Both are of the mock that fails; the lines are of the first 40 requests.
    const { summary } = await importOne(fixture("k6-points.json"));
    expect(summary.failed.byKind).toEqual({ "status 500": { count: 5 } });
    expect(summary.latencyMs.service!.p95).toBeNull();
    const whole = await importOne(fixture("k6-summary-export-failures.json"));
    expect(whole.summary.latencyMs.service!.min).toBeCloseTo(summary.latencyMs.service!.min!, -1);
    expect(whole.verdict.reasons.join(" ")).toContain("does not say when it was measured");
  });

  it("Locust: failures by kind, users and start come from the files beside it", async () => {
    const record = await importOne(fixture("locust-failures_stats.csv"));
    expect(Object.values(record.summary.failed.byKind)).toEqual([{ count: 6 }]);
    expect(record.verdict.reasons.join(" ")).toContain("the 6 that failed are among them");
    const other = await importOne(fixture("locust_stats.csv"));
    expect(other.schedule.users).toBe(4);
    expect(other.environment.startedAt).toBe("2026-11-21T21:00:59.000Z");
    const alone = path.join(out, "alone_stats.csv");
    await writeFile(alone, await readFile(fixture("locust_stats.csv")));
    expect((await importOne(alone)).schedule.users).toBeNull();
  });

  it("vLLM bench: its ITL is a time between chunks, of which it says no more than mean, median and p99", async () => {
    const { summary, imported } = await importOne(fixture("vllm-serve.json"));
    expect(summary.chunkGapMs!.mean).toBeCloseTo(10, 0);
    expect(summary.tpotMs!.mean).toBeGreaterThan(4.8);
    expect(summary.tpotMs!.mean).toBeLessThan(5);
    expect([summary.tpotMs!.p95, summary.tokens!.output]).toEqual([null, 2400]);
    expect(imported.definitions.chunkGap).toMatchObject({ same: true, from: "file" });
    expect(imported.definitions.service).toMatchObject({ same: false, from: "rows" });
  });

  it("vLLM bench: what Weir works out from its requests is what it says itself", async () => {
    const file = fixture("vllm-serve-detailed.json");
    const said = JSON.parse(await readFile(file, "utf8")) as Record<string, number>;
    const { ttftMs, tpotMs, chunkGapMs } = (await importOne(file)).summary;
    expect(ttftMs!.mean).toBeCloseTo(said["mean_ttft_ms"]!, 3);
    expect(tpotMs!.mean).toBeCloseTo(said["mean_tpot_ms"]!, 3);
    expect(chunkGapMs!.mean).toBeCloseTo(said["mean_itl_ms"]!, 3);
    // A histogram's bucket is at most 0.4 % off.
    expect(tpotMs!.p50! / said["median_tpot_ms"]!).toBeCloseTo(1, 2);
  });

  it("vLLM bench: a run for each line of --append-result, and failures by kind where they are listed", async () => {
    const lines = path.join(out, "appended.json");
    const text = await readFile(fixture("vllm-serve.json"), "utf8");
    await writeFile(lines, `${text.trim()}\n${text.trim()}`);
    expect(await importResults({ files: [lines], outDirectory: out })).toHaveLength(2);
    const value = JSON.parse(await readFile(fixture("vllm-serve-detailed.json"), "utf8")) as {
      completed: number;
      errors: string[];
    };
    // As it writes a request that failed: without times, with a traceback.
    const failing = path.join(out, "failing.json");
    value.errors[0] = "Traceback (most recent call last):\nTimeoutError: no answer\n";
    const { completed } = value;
    await writeFile(failing, JSON.stringify({ ...value, completed: completed - 1, failed: 1 }));
    const { summary } = await importOne(failing);
    expect(summary.failed).toEqual({ total: 1, byKind: { "TimeoutError: no answer": { count: 1 } } });
    expect([summary.ttftMs!.n, summary.latencyMs.service!.n]).toEqual([completed - 1, completed - 1]);
  });

  it("AIPerf: without its rows its own table is taken as it is", async () => {
    const alone = path.join(out, "profile_export_aiperf.json");
    await writeFile(alone, await readFile(fixture("profile_export_aiperf.json")));
    const { summary, imported } = await importOne(alone);
    expect(summary.ttftMs).toMatchObject({ n: 60, p99: 102.59977383999997 });
    expect(imported.definitions.ttft!.from).toBe("file");
  });

  it("guidellm: where not all requests are listed its own table is taken, but for what that weighs otherwise", async () => {
    const text = await readFile(fixture("guidellm-benchmarks.json"), "utf8");
    const value = JSON.parse(text) as { benchmarks: { requests: { successful: unknown[] } }[] };
    value.benchmarks[0]!.requests.successful.splice(10);
    const file = path.join(out, "sampled.json");
    await writeFile(
      file,
      JSON.stringify({ ...value, benchmarks: [...value.benchmarks, ...value.benchmarks] }),
    );
    const both = await importResults({ files: [file], outDirectory: out });
    expect(both.map(({ record }) => record.name)).toEqual(["sampled 1", "sampled 2"]);
    const { summary, verdict, imported } = both[0]!.record;
    expect([summary.ttftMs!.n, summary.tpotMs]).toEqual([87, null]);
    expect(imported.others.map(({ name }) => name)).toContain("inter_token_latency_ms");
    expect(verdict.reasons.join(" ")).toContain("lists 10 of its 87 requests");
  });
});

describe("imported runs in the store", () => {
  it("are listed and shown beside others with what their figures mean; compare says why it cannot", async () => {
    const files = ["guidellm-benchmarks.json", "profile_export_aiperf.json"].map(fixture);
    const [k6] = await importResults({
      files: [fixture("k6-summary-export.json")],
      outDirectory: path.join(out, "other"),
    });
    const made = await importResults({ files, outDirectory: out, name: "theirs" });
    const runs = (await listRuns(made.map(({ folder }) => folder))) as ListedRun[];
    expect(runs.map(({ facts }) => [facts["kind"], facts["tool"], facts["users"], facts["verdict"]])).toEqual(
      [
        ["import", "aiperf", 4, "imported"],
        ["import", "guidellm", 4, "imported"],
      ],
    );
    expect(runs[0]!.facts["result"]).toMatch(/^TTFT p50 70\.8 ms, 556 tokens\/s$/);
    const [ofK6] = (await listRuns([k6!.folder])) as [ListedRun];
    const units = toSideBySide([runs[0]!, ofK6]).rows.find(({ cells }) => cells[0] === "units/s");
    expect(units!.cells).toEqual(["units/s", "556", "15.6"]);
    const table = toSideBySide(runs);
    const shown = Object.fromEntries(table.rows.map(({ cells: [name, ...cells] }) => [name, cells]));
    expect(shown["TPOT p50"]).toEqual(["4.89 ms", expect.stringContaining("4.86 ms (")]);
    expect(shown["chunk gap p50"]).toEqual(["9.84 ms", "-"]);
    const notes = describeForeignFigures(runs);
    expect(notes[0]).toBe(`${runs[0]!.id} was measured by AIPerf 0.13.0:`);
    expect(notes).toContain(
      '  TPOT: as in Weir: "ITL": (request latency - TTFT) / (output tokens - 1), a value per request',
    );
    const [a, b] = made.map(({ folder }) => folder) as [string, string];
    await expect(compareStored({ a, b, delta: 0.05, outDirectory: out, name: undefined })).rejects.toThrow(
      "which is a result of another tool",
    );
  });
});

describe("files that are no good", () => {
  const cut = async (name: string, bytes: number): Promise<string> => {
    const file = path.join(out, name);
    await writeFile(file, (await readFile(fixture(name))).subarray(0, bytes));
    return file;
  };

  async function refuse(file: string, tool?: "k6"): Promise<string> {
    const runs = path.join(out, "runs");
    const good = fixture("locust.json");
    const files = tool === undefined ? [good, file] : [file];
    const error = await importResults({ files, tool, outDirectory: runs }).then(
      () => undefined,
      (reason: unknown) => reason as Error,
    );
    await mkdir(runs, { recursive: true });
    expect(await readdir(runs)).toEqual([]);
    expect(error?.message).toContain("Nothing was imported");
    return error!.message;
  }

  it.each([
    ["k6-summary-export.json", "expected JSON"],
    ["k6-points.json", "It may have been cut off"],
    ["k6-points.csv", "It may have been cut off"],
    ["locust_stats.csv", 'expected a row "Aggregated"'],
    ["locust.json", "expected JSON"],
    ["guidellm-benchmarks.json", "expected JSON"],
    ["profile_export_aiperf.json", "expected JSON"],
    ["profile_export.jsonl", "It may have been cut off"],
  ])("%s, cut off, imports nothing", async (name, reason) => {
    const bytes = name === "locust_stats.csv" ? 300 : 900;
    expect(await refuse(await cut(name, bytes))).toContain(reason);
  });

  it("and those of nobody, of another tool, or of no request", async () => {
    const write = async (name: string, text: string): Promise<string> => {
      await writeFile(path.join(out, name), text);
      return path.join(out, name);
    };
    expect(await refuse(path.join(out, "away.json"))).toContain("ENOENT");
    expect(await refuse(await write("empty.json", ""))).toContain("it is empty");
    expect(await refuse(await write("notes.txt", "hello"))).toContain("expected a result of k6");
    expect(await refuse(await write("other.json", '{"a": 1}'))).toContain("got something else");
    expect(await refuse(fixture("locust_failures.csv"))).toContain("expected NAME_stats.csv");
    expect(await refuse(fixture("locust.json"), "k6")).toContain("it is a result of locust");
    expect(await refuse(await write("k6.json", '{"metrics": {"checks": {}}, "root_group": {}}'))).toContain(
      "without HTTP requests",
    );
    expect(await refuse(await write("g.json", '{"metadata": {}, "benchmarks": []}'))).toContain(
      "at least one",
    );
  });
});
