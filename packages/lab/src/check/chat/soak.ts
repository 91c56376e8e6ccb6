import { readFile } from "node:fs/promises";
import path from "node:path";
import { createSchedule } from "@weir/stats";
import {
  formatCount,
  formatDuration,
  formatMs,
  formatNumber,
  formatShare,
} from "../../record/format-number.ts";
import type { FinishedRun } from "../../run/start-run.ts";
import type { CheckRow, Suite, SuiteContext } from "../suite.ts";
import { agentHeader, findChatServer, toLoad, type ChatServer } from "./chat-server.ts";
import { findHealthPaths, toHealthRow, watchHealth } from "./health.ts";
import { readProcessMemory, summariseMemory, watchMetrics, type MemorySource } from "./memory.ts";
import { failedLimit, splitOutcomes } from "./outcomes.ts";
import { describeLimits, heldAbove, heldTo, percentileOf, told } from "./rows.ts";
import { findTrend, type TimedSlice, type Trend } from "./trend-of-run.ts";

const inputTokens = 50;
const rounds = 8;
const probeEveryMs = 1000;
const memoryLimit = 1.05;
const slopeLimit = 0.01;
const pacedLimit = 0.9;

/** The same load for a long time: whether the server stays as it is. */
export const soak: Suite = {
  name: "soak",
  description: "Agents at a steady rate for an hour: memory, the trend of the p95, errors.",
  takes: "1 h",
  workload: "chat",
  settings: {
    users: { unit: "count", default: 10, description: "agents" },
    rate: { unit: "per-second", default: 2, description: "requests of all agents together" },
    duration: { unit: "ms", default: 3_600_000, description: "how long, the first tenth of it warm-up" },
    "answer-tokens": { unit: "count", default: 32, description: "longest answer" },
  },
  async *check(context) {
    const rows: CheckRow[] = [];
    const server = await findChatServer(context);
    const [healthPath] = await findHealthPaths(context);
    const health = healthPath === undefined ? undefined : watchHealth(context, healthPath, probeEveryMs);
    const metrics = watchMetrics(context);
    let finished: FinishedRun;
    try {
      finished = await putLoad(context, server);
    } finally {
      await Promise.all([health?.stop(), metrics.stop(0)]);
    }
    const trend = await readTrend(finished);
    const startedAtMs = Date.parse(finished.record.environment.startedAt);
    const memory = (await readProcessMemory(finished)) ?? (await metrics.stop(startedAtMs));
    const found = [
      ...describeRequests(context, finished),
      toTrendRow(trend),
      ...describeMemory(memory, finished),
      toHealthRow("health", "meanwhile", healthPath, await health?.stop()),
    ];
    for (const row of found) {
      rows.push(row);
      yield row;
    }
    const { completed, window } = finished.record.summary;
    const grown = rows.find(({ key }) => key === "memory-growth");
    const kept =
      grown?.value == null
        ? "its memory is not known"
        : `it ends with ${formatNumber(grown.value)} times the memory`;
    const slope =
      trend.kind === "unknown"
        ? "whether it becomes slower cannot be told"
        : `its p95 changes by ${signed(trend.perMinute)} a minute`;
    return `${formatCount(completed, "answer")} in ${formatDuration(window.endMs - window.startMs)}: ${slope}, ${kept}; ${describeLimits(rows)}.`;
  },
};

async function putLoad(context: SuiteContext, server: ChatServer): Promise<FinishedRun> {
  const { base, setting } = context;
  const users = setting("users");
  const durationMs = setting("duration");
  const warmupMs = durationMs / 10;
  return await context.run(`${users} agents for ${formatDuration(durationMs)}`, {
    workload: toLoad(
      server,
      {
        inputTokens,
        outputTokens: setting("answer-tokens"),
        turns: { kind: "conversation", rounds, agentHeader },
        count: 512,
      },
      base.seed,
    ),
    users,
    schedule: createSchedule({
      seed: base.seed,
      segments: [{ kind: "users", from: users, to: users, durationMs: null }],
      pace: { everyMs: (users * 1000) / setting("rate"), overrun: "slip" },
    }),
    stopFailures: 0,
    requests: undefined,
    durationMs: durationMs - warmupMs,
    warmupMs,
  });
}

