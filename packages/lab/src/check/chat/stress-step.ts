import { createSchedule } from "@weir/stats";
import type { FinishedRun } from "../../run/start-run.ts";
import type { CheckRow, SuiteContext } from "../suite.ts";
import { agentHeader, toLoad, type ChatServer } from "./chat-server.ts";
import { toHealthRow, watchHealth } from "./health.ts";
import { describeRefusals, failedLimit, refuseAdvice, splitOutcomes } from "./outcomes.ts";
import { heldTo, percentileOf, told } from "./rows.ts";

/** An agent thinks, if only for a moment; it also keeps one that is refused at once from asking in a tight circle. */
const paceMs = 1000;
const probeEveryMs = 100;
const inputTokens = 50;

/** One step of the ramp: so many agents, each with conversations of its own, while probes go on. */
export async function runStep(
  context: SuiteContext,
  server: ChatServer,
  path: string | undefined,
  users: number,
): Promise<readonly CheckRow[]> {
  const { base, setting } = context;
  const watch = path === undefined ? undefined : watchHealth(context, path, probeEveryMs);
  let finished: FinishedRun;
  try {
    finished = await context.run(`${users} agents`, {
      workload: toLoad(
        server,
        {
          inputTokens,
          outputTokens: setting("answer-tokens"),
          turns: { kind: "conversation", rounds: 4, agentHeader },
        },
        base.seed,
      ),
      users,
      schedule: createSchedule({
        seed: base.seed,
        segments: [{ kind: "users", from: users, to: users, durationMs: null }],
        pace: { everyMs: paceMs, overrun: "slip" },
      }),
      // A server that fails is what this is about: it goes on.
      stopFailures: 0,
      requests: undefined,
      durationMs: setting("duration"),
      warmupMs: 0,
    });
  } finally {
    await watch?.stop();
  }
  const health = await watch?.stop();
  return [
    ...describeStep(users, finished),
    toHealthRow(`users-${users}/health`, `beside ${users} agents`, path, health),
  ];
}

function describeStep(users: number, { record }: FinishedRun): readonly CheckRow[] {
  const { summary } = record;
  const { refused, failed, firstFailure, statuses } = splitOutcomes(summary.failed);
  const ended = summary.completed + summary.failed.total;
  const of = (key: string, metric: string): { readonly key: string; readonly metric: string } => ({
    key: `users-${users}/${key}`,
    metric: `${users} agents: ${metric}`,
  });
  const why = record.verdict.sentence;
  const first =
    summary.ttftMs === null
      ? { of: summary.latencyMs.service, name: "answer" }
      : { of: summary.ttftMs, name: "TTFT" };
  const waiting = summary.cutOff === 0 ? undefined : `${summary.cutOff} under way at the end`;
  return [
    told({ ...of("answered", "answered"), unit: "count", value: summary.completed, note: waiting }, "more"),
    told(
      { ...of("refused", "refused"), unit: "count", value: refused, note: describeRefusals(statuses) },
      "less",
    ),
    heldTo(
      {
        ...of("failed", "failed"),
        unit: "share",
        value: ended === 0 ? null : failed / ended,
        why,
        note: firstFailure,
      },
      failedLimit,
      refuseAdvice,
    ),
    told(percentileOf(of("ttft-p50", `${first.name} p50`), first.of, "p50"), "less"),
    told(percentileOf(of("ttft-p95", `${first.name} p95`), first.of, "p95"), "less"),
  ];
}
