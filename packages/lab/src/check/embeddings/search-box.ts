import { createSchedule } from "@weir/stats";
import { formatMs, formatNumber } from "../../record/format-number.ts";
import type { RunRequest } from "../../run/run-request.ts";
import type { FinishedRun } from "../../run/start-run.ts";
import { heldTo, percentileOf, told } from "../chat/rows.ts";
import type { CheckRow, Suite, SuiteContext } from "../suite.ts";
import { createDocuments, createQueries, embeddingsOf, withClass } from "./bulk-texts.ts";

const batch = 32;

/** Somebody searches while a collection is indexed. */
export const searchBox: Suite = {
  name: "search-box",
  description:
    "Whether a search is answered at once beside a bulk load: a query every 300 ms whether or not the one before is answered, alone and then beside documents in batches.",
  takes: "2 min",
  workload: "embeddings",
  settings: {
    duration: { unit: "ms", default: 45_000, description: "of either half" },
    rate: { unit: "per-second", default: 3.33, description: "queries" },
    users: { unit: "count", default: 2, description: "requests of the bulk load at once" },
    longest: { unit: "ms", default: 1000, description: "p95 of a query beside the bulk load" },
  },
  check: checkSearchBox,
};

async function* checkSearchBox({ base, run, setting }: SuiteContext): AsyncGenerator<CheckRow, string, void> {
  const perSecond = setting("rate");
  const rate = { kind: "rate", fromPerSecond: perSecond, toPerSecond: perSecond } as const;
  const search: Partial<RunRequest> = {
    ...withClass(base, "interactive"),
    workload: { ...embeddingsOf(base), texts: createQueries(), batch: 1 },
    schedule: createSchedule({
      seed: base.seed,
      segments: [{ ...rate, arrivals: { kind: "constant" }, durationMs: null }],
    }),
    durationMs: setting("duration"),
    requests: undefined,
    warmupMs: 2000,
    limits: [],
    stopFailures: 0,
  };
  const bulk: Partial<RunRequest> = {
    ...withClass(base, "batch"),
    workload: { ...embeddingsOf(base), texts: createDocuments(), batch },
    users: setting("users"),
    // It is there before the queries, and until they have ended.
    durationMs: setting("duration") + 4000,
    requests: undefined,
    warmupMs: 0,
    limits: [],
    stopFailures: 0,
  };
  const alone = await run("searching alone", search);
  yield* listTimes("alone", alone);
  const [load, beside] = await Promise.all([
    run("bulk load", bulk, { background: true }),
    run("searching beside a bulk load", search),
  ]);
  yield told(
    {
      key: "bulk/rate",
      metric: "documents per second meanwhile",
      unit: "per-second",
      value: load.record.summary.units.perSecond,
    },
    "more",
  );
  yield* listTimes("beside", beside);
  const { completed, failed, latencyMs } = beside.record.summary;
  yield heldTo(
    { key: "beside/failed", metric: "queries that failed beside it", unit: "count", value: failed.total },
    0,
    "The folder of the run has the first answer of each kind of failure.",
  );
  const p95 = percentileOf(
    { key: "beside/p95", metric: "p95 of a query beside it" },
    latencyMs.response,
    "p95",
  );
  yield heldTo(
    p95,
    setting("longest"),
    "Queries wait behind documents: smaller batches, a second process for the bulk, or a server that knows classes (x-request-class: interactive).",
  );
  const [one, many] = [alone.record.summary.latencyMs.response.p50, latencyMs.response.p50];
  if (one === null || many === null) return `${completed} queries were answered beside the bulk load.`;
  return `Half the queries take ${formatMs(many)} beside a bulk load where they take ${formatMs(one)} alone (${formatNumber(many / one)} x); ${failed.total === 0 ? "none failed" : `${failed.total} failed`}.`;
}

function listTimes(key: "alone" | "beside", { record }: FinishedRun): readonly CheckRow[] {
  const { response } = record.summary.latencyMs;
  const where = key === "alone" ? "alone" : "beside it";
  return [
    told(percentileOf({ key: `${key}/p50`, metric: `p50 of a query ${where}` }, response, "p50"), "less"),
    ...(key === "alone"
      ? [told(percentileOf({ key: "alone/p95", metric: "p95 of a query alone" }, response, "p95"), "less")]
      : []),
  ];
}
