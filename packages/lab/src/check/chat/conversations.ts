import { createSchedule, type Distribution, type Schedule, type ScheduleSegment } from "@weir/stats";
import type { ChatTurns } from "@weir/load";
import { formatNumber } from "../../record/format-number.ts";
import type { RunRecord } from "../../record/run-record.ts";
import type { FinishedRun } from "../../run/start-run.ts";
import type { CheckRow, Suite, SuiteContext } from "../suite.ts";
import { agentHeader, findChatServer, toLoad, type ChatServer } from "./chat-server.ts";
import { failedLimit, splitOutcomes } from "./outcomes.ts";
import { describeLimits, heldTo, percentileOf, told } from "./rows.ts";

const shortTokens = 30;
const burstPauseMs = 8000;
const burstMs = 2000;
const burstPerSecond = 4;
const aloneShare = 0.25;

/** A kind of agent: what it sends, and when. */
interface AgentKind {
  readonly name: string;
  readonly title: string;
  readonly inputTokens: number;
  readonly turns: ChatTurns;
  readonly users: number;
  readonly schedule: Schedule;
}

/** Agents of four kinds beside each other: whether the small ones suffer from the large ones. */
export const conversations: Suite = {
  name: "conversations",
  description:
    "Short, long-context, bursty and sporadic agents at the same time: times and reuse of each, and whether short ones starve.",
  takes: "80 s",
  workload: "chat",
  settings: {
    duration: { unit: "ms", default: 60_000, description: "how long all kinds are there" },
    users: {
      unit: "count",
      default: 4,
      description: "short agents; there are half as many of the others",
      least: 2,
    },
    "long-tokens": { unit: "count", default: 1500, description: "words of a long-context agent's message" },
    "answer-tokens": { unit: "count", default: 16, description: "longest answer" },
  },
  async *check(context) {
    const rows: CheckRow[] = [];
    const server = await findChatServer(context);
    const kinds = describeKinds(context);
    const [short, long] = kinds as [AgentKind, AgentKind];
    const aloneMs = Math.max(1000, context.setting("duration") * aloneShare);
    const alone = await runKind(context, server, short, aloneMs, "short agents alone");
    // Each by itself, all at the same time: the kinds differ in when they send, which one run cannot say.
    const ends = await Promise.allSettled(
      kinds.map(
        async (kind) =>
          await runKind(context, server, kind, context.setting("duration"), `${kind.title}, all four kinds`),
      ),
    );
    const mixed = ends.map((end) => {
      // Only once all of them have ended, and written what they found.
      if (end.status === "rejected") throw end.reason;
      return end.value;
    });
    const of = (kind: AgentKind): RunRecord => mixed[kinds.indexOf(kind)]!.record;
    for (const row of [
      ...kinds.flatMap((kind) => describeKind(kind, of(kind))),
      ...describeFairness(alone.record, of(short), of(long)),
    ]) {
      rows.push(row);
      yield row;
    }
    const slowdown = rows.find(({ key }) => key === "short/slowdown")?.value;
    const found =
      slowdown == null
        ? "could not be measured"
        : `wait ${formatNumber(slowdown)} times as long as alone (p50)`;
    return `Beside long, bursty and sporadic agents short ones ${found}: ${describeLimits(rows)}.`;
  },
};

function describeKinds(context: SuiteContext): readonly AgentKind[] {
  const users = context.setting("users");
  const half = Math.max(1, Math.floor(users / 2));
  const durationMs = context.setting("duration");
  const { seed } = context.base;
  const paced = (count: number, everyMs: number): Schedule =>
    createSchedule({
      seed,
      segments: [{ kind: "users", from: count, to: count, durationMs: null }],
      pace: { everyMs, overrun: "slip" },
    });
  const conversation = (rounds: number): ChatTurns => ({ kind: "conversation", rounds, agentHeader });
  const longTokens = context.setting("long-tokens");
  return [
    {
      name: "short",
      title: `${users} short agents`,
      inputTokens: shortTokens,
      turns: conversation(1),
      users,
      schedule: paced(users, 1000),
    },
    {
      name: "long",
      title: `${half} long-context agents`,
      inputTokens: longTokens,
      turns: conversation(2),
      users: half,
      schedule: paced(half, 2000),
    },
    {
      name: "bursty",
      title: "bursty agents",
      inputTokens: shortTokens,
      turns: conversation(4),
      users: half,
      schedule: createSchedule({ seed, segments: toBursts(durationMs) }),
    },
    {
      name: "sporadic",
      title: `${half} sporadic agents`,
      inputTokens: shortTokens,
      turns: conversation(4),
      users: half,
      schedule: paced(half, 10_000),
    },
  ];
}

