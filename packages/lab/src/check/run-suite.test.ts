import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { WeirError } from "@weir/protocol";
import { Ajv } from "ajv";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startTarget } from "../probe/fixtures/start-target.ts";
import { encodeRecord } from "../record/write-record.ts";
import { readStrictSchema } from "../run/fixtures/read-strict-schema.ts";
import type { RunRequest } from "../run/run-request.ts";
import { runSuite, type FinishedCheck, type RunSuiteOptions } from "./run-suite.ts";
import type { CheckRow, Suite, SuiteContext } from "./suite.ts";

describe("runSuite", () => {
  let out = "";
  beforeEach(async () => {
    out = await mkdtemp(path.join(tmpdir(), "weir-check-"));
  });
  afterEach(async () => {
    await rm(out, { recursive: true, force: true });
  });

  function baseOf(kind: "embeddings" | "chat", rest: Partial<RunRequest> = {}): RunRequest {
    const common = { dialect: "auto", model: undefined, cache: "busted" } as const;
    return {
      url: "http://127.0.0.1:9",
      workload:
        kind === "embeddings"
          ? { kind, ...common, texts: { description: "two", texts: ["abc", "abcde"] } as never, batch: 1 }
          : ({ kind, ...common, stream: true } as never),
      users: 1,
      seed: 1,
      durationMs: undefined,
      requests: 4,
      warmupMs: 0,
      limits: [],
      headers: {},
      timeoutMs: 5000,
      outDirectory: out,
      name: undefined,
      ...rest,
    };
  }

  const row = (key: string, value: number, rest: Partial<CheckRow> = {}): CheckRow => ({
    key,
    metric: key,
    value,
    unit: "ms",
    measured: `${value} ms`,
    limit: null,
    status: "info",
    ...rest,
  });

  const suiteOf = (check: Suite["check"], rest: Partial<Suite> = {}): Suite => ({
    name: "example",
    description: "An example.",
    takes: "1 s",
    check,
    ...rest,
  });

  async function check(
    suite: Suite,
    url: string,
    rest: Partial<RunSuiteOptions> = {},
  ): Promise<FinishedCheck> {
    const options = { target: { kind: "url", url }, bases: [baseOf("embeddings")], ...rest } as const;
    const finished = await runSuite(suite, options);
    const text = await readFile(path.join(finished.folder, "run.json"), "utf8");
    expect(text).toBe(encodeRecord(finished.record));
    const validate = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(
      await readStrictSchema("check-1"),
    );
    validate(JSON.parse(text));
    expect(validate.errors ?? []).toEqual([]);
    return finished;
  }

  it("keeps rows, runs and the suite's answer in one folder", async () => {
    await using server = await startTarget({ dialects: ["openai"] });
    const seen: string[] = [];
    const finished = await check(
      suiteOf(
        async function* ({ run, setting, url }: SuiteContext) {
          const { record } = await run("a few", { requests: setting("requests") });
          yield row("answers", record.summary.completed, { limit: ">= 3", status: "pass" });
          yield row("other", 7);
          return `${url} answers.`;
        },
        { settings: { requests: { unit: "count", default: 3, description: "how many" } } },
      ),
      server.url,
      { onRow: ({ key }) => seen.push(key), onProgress: (doing) => seen.push(doing) },
    );
    const { record } = finished;
    expect(record.children).toHaveLength(1);
    expect((await readdir(finished.folder)).toSorted()).toEqual([...record.children, "run.json"].toSorted());
    expect(record).toMatchObject({
      kind: "check",
      suite: { name: "example", settings: { requests: 3 }, repeats: 1, file: null },
      started: null,
      rows: [
        { key: "answers", value: 3, values: [3], status: "pass", better: null, baseline: null },
        { key: "other", value: 7, status: "info" },
      ],
    });
    // A run of three requests is too short to judge the generator, so that only the suite's own rows decide.
    expect(record.verdict).toEqual({ kind: "pass", sentence: `${server.url} answers.`, reasons: [] });
    expect(finished.exitCode).toBe(0);
    expect(new Set(seen)).toEqual(new Set(["looking at the server", "a few", "answers", "other"]));
  });

  it("misses, and cannot tell", async () => {
    const verdictOf = async (...rows: readonly CheckRow[]): Promise<[string, number, readonly string[]]> => {
      const { record, exitCode } = await check(
        suiteOf(async function* () {
          yield* rows;
          return "Said.";
        }),
        "http://127.0.0.1:9",
      );
      return [record.verdict.kind, exitCode, record.verdict.reasons];
    };
    const open = row("b", 2, { status: "not-measured", limit: "< 2", measured: "not there" });
    expect(await verdictOf(row("a", 1), open)).toEqual([
      "inconclusive",
      4,
      ["b: not there, so nothing can be said of < 2."],
    ]);
    const missed = row("c", 3, { status: "fail", limit: "< 3 ms", advice: "Do less." });
    expect(await verdictOf(open, missed)).toMatchObject([
      "limit-missed",
      1,
      ["c: 3 ms; wanted: < 3 ms. Do less.", expect.stringContaining("b: not there")],
    ]);
    expect(await verdictOf(open)).toMatchObject(["not-measured", 6, expect.anything()]);
  });

  it("leaves what was found where it cannot go on, and says why", async () => {
    const suite = suiteOf(async function* () {
      yield row("a", 1, { status: "pass", limit: "< 2 ms" });
      throw new WeirError("TARGET_UNREACHABLE", "it went away.");
    });
    const { record, exitCode } = await check(suite, "http://127.0.0.1:9");
    expect(exitCode).toBe(4);
    expect(record.rows).toHaveLength(1);
    expect(record.verdict.sentence).toBe(
      "The check could not be finished: it went away. Until then: 1 limit kept.",
    );
  });

  it("has a result where there is no server, and where nothing that it speaks is known", async () => {
    const bases = [baseOf("embeddings"), baseOf("chat")] as const;
    const suite = suiteOf(async function* () {
      yield row("a", 1);
      return "";
    });
    const gone = await check(suite, "http://127.0.0.1:9", { bases });
    expect([gone.exitCode, gone.record.rows]).toEqual([6, []]);
    expect(gone.record.verdict.sentence).toMatch(/^The target could not be checked: .*127\.0\.0\.1:9/);
    const ended = await check(suite, "", {
      target: { kind: "start", command: `"${process.execPath}" -e 0 {port}` },
    });
    expect(ended.exitCode).toBe(6);
    expect(ended.record.verdict.sentence).toContain("ended with exit code 0");
  });

  it("chooses the workload that the server speaks", async () => {
    await using server = await startTarget({ dialects: ["openai"] });
    const kinds: string[] = [];
    const suite = suiteOf(async function* ({ base }) {
      kinds.push(base.workload.kind);
      yield row("a", 1);
      return "";
    });
    await check(suite, server.url, { bases: [baseOf("chat"), baseOf("embeddings")] });
    await check(suite, server.url, { bases: [baseOf("chat")] });
    expect(kinds).toEqual(["embeddings", "chat"]);
  });

  it("ends with what it has when it is interrupted", async () => {
    await using server = await startTarget({ dialects: ["openai"] });
    const controller = new AbortController();
    const suite = suiteOf(async function* ({ run }) {
      yield row("a", 1, { status: "pass", limit: "< 2 ms" });
      await run("long", { requests: undefined, durationMs: 60_000 });
      yield row("b", 2);
      return "";
    });
    const { record, exitCode } = await check(suite, server.url, {
      signal: controller.signal,
      onProgress: (doing, progress) => {
        if (doing === "long" && progress !== undefined) controller.abort();
      },
    });
    expect(exitCode).toBe(130);
    expect(record.children).toHaveLength(1);
    expect(record.verdict.sentence).toBe("Interrupted: 1 limit kept.");
  });

  it("does all of it several times and takes the medians", async () => {
    let repeat = 0;
    const suite = suiteOf(async function* () {
      const value = [5, 1, 3][repeat++]!;
      yield row("a", value, { limit: "< 4 ms", status: value < 4 ? "pass" : "fail" });
      return "Said.";
    });
    const { record, exitCode } = await check(suite, "http://127.0.0.1:9", { repeats: 3 });
    expect(record.rows).toMatchObject([
      { value: 3, values: [5, 1, 3], status: "pass", measured: "3 ms (1.00 ms to 5.00 ms in 3)" },
    ]);
    expect(exitCode).toBe(0);
  });

  it("starts servers by a command and leaves none of them", { timeout: 30_000 }, async () => {
    const program =
      'console.log("up", process.pid); require("http").createServer((q, s) => s.end("yes")).listen(+process.argv[1], "127.0.0.1")';
    const pids: number[] = [];
    const suite = suiteOf(async function* ({ started, startFresh }) {
      const fresh = await startFresh!();
      pids.push(started!.pid, fresh.pid);
      yield row("start", fresh.readyAfterMs);
      process.kill(-started!.pid, "SIGKILL");
      await new Promise((resolve) => started!.ended.addEventListener("abort", resolve, { once: true }));
      return "Both were there.";
    });
    const finished = await check(suite, "", {
      target: { kind: "start", command: `"${process.execPath}" -e ${JSON.stringify(program)} {port}` },
    });
    expect((await readdir(finished.folder)).toSorted()).toEqual(["run.json", "server-2.log", "server.log"]);
    for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow("ESRCH");
    const { started, rows } = finished.record;
    expect(started?.readyAfterMs).toBeGreaterThan(0);
    expect(rows[1]).toMatchObject({ key: "server-stayed-up", status: "fail" });
    expect(finished.exitCode).toBe(1);
  });

  it("leaves nothing where it was asked wrong", async () => {
    const suite = suiteOf(async function* () {
      yield row("a", 1);
      return "";
    });
    await expect(
      runSuite(suite, { target: { kind: "start", command: "node" }, bases: [baseOf("embeddings")] }),
    ).rejects.toMatchObject({ code: "USAGE" });
    expect(await readdir(out)).toEqual([]);
  });
});
