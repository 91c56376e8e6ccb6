import { formatCount } from "../../record/format-number.ts";
import { judgeLimit } from "../../record/judge-limit.ts";
import { parseLimit, type Limit } from "../../record/limit.ts";
import type { SuiteContext } from "../suite.ts";
import { nextStep, type UsersProbe } from "./users-ladder.ts";

export interface FoundUsers {
  /** Null where not even one user was served within the limits. */
  readonly lastPass: number | null;
  /** Null where as many users as were to be tried still kept to the limits. */
  readonly firstFail: number | null;
  /** The limit that was missed at `firstFail`, as it is written. */
  readonly bindingLimit: string | null;
}

/** Puts more and more users on the server, in short runs, until a limit is missed. */
export async function findUsers({ run, setting, base }: SuiteContext, probeMs: number): Promise<FoundUsers> {
  const most = setting("most-users");
  const probes: UsersProbe[] = [];
  const missedAt = new Map<number, string>();
  let limits = base.limits;
  for (;;) {
    const step = nextStep(probes, { most, within: 0.25 });
    if (step.kind === "found") {
      const { lastPass, firstFail } = step;
      return { lastPass, firstFail, bindingLimit: missedAt.get(firstFail ?? 0) ?? null };
    }
    const { users } = step;
    const { record } = await run(`capacity: ${formatCount(users, "user")}`, {
      users,
      limits: [],
      warmupMs: Math.min(2000, probeMs / 4),
      durationMs: probeMs,
      requests: undefined,
    });
    const { summary } = record;
    // The first is of one user who is alone.
    if (probes.length === 0)
      limits = chooseLimits(limits, summary.latencyMs.response.p50, setting("slowdown"));
    const gaveUp = summary.end.kind === "stopped" || summary.completed === 0;
    const missed = limits.find((limit) => judgeLimit(limit, summary).kind === "missed")?.text;
    if (gaveUp || missed !== undefined) missedAt.set(users, missed ?? "that it answers");
    probes.push({ users, kept: !gaveUp && missed === undefined });
  }
}

/**
 * The limits of the capacity: those that were asked for, else that next to nothing fails and that half the answers take
 * no more than so many times what they take a user who is alone. (A short run has no p95.)
 */
function chooseLimits(asked: readonly Limit[], aloneMs: number | null, slowdown: number): readonly Limit[] {
  if (asked.length > 0 || aloneMs === null) return asked;
  const ms = aloneMs * slowdown;
  return [
    parseLimit("errors < 1%"),
    parseLimit(`response.p50 <= ${ms < 10 ? ms.toFixed(3) : ms.toFixed(0)}ms`),
  ];
}
