import type { Limit } from "../record/limit.ts";
import type { RecordedGenerator, RunSummary } from "../record/run-record.ts";

/** Above this share of its time the generator itself is what answers wait for. */
const busiest = 0.9;
/** What the generator's delay may be of what is held to a limit, and of what a user waits for. */
const harmlessShare = 0.1;
/** A delay below this is one that every timer has. */
const harmlessMs = 2;

/**
 * Whether the generator made the load and saw what the limits are about, well enough to judge them. A run asks more of
 * it: there every figure has to be right, gaps between chunks of 20 ms among them. A limit of 800 ms can be judged by one that is
 * 20 ms late now and then, as long as its users come back in time. Undefined where it can, else why not.
 */
export function judgeLoad(
  generator: RecordedGenerator,
  summary: RunSummary,
  limits: readonly Limit[],
): string | undefined {
  if (generator.valid) return undefined;
  const why = generator.reasons[0] ?? "the generator was too slow";
  const { eventLoopDelayMs, ownLagMs, cpu, workers } = generator;
  const known = new Set(workers.flatMap(({ reasons }) => reasons));
  // What concerns no worker by itself is a limit of this machine that requests failed at.
  const others = generator.reasons.find((reason) => !known.has(reason.replace(/^worker \d+: /, "")));
  if (others !== undefined) return others;
  if (eventLoopDelayMs === null || cpu === null || cpu.eventLoopBusy > busiest) return why;
  const tightestMs = Math.min(...limits.map((limit) => (limit.kind === "time" ? limit.ms : Infinity)));
  const seldomMs = Math.max(eventLoopDelayMs.p99, ownLagMs.p99 ?? ownLagMs.max ?? 0);
  const usuallyMs = eventLoopDelayMs.p50;
  const turnMs = summary.latencyMs.response.p50 ?? 0;
  const isHarmless =
    seldomMs <= Math.max(harmlessMs, tightestMs * harmlessShare) &&
    usuallyMs <= Math.max(harmlessMs, turnMs * harmlessShare);
  return isHarmless ? undefined : why;
}
