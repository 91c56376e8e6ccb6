import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { RunRecord } from "@weir/lab";
import { startMock } from "@weir/mock";
import { chatDialects } from "@weir/protocol";
import { Command } from "commander";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createTestContext } from "../fixtures/test-context.ts";
import { createRunCommand } from "./run-command.ts";

interface Outcome {
  readonly exitCode: number;
  readonly record: RunRecord;
  /** What people read. */
  readonly said: string;
}

const quick = { ttftMs: 10, gapMs: 4, spin: false } as const;

describe("weir run with chat, against the mock", () => {
  let out = "";
  beforeEach(async () => {
    out = await mkdtemp(path.join(tmpdir(), "weir-cli-chat-"));
  });
  afterEach(async () => {
    await rm(out, { recursive: true, force: true });
  });

  async function weirRun(url: string, flags: string): Promise<Outcome> {
    const args = flags.split(" ");
    const { context, written } = createTestContext({ env: { NO_COLOR: "1" } });
    const program = new Command().addCommand(createRunCommand(context));
    const length = args.includes("--prompts") ? [] : ["--input-tokens", "20"];
    await program.parseAsync(["run", url, ...args, ...length, "--out", out, "--json"], { from: "user" });
    return {
      exitCode: context.exitCode,
      record: JSON.parse(written.stdout) as RunRecord,
      said: written.stderr,
    };
  }

  it.each(Object.keys(chatDialects))("streams in the dialect %s", async (dialect) => {
    await using mock = await startMock(quick);
    const { record, said } = await weirRun(
      mock.url,
      `--workload chat --dialect ${dialect} --model m --output-tokens 6 --requests 80 --check chunks>5 --slo ttft.p95<5s`,
    );
    const { summary } = record;
    expect(summary).toMatchObject({
      completed: 80,
      failed: { total: 0 },
      ttftMs: { n: 80 },
      ttfoMs: { n: 80 },
      chunkGapMs: { n: 400 },
      tpotMs: { n: 80 },
      tokens: { output: 480, usageKnownOf: 80 },
    });
    // Never less than what the mock waits; how much more is the machine's business.
    expect(summary.ttftMs!.min).toBeGreaterThan(9);
    expect(summary.latencyMs.service.min).toBeGreaterThan(9 + 5 * 4 - 1);
    expect(mock.log.requests).toBe(80);
    expect(said).toContain("half the first tokens came within");
    expect(said).toMatch(/tokens +.* in .*480 out/);
  });

  it("finds out what to ask for", async () => {
    await using mock = await startMock({ ...quick, model: "found" });
    const { record, said } = await weirRun(mock.url, "--workload chat --requests 4 --output-tokens 3");
    expect(record.plan.workload).toMatchObject({ dialect: "openai", model: "found", maxTokens: 3 });
    expect(said).toContain("chose openai, model found");
    expect(record.summary.completed).toBe(4);
  });

  it("sends prompts of one's own, with their own lengths", async () => {
    await using mock = await startMock(quick);
    const file = path.join(out, "prompts.jsonl");
    await writeFile(
      file,
      '{"prompt":"short","max_tokens":2}\n{"messages":[{"role":"user","content":"long"}],"max_tokens":4}\n',
    );
    const { record } = await weirRun(
      mock.url,
      `--prompts ${file} --dialect openai --model m --requests 20 --users 1`,
    );
    expect(record.plan.workload).toMatchObject({ maxTokens: null, prompts: { source: file, count: 2 } });
    expect(record.summary.tokens).toMatchObject({ output: 10 * 2 + 10 * 4 });
  });

  it("counts answers that miss the check as failures, and stops at five", async () => {
    await using mock = await startMock(quick);
    const { record, exitCode } = await weirRun(
      mock.url,
      `--workload chat --dialect openai --model m --output-tokens 3 --requests 50 --check chunks>3`,
    );
    expect(record.summary.completed).toBe(0);
    expect(record.summary.failed.total).toBeGreaterThanOrEqual(5);
    expect(Object.values(record.summary.failed.byKind)[0]!.firstMessage).toContain("3");
    expect(record.summary.end).toMatchObject({ kind: "stopped", reason: { kind: "too-many-failures" } });
    expect(exitCode).toBe(3);
  });

  it.each(Object.keys(chatDialects))(
    "takes a stream that is cut or ends in an error for a failure in the dialect %s",
    async (dialect) => {
      await using mock = await startMock({ ...quick, cutRate: 0.3, failRate: 0.3 });
      const { record, exitCode } = await weirRun(
        mock.url,
        `--workload chat --dialect ${dialect} --model m --output-tokens 6 --requests 40 --stop-failures 0`,
      );
      const { cut, failedMidway, answered } = mock.log;
      expect(Math.min(cut, failedMidway)).toBeGreaterThan(0);
      expect(record.summary.failed.total).toBe(cut + failedMidway);
      expect(record.summary.completed).toBe(answered);
      expect(record.summary.ttftMs).toMatchObject({ n: answered });
      expect([1, 5]).toContain(exitCode);
    },
  );

  it.each(["openai", "anthropic", "ollama"])(
    "goes through turns with tools in the dialect %s",
    async (dialect) => {
      await using mock = await startMock({ ...quick, toolCalls: 2 });
      const { record, said } = await weirRun(
        mock.url,
        `--workload tools --dialect ${dialect} --model m --output-tokens 6 --requests 10 --users 2`,
      );
      expect(record.plan.workload).toMatchObject({ turns: { kind: "tools", toolTurns: 2 } });
      const { summary } = record;
      // Ten turns of three requests each.
      expect(summary).toMatchObject({ completed: 30, failed: { total: 0 } });
      // Two of three requests end in a call of a tool.
      expect(summary.firstToolCallMs!.n).toBe(20);
      expect(summary.completeToolCallMs!.n).toBe(20);
      const tallies = Object.values(summary.checks.tallies);
      expect(tallies.length).toBeGreaterThan(0);
      for (const { of, right } of tallies) expect(right).toBe(of);
      expect(said).toMatch(/right +.*\d+ of \d+/);
    },
  );

  it("holds conversations that grow", async () => {
    await using mock = await startMock(quick);
    const { record } = await weirRun(
      mock.url,
      `--workload conversation --rounds 3 --agent-header X-Agent-Id --dialect openai --model m --output-tokens 6 --requests 12 --users 1`,
    );
    expect(record.plan.workload).toMatchObject({
      turns: { kind: "conversation", rounds: 3, agentHeader: "X-Agent-Id" },
    });
    expect(record.summary).toMatchObject({ completed: 12, failed: { total: 0 } });
    // Three rounds carry more than three first rounds would.
    const single = await weirRun(
      mock.url,
      `--workload chat --dialect openai --model m --output-tokens 6 --requests 12 --users 1`,
    );
    expect(record.summary.tokens!.input).toBeGreaterThan(single.record.summary.tokens!.input);
  });

  it.each(Object.keys(chatDialects))("takes whole answers in the dialect %s", async (dialect) => {
    await using mock = await startMock(quick);
    const { record } = await weirRun(
      mock.url,
      `--workload chat --no-stream --dialect ${dialect} --model m --output-tokens 6 --requests 20`,
    );
    expect(record.summary).toMatchObject({
      completed: 20,
      ttftMs: null,
      chunkGapMs: null,
      tokens: { output: 120, usageKnownOf: 20 },
    });
  });

  it("holds a stream's own times against limits", async () => {
    await using mock = await startMock(quick);
    const { record, exitCode } = await weirRun(
      mock.url,
      "--workload chat --dialect openai --model m --output-tokens 4 --requests 80 --slo tpot.p50<1ms --slo gap.p95<1ms --slo tokens>=1/s",
    );
    expect([1, 5]).toContain(exitCode);
    const said = [record.verdict.sentence, ...record.verdict.reasons].join(" ");
    expect(said).toMatch(/tpot\.p50 was .* gap\.p95 was |^Not a valid measurement/);
    expect(said).not.toContain("tokens>=1/s");
  });

  it("cannot say of a limit what there are too few samples for", async () => {
    await using mock = await startMock(quick);
    const { record, exitCode } = await weirRun(
      mock.url,
      `--workload chat --dialect openai --model m --output-tokens 3 --requests 20 --slo ttft.p95<5s`,
    );
    expect([4, 5]).toContain(exitCode);
    // On a machine too busy to measure that is said first.
    expect([record.verdict.sentence, ...record.verdict.reasons].join(" ")).toMatch(
      /ttft\.p95 needs 72 answers with a token and there were 20|^Not a valid measurement/,
    );
  });

  it("reports of a full server what the server itself counted: answers, refusals and timeouts", async () => {
    // Halted answers last far beyond the timeout, the others end long before it: nothing hangs on a millisecond.
    const stall = { kind: "random", rate: 0.04, forMs: 600_000 } as const;
    await using mock = await startMock({ ...quick, gapMs: 1, slots: 30, queue: 40, stall });
    const { record } = await weirRun(
      mock.url,
      "--preset ramp-605 --ramp 10..100/500ms --timeout 3s --dialect openai --model m",
    );
    const { summary } = record;
    const counted = (kind: string): number => summary.failed.byKind[kind]?.count ?? 0;
    await expect.poll(() => mock.log.active + mock.log.waiting).toBe(0);
    const log = mock.log;
    expect(log.requests).toBe(605);
    expect({
      answered: summary.completed,
      refused: counted("http-503"),
      timedOut: counted("timeout"),
      rest: summary.failed.total - counted("http-503") - counted("timeout"),
    }).toEqual({
      answered: log.byStatus["200"],
      refused: log.byStatus["503"],
      timedOut: log.leftAnswering + log.leftWaiting,
      rest: 0,
    });
    expect(Math.min(summary.completed, counted("http-503"), counted("timeout"))).toBeGreaterThan(0);
  });
});
