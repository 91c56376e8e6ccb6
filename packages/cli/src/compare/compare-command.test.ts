import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Command } from "commander";
import type { CompareRecord } from "@weir/lab";
import { startMock } from "@weir/mock";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createTestContext } from "../fixtures/test-context.ts";
import { createRunCommand } from "../run/run-command.ts";
import { createCompareCommand } from "./compare-command.ts";

interface Outcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

// Short halves on a machine that others use as well: what a verdict may be is said, and never how long anything took.
const short = ["--round-duration", "400ms", "--warmup", "0s", "--max-rounds", "4", "--users", "2"];

describe("weir compare", () => {
  let out = "";
  beforeEach(async () => {
    out = await mkdtemp(path.join(tmpdir(), "weir-cli-compare-"));
  });
  afterEach(async () => {
    await rm(out, { recursive: true, force: true });
  });

  async function weir(
    args: readonly string[],
    options: { readonly terminal?: boolean; readonly signal?: AbortSignal } = {},
  ): Promise<Outcome> {
    const { context, written } = createTestContext({ env: { NO_COLOR: "1" }, ...options });
    const program = new Command()
      .addCommand(createCompareCommand(context))
      .addCommand(createRunCommand(context));
    await program.parseAsync([...args, "--out", out], { from: "user" });
    return { ...written, exitCode: context.exitCode };
  }

  it("never calls a server faster that takes twice as long", { timeout: 60_000 }, async () => {
    await using a = await startMock({ serviceMs: 30 });
    await using b = await startMock({ serviceMs: 90 });
    const junit = path.join(out, "junit.xml");
    const { exitCode, stdout, stderr } = await weir([
      "compare",
      a.url,
      b.url,
      ...short,
      "--json",
      "--junit",
      junit,
    ]);
    const record = JSON.parse(stdout) as CompareRecord;
    expect(await readFile(path.join(out, record.id, "run.json"), "utf8")).toBe(stdout);
    expect([
      ["slower", 1],
      ["inconclusive", 4],
      ["invalid", 5],
    ]).toContainEqual([record.verdict.kind, exitCode]);
    expect(record.rounds.every(({ change }) => change === null || change > 0)).toBe(true);
    expect(record.plan).toMatchObject({ metric: "response.p50", halfMs: 400, maxRounds: 4 });
    expect(stderr).toContain("round 1 of at most 4\n");
    expect(await readFile(junit, "utf8")).toContain('name="response p50: B is not worse than A"');
  });

  it(
    "compares streams by their first tokens, and prints what a pull request is told",
    { timeout: 60_000 },
    async () => {
      await using mock = await startMock({ ttftMs: 20, gapMs: 5, chunks: 4 });
      const { stdout, stderr } = await weir([
        "compare",
        mock.url,
        "--aa",
        "--workload",
        "chat",
        "--format",
        "md",
        "--quiet",
        ...short,
      ]);
      expect(stdout).toMatch(/^\*\*.+\*\*\n/);
      expect(stdout).toContain("| metric | A | B | change | 95 % from | to | rounds |");
      expect(stdout).toMatch(/\n\| TTFT p50, ms \|/);
      expect(stdout).toMatch(/\n\| A \| \d+ \| 0 \| 0 % \| none \|\n/);
      expect(stdout).toContain(`A: \`${mock.url}\`, B: \`${mock.url}\``);
      expect(stdout).toMatch(/\d rounds of 2 x 400 ms, ABBA, seed 1; from \d+ core/);
      // What people read goes to the other output.
      expect(stderr).toContain("run folder");
    },
  );

  it("shows on a terminal how far it is, and takes that away at the end", { timeout: 60_000 }, async () => {
    await using a = await startMock({ serviceMs: 5 });
    const { stdout, stderr } = await weir(["compare", a.url, a.url, ...short], { terminal: true });
    expect(stderr).toMatch(/A {8}━/);
    expect(stderr).toContain("round 2 of at most 4");
    expect(stderr.endsWith("\r\u001B[0J")).toBe(true);
    expect(stdout).toMatch(/response p50, ms|INVALID/);
  });

  it("puts errors before speed", { timeout: 60_000 }, async () => {
    await using a = await startMock({ serviceMs: 20 });
    await using b = await startMock({ serviceMs: 2, errorRate: 0.4 });
    const { exitCode, stdout } = await weir([
      "compare",
      a.url,
      b.url,
      "--dialect",
      "openai",
      "--model",
      "m",
      ...short,
    ]);
    expect(stdout).toMatch(/^\n(LIMIT MISSED\nB missed a limit: \d+(\.\d)? % of requests failed|INVALID\n)/);
    expect([1, 5]).toContain(exitCode);
    expect(stdout).toMatch(/\n {2}B +[\d,]+ +[\d,]+ +\d+(\.\d+)? % +http-500 [\d,]+\n/);
  });

  it("ends with 6 where one of the two is dead", async () => {
    await using a = await startMock({});
    const b = await startMock({});
    await b[Symbol.asyncDispose]();
    const { exitCode, stdout } = await weir(["compare", a.url, b.url, ...short]);
    expect(exitCode).toBe(6);
    expect(stdout).toMatch(/^\nNOT MEASURED\nB could not be measured: no server answers at /);
  });

  it("says before it measures that a file for its results cannot be written", async () => {
    await using a = await startMock({});
    const junit = path.join(out, "missing", "junit.xml");
    await expect(weir(["compare", a.url, "--aa", ...short, "--junit", junit])).rejects.toThrow(
      `--junit: expected a file that can be written, got ${junit}`,
    );
    expect(await readdir(out)).toEqual([]);
  });

  it("takes the name of a run that is not there for no server", async () => {
    await expect(weir(["compare", "http://127.0.0.1:1", "20260105T101500Z-1f3a9c"])).rejects.toThrow(
      'there is no run "20260105T101500Z-1f3a9c"',
    );
    for (const name of ["old/20260105T101500Z-1f3a9c", path.join(out, "none"), "./none"])
      await expect(weir(["compare", "http://127.0.0.1:1", name])).rejects.toThrow(
        `expected a URL or the folder of a run, got ${name}`,
      );
  });

  it("ends with 130 on Ctrl-C", async () => {
    await using a = await startMock({});
    const { exitCode, stdout } = await weir(["compare", a.url, "--aa", ...short], {
      signal: AbortSignal.abort(),
    });
    expect(exitCode).toBe(130);
    expect(stdout).toMatch(/^\nINTERRUPTED\nInterrupted\./);
  });

  it(
    "holds two stored runs against each other, and no run against a server",
    { timeout: 60_000 },
    async () => {
      await using mock = await startMock({ serviceMs: 5 });
      const store = async (): Promise<string> => {
        const { stdout } = await weir(["run", mock.url, "--requests", "20", "--json"]);
        return (JSON.parse(stdout) as { readonly id: string }).id;
      };
      const [first, second] = [await store(), await store()];
      const { stdout, exitCode } = await weir(["compare", path.join(out, first), second]);
      expect([4, 5]).toContain(exitCode);
      expect(stdout).toMatch(
        /^\n(NOT DECIDED\nNot decided, because the two are not interleaved: |INVALID\n)/,
      );
      expect(stdout).toContain("two stored runs, not interleaved");
      await expect(weir(["compare", path.join(out, first), mock.url])).rejects.toThrow("cannot take turns");
      const parts = await weir(["compare", first.slice(-6), second.slice(0, -1), "--json"]);
      expect((JSON.parse(parts.stdout) as CompareRecord).children).toEqual([
        path.join("..", first),
        path.join("..", second),
      ]);
      const { children } = JSON.parse(
        (await weir(["compare", first, "latest", "--json"])).stdout,
      ) as CompareRecord;
      expect(children[1]).toBe(path.join("..", second));
      await expect(weir(["compare", "19991231", "latest"])).rejects.toThrow('there is no run "19991231"');
    },
  );
});
