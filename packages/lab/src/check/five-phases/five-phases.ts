import { WeirError } from "@weir/protocol";
import type { Capacity } from "../../capacity/capacity-record.ts";
import { formatCount, formatDuration, formatMs, formatShare } from "../../record/format-number.ts";
import { defaultLimit, parseLimit } from "../../record/limit.ts";
import type { RunRecord } from "../../record/run-record.ts";
import type { FinishedRun } from "../../run/start-run.ts";
import type { CheckRow, Suite, SuiteContext } from "../suite.ts";
import { toRunRows } from "../to-run-rows.ts";
import { describeDegradation, listDegradation } from "./degradation.ts";

/** Requests from which a 95 % figure is known, and some to spare. */
const wantedRequests = 90;

/** From one user to as many as the server takes, and what that does to each of them. */
export const fivePhases: Suite = {
  name: "five-phases",
  description:
    "How many users a server takes, and what that does to each of them: capacity, warm-up, one user alone, the load, and the degradation between the two.",
  takes: "3 min",
  settings: {
    users: {
      unit: "count",
      default: 0,
      least: 0,
      description: "users of the load; 0 takes what the first phase finds",
    },
    duration: { unit: "ms", default: 20_000, description: "of one user alone, and of the load" },
    warmup: { unit: "ms", default: 5000, description: "load before it is measured" },
    probe: { unit: "ms", default: 5000, description: "of each step to the capacity" },
    "most-users": { unit: "count", default: 256, description: "more are not tried" },
    slowdown: {
      unit: "ratio",
      default: 4,
      least: 1,
      description: "times as long as alone that half the answers may take under the load",
    },
  },
  check: checkPhases,
};

async function* checkPhases(context: SuiteContext): AsyncGenerator<CheckRow, string, void> {
  const { run, setting, base } = context;
  const first = await run("a first look", {
    users: 1,
    warmupMs: 0,
    requests: 3,
    durationMs: undefined,
    limits: [],
  });
  const aloneMs = demandAnswers(first).summary.latencyMs.response.p50!;
  const durationMs = setting("duration");
  const warmupMs = setting("warmup");

  const asked = setting("users");
  let found: Capacity | undefined;
  if (asked === 0) {
    const { record } = await context.findCapacity("capacity", {
      most: setting("most-users"),
      resolution: 0.15,
      probeDurationMs: setting("probe"),
      probeWarmupMs: Math.min(1000, setting("probe") / 4),
    });
    if (record.verdict.kind === "not-measured")
      throw new WeirError("TARGET_UNREACHABLE", record.verdict.sentence);
    found = record.capacity;
    yield describeCapacity(found);
    if (found.firstFail !== null) yield describeBinding(found.firstFail, found.bindingLimit);
  }
  const users = Math.max(1, asked === 0 ? (found?.lastPass ?? 1) : asked);

  const warm = await run(
    `warm-up: ${formatCount(users, "user")}`,
    { users, warmupMs: 0, durationMs: warmupMs, requests: undefined, limits: [] },
    { background: true },
  );
  yield describeWarmUp(warm.record, warmupMs);

  // Long enough that 95 % mean something, also where an answer takes its time.
  const aloneForMs = clamp(wantedRequests * aloneMs, durationMs, 4 * durationMs);
  const alone = demandAnswers(
    await run("one user alone", {
      users: 1,
      warmupMs: Math.min(1000, warmupMs),
      durationMs: aloneForMs,
      requests: undefined,
      limits: [],
    }),
  );
  yield* toRunRows(alone, { key: "alone", name: "one user" }, []);

  const load = demandAnswers(
    await run(`load: ${formatCount(users, "user")}`, {
      users,
      warmupMs,
      durationMs: clamp((wantedRequests * aloneMs * setting("slowdown")) / users, durationMs, 4 * durationMs),
      requests: undefined,
      limits: base.limits,
    }),
  );
  const held = base.limits.length > 0 ? base.limits : [parseLimit(defaultLimit)];
  yield* toRunRows(load, { key: "load", name: formatCount(users, "user") }, held);

  yield* listDegradation(alone.summary, load.summary, users, setting("slowdown"));
  return describeDegradation(alone.summary, load.summary, users, found);
}

/** Throws where there is nothing to go on with. */
function demandAnswers({ record }: FinishedRun): RunRecord {
  if (record.summary.completed === 0) throw new WeirError("TARGET_UNREACHABLE", record.verdict.sentence);
  return record;
}

function describeCapacity({ lastPass, firstFail, confidence }: Capacity): CheckRow {
  const range =
    lastPass === null
      ? "less than one"
      : firstFail === null
        ? `${lastPass} or more`
        : firstFail === lastPass + 1
          ? `${lastPass}`
          : `${lastPass} to ${firstFail - 1}`;
  return {
    key: "capacity/users",
    metric: "users that it takes",
    value: lastPass ?? 0,
    unit: "count",
    measured: lastPass === null ? range : `${range} (${formatShare(confidence)} sure)`,
    limit: ">= 1",
    status: lastPass === null ? "fail" : "pass",
    better: "more",
    advice:
      lastPass === null ? "One user alone is too much: look at the limits, then at the machine." : undefined,
  };
}

function describeBinding(users: number, limit: string | null): CheckRow {
  return {
    key: "capacity/binding-limit",
    metric: `what ${formatCount(users, "user")} miss`,
    value: null,
    unit: "none",
    measured: limit ?? "not known",
    limit: null,
    status: "info",
  };
}

function describeWarmUp({ summary }: RunRecord, warmupMs: number): CheckRow {
  const { p50 } = summary.latencyMs.response;
  return {
    key: "warm-up/response.p50",
    metric: "warm-up: response.p50",
    value: p50,
    unit: "ms",
    measured: p50 === null ? `no answer within ${formatDuration(warmupMs)}` : formatMs(p50),
    limit: null,
    status: "info",
  };
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