/** Nothing for a while, then many at once, again and again. */
function toBursts(durationMs: number): readonly ScheduleSegment[] {
  const segments: ScheduleSegment[] = [];
  for (let atMs = 0; atMs < durationMs; atMs += burstPauseMs + burstMs)
    for (const [perSecond, lengthMs] of [
      [burstPerSecond, burstMs],
      [0, burstPauseMs],
    ] as const)
      segments.push({
        kind: "rate",
        fromPerSecond: perSecond,
        toPerSecond: perSecond,
        durationMs: lengthMs,
        arrivals: { kind: "poisson" },
      });
  return segments;
}

async function runKind(
  context: SuiteContext,
  server: ChatServer,
  { inputTokens, turns, users, schedule }: AgentKind,
  durationMs: number,
  title: string,
): Promise<FinishedRun> {
  return await context.run(title, {
    workload: toLoad(
      server,
      { inputTokens, outputTokens: context.setting("answer-tokens"), turns },
      context.base.seed,
    ),
    users,
    schedule,
    stopFailures: 0,
    requests: undefined,
    durationMs,
    warmupMs: 0,
  });
}

function describeKind({ name, title }: AgentKind, { summary, verdict }: RunRecord): readonly CheckRow[] {
  const { refused, failed, firstFailure } = splitOutcomes(summary.failed);
  const ended = summary.completed + summary.failed.total;
  const of = (key: string, metric: string): { readonly key: string; readonly metric: string } => ({
    key: `${name}/${key}`,
    metric: `${title}: ${metric}`,
  });
  const first = summary.ttftMs === null ? "answer" : "TTFT";
  const { tokens } = summary;
  const reused =
    tokens === null || tokens.cachedInputOf === 0 ? null : tokens.cachedInput / tokens.cachedInputOf;
  const firstMs = summary.ttftFromDueMs ?? summary.latencyMs.response;
  return [
    heldTo(
      {
        ...of("failed", `failed or refused, of ${ended}`),
        unit: "share",
        value: ended === 0 ? null : (failed + refused) / ended,
        why: verdict.sentence,
        note: firstFailure ?? (refused === 0 ? undefined : `${refused} refused`),
      },
      failedLimit,
    ),
    told(percentileOf(of("ttft-p50", `${first} p50`), firstMs, "p50"), "less"),
    told(percentileOf(of("ttft-p95", `${first} p95`), firstMs, "p95"), "less"),
    ...(summary.ttftMs === null
      ? []
      : [
          told(
            percentileOf(of("response-p50", "whole answer p50"), summary.latencyMs.response, "p50"),
            "less",
          ),
        ]),
    told(
      {
        ...of("hit-rate", "tokens from a cache"),
        unit: "share",
        value: reused,
        why: "n/a: the server does not say",
      },
      "more",
    ),
  ];
}

type Statistic = "p95" | "p90" | "max";
const inWords: Readonly<Record<Statistic, string>> = { p95: "p95", p90: "p90", max: "longest" };

/**
 * Short agents do not starve where their wait for the first token is no longer than what long-context agents wait in all, at the
 * highest percentile that both have enough samples for.
 */
function describeFairness(alone: RunRecord, short: RunRecord, long: RunRecord): readonly CheckRow[] {
  const firstOf = ({ summary }: RunRecord): Distribution =>
    summary.ttftFromDueMs ?? summary.latencyMs.response;
  const waits = firstOf(short);
  const before = firstOf(alone).p50;
  const after = waits.p50;
  const whole = long.summary.latencyMs.response;
  const statistic = (["p95", "p90", "max"] as const).find(
    (name) => waits[name] !== null && whole[name] !== null,
  );
  const slowdown = told(
    {
      key: "short/slowdown",
      metric: "short agents: p50 of the wait, of that alone",
      unit: "ratio",
      value: before === null || after === null ? null : after / before,
    },
    "less",
  );
  if (statistic === undefined) {
    const why = "there were no answers to compare";
    const row = heldTo({ key: "short/wait", metric: "short agents: wait", unit: "ms", value: null, why }, 0);
    return [slowdown, { ...row, limit: "a long one's answer" }];
  }
  const metric = `short agents: ${inWords[statistic]} wait beside a long one's ${inWords[statistic]} answer`;
  return [
    slowdown,
    heldTo(
      { key: "short/wait", metric, unit: "ms", value: waits[statistic] },
      Math.round(whole[statistic]!),
      "Let short prompts go before long ones, or cut long ones into parts between which others have their turn.",
    ),
  ];
}