function describeRequests(context: SuiteContext, { record }: FinishedRun): readonly CheckRow[] {
  const { summary, verdict } = record;
  const { refused, failed, firstFailure } = splitOutcomes(summary.failed);
  const ended = summary.completed + summary.failed.total;
  const rate = context.setting("rate");
  const first = summary.ttftMs === null ? "answer" : "TTFT";
  const of = summary.ttftMs ?? summary.latencyMs.service;
  return [
    told({ key: "answered", metric: "answers", unit: "count", value: summary.completed }, "more"),
    heldTo(
      {
        key: "failed",
        metric: "failed or refused",
        unit: "share",
        value: ended === 0 ? null : (failed + refused) / ended,
        why: verdict.sentence,
        note: firstFailure ?? (refused === 0 ? undefined : `${refused} refused`),
      },
      failedLimit,
    ),
    heldAbove(
      {
        key: "rate",
        metric: `answers a second, of ${rate} that were due`,
        unit: "share",
        value: ended === 0 ? null : summary.requestsPerSecond / rate,
        why: verdict.sentence,
      },
      pacedLimit,
      "The agents wait for their answers: a lower --rate shows whether the server stays as it is, more --users whether it can do more at once.",
    ),
    told(percentileOf({ key: "ttft-p50", metric: `${first} p50` }, of, "p50"), "less"),
    told(percentileOf({ key: "ttft-p95", metric: `${first} p95` }, of, "p95"), "less"),
  ];
}

async function readTrend({ folder, record }: FinishedRun): Promise<Trend> {
  try {
    const { slices } = JSON.parse(await readFile(path.join(folder, "slices.json"), "utf8")) as {
      readonly slices: readonly TimedSlice[];
    };
    return findTrend(slices, record.summary.window);
  } catch (error) {
    return { kind: "unknown", why: error instanceof Error ? error.message : String(error) };
  }
}

/** Kept where the upper end of the interval is within the limit, missed where the lower end is beyond it. */
export function toTrendRow(trend: Trend): CheckRow {
  const figure = { key: "p95-slope", metric: "p95 of answers, change in a minute", unit: "share" } as const;
  const advice = "Compare memory, open files and what is cached at the beginning and at the end.";
  if (trend.kind === "unknown") return heldTo({ ...figure, value: null, why: trend.why }, slopeLimit);
  const { perMinute, interval, windows, windowMs, least, p95Ms } = trend;
  const [low, high] = interval;
  const row = heldTo({ ...figure, value: perMinute }, slopeLimit, advice);
  return {
    ...row,
    limit: `95 % interval <= ${formatShare(slopeLimit)}`,
    measured: `${signed(perMinute)} (${signed(low)} to ${signed(high)}; ${windows} windows of ${formatDuration(windowMs)}, ${least} answers or more in each, ${formatMs(p95Ms)} on average)`,
    status: high <= slopeLimit ? "pass" : low > slopeLimit ? "fail" : "not-measured",
    advice:
      high <= slopeLimit
        ? undefined
        : low > slopeLimit
          ? advice
          : "The windows differ too much to tell: go on for longer.",
  };
}

function describeMemory(memory: MemorySource | undefined, { record }: FinishedRun): readonly CheckRow[] {
  const named = {
    key: "memory-growth",
    metric: "memory at the end, of that after warm-up",
    unit: "ratio",
  } as const;
  const change = memory && summariseMemory(memory.readings, record.summary.window);
  if (memory === undefined || change === undefined) {
    const why =
      memory === undefined
        ? "not known: it is read of servers on this machine, and from /metrics"
        : "too short to tell";
    return [heldTo({ ...named, value: null, why }, memoryLimit)];
  }
  const { firstBytes, lastBytes, mostBytes } = change;
  return [
    heldTo(
      { ...named, value: lastBytes / firstBytes, note: memory.source },
      memoryLimit,
      "Take a heap snapshot at both ends, or let the server replace its workers now and then.",
    ),
    told({ key: "memory-most", metric: "memory, at most", unit: "bytes", value: mostBytes }, "less"),
  ];
}

function signed(share: number): string {
  return `${share < 0 ? "-" : "+"}${formatShare(Math.abs(share))}`;
}
