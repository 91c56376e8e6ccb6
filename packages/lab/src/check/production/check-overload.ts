import { setTimeout as delay } from "node:timers/promises";
import type { Asked } from "@weir/load";
import { formatCount, formatMs } from "../../record/format-number.ts";
import { findHealthPaths, watchHealth, type HealthSeen } from "../chat/health.ts";
import type { CheckRow, SuiteContext } from "../suite.ts";
import { sendSample, type SampleRequest } from "./sample-request.ts";
import { holds } from "./yes-or-no.ts";

const askEveryMs = 50;
const probeEveryMs = 100;

/** What far too many users at once are told, and whether probes answer meanwhile. */
export async function* checkOverload(
  context: SuiteContext,
  sample: SampleRequest,
): AsyncGenerator<CheckRow, void, void> {
  const { run, setting, tell } = context;
  tell("asking for its probes");
  const paths = await findHealthPaths(context);
  yield describeProbes(paths);
  const path = paths[0];
  const health = path === undefined ? undefined : watchHealth(context, path, probeEveryMs);
  const asking = askMeanwhile(context, sample);
  const users = setting("users");
  const { record } = await run(
    `overload: ${formatCount(users, "user")}`,
    { users, warmupMs: 0, durationMs: setting("duration"), requests: undefined, limits: [], stopFailures: 0 },
    { background: true },
  );
  tell("waiting for the last answers");
  const seen = await health?.stop();
  const asked = await asking.stop();
  const { completed, failed } = record.summary;
  const byStatus = countStatuses(asked);
  const silent = asked.filter(({ kind }) => kind === "failed").length;
  const figures = `${formatCount(completed, "answer")}, ${failed.total.toLocaleString("en-US")} refused or failed; of ${asked.length} beside them ${byStatus}`;
  yield holds(
    { key: "timeouts/answers", metric: `everybody of ${users} at once gets an answer` },
    silent === 0,
    figures,
    "in time, be it a refusal",
    "Bound the time that a request may wait, and answer 503 or 504 when it is over: silence makes clients wait and then ask again.",
  );
  const others = Object.entries(failed.byKind).filter(([kind]) => /^http-(?:429|5\d\d)$/.test(kind));
  yield describeRefusals(
    asked,
    users,
    others.reduce((sum, [, { count }]) => sum + count, 0),
  );
  if (path !== undefined && seen !== undefined) yield describeHealth(path, seen, setting("probe"));
}

function describeProbes(paths: readonly string[]): CheckRow {
  const named = { key: "probes/there", metric: "probes" };
  const told = paths.length === 0 ? "none of the usual paths" : paths.join(", ");
  return holds(
    named,
    paths.length > 1 && paths.some((path) => /ready/.test(path)),
    told,
    "alive and ready, told apart",
    "Answer GET /health/live while the process works and GET /health/ready while it can take a request: one says when to restart it, the other when to send it traffic.",
  );
}

/** @param others refusals of the load itself, whose headers nobody looked at */
function describeRefusals(asked: readonly Asked[], users: number, others: number): CheckRow {
  const named = { key: "retries/retry-after", metric: "refusals say when to come back" };
  const refused = asked.flatMap((each) => (each.kind === "answered" && each.status >= 400 ? [each] : []));
  if (refused.length === 0)
    return {
      ...named,
      value: null,
      unit: "none",
      measured:
        others === 0
          ? `${users} at once were not enough to be refused`
          : `${formatCount(others, "refusal")}, none of them among the requests whose headers were looked at`,
      limit: null,
      status: "info",
    };
  const isPlain = (status: number): boolean => [429, 503, 504, 529].includes(status);
  const good = refused.filter(
    ({ status, headers }) => isPlain(status) && (status === 504 || Object.keys(headers).length > 0),
  );
  const example = refused.find(({ headers }) => headers["retry-after"] !== undefined);
  const seconds = example === undefined ? "" : `, e.g. ${example.headers["retry-after"]} s`;
  return holds(
    named,
    good.length === refused.length,
    `${good.length} of ${formatCount(refused.length, "refusal")}${seconds}`,
    "429 or 503 with Retry-After",
    "Refuse with 429 or 503 and a Retry-After header once there is no room: clients that know when to come back do not make it worse.",
  );
}

function describeHealth(path: string, { sent, good, tookMs }: HealthSeen, mostMs: number): CheckRow {
  const value = tookMs.p95 ?? tookMs.max;
  const kept = value !== null && value <= mostMs && good === sent;
  const figure = tookMs.p95 === null ? "slowest" : "p95";
  const failed = good === sent ? "" : `, ${sent - good} failed`;
  return {
    key: "probes/under-load",
    metric: `GET ${path} under overload, ${figure}`,
    value,
    unit: "ms",
    measured: value === null ? `all ${sent} failed` : `${formatMs(value)} (${sent} probes${failed})`,
    limit: `<= ${formatMs(mostMs)}`,
    status: sent === 0 ? "not-measured" : kept ? "pass" : "fail",
    better: "less",
    advice: kept
      ? undefined
      : "Answer probes apart from the work, in a process or thread that never computes: a supervisor takes a slow one for a dead server.",
  };
}

/** `52 x 200, 28 x 503`. */
function countStatuses(asked: readonly Asked[]): string {
  const counts = new Map<string, number>();
  for (const each of asked) {
    const key = each.kind === "answered" ? String(each.status) : each.failure;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...counts].map(([key, count]) => `${count} x ${key}`).join(", ");
}

/** Sends a request every so often, whatever became of those before. */
function askMeanwhile(
  { base, signal }: SuiteContext,
  sample: SampleRequest,
): { stop(): Promise<readonly Asked[]> } {
  const stopping = new AbortController();
  const until = AbortSignal.any([signal, stopping.signal]);
  const asking: Promise<Asked>[] = [];
  const going = (async () => {
    while (!until.aborted) {
      const asked = sendSample(base, sample, { signal });
      asked.catch(() => {});
      asking.push(asked);
      await delay(askEveryMs, undefined, { signal: until }).catch(() => {});
    }
  })();
  return {
    async stop() {
      stopping.abort();
      await going;
      return await Promise.all(asking);
    },
  };
}
