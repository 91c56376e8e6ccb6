import { WeirError } from "@weir/protocol";
import { findDistribution } from "../record/judge-limit.ts";
import { statistics, timeMetrics, type Statistic, type TimeMetric } from "../record/limit.ts";
import type { RunSummary } from "../record/run-record.ts";
import type { RunRequest, WorkloadRequest } from "../run/run-request.ts";

/** A figure of a run that two sides are compared by. */
export type ComparedMetric =
  | {
      readonly kind: "time";
      /** `ttft.p50`. */
      readonly name: string;
      readonly better: "less";
      readonly metric: TimeMetric;
      readonly statistic: Statistic;
    }
  | {
      readonly kind: "rate";
      /** Completed per second: `requests`, `units` (texts, files, ...), or the output `tokens` of these. */
      readonly name: "requests" | "units" | "tokens";
      readonly better: "more";
    };

const rates = ["requests", "units", "tokens"] as const;

/** Reads `ttft.p95`, `response.mean`, `units`. Throws USAGE for anything else. */
export function parseComparedMetric(text: string): ComparedMetric {
  const [name = "", figure, ...rest] = text.trim().split(".");
  const rate = rates.find((candidate) => candidate === name);
  if (rate !== undefined && figure === undefined) return { kind: "rate", name: rate, better: "more" };
  const metric = timeMetrics.find((candidate) => candidate === name);
  // Without a figure the middle is meant, as everywhere that one figure stands for a time.
  const statistic = statistics.find((candidate) => candidate === (figure ?? "p50"));
  if (metric === undefined || statistic === undefined || rest.length > 0)
    throw new WeirError(
      "USAGE",
      `expected a time such as response.p95 (${timeMetrics.join(", ")}; ${statistics.join(", ")}) or a rate (${rates.join(", ")}), got ${JSON.stringify(text)}.`,
    );
  return { kind: "time", name: `${metric}.${statistic}`, better: "less", metric, statistic };
}

/** What a run says of a metric: milliseconds or completions per second; null where it has no such figure. */
export function readFigure(metric: ComparedMetric, summary: RunSummary): number | null {
  if (metric.kind === "time") return findDistribution(metric.metric, summary)?.[metric.statistic] ?? null;
  switch (metric.name) {
    case "requests":
      return summary.requestsPerSecond;
    case "units":
      return summary.units.perSecond;
    case "tokens":
      return summary.tokens?.outputPerSecond ?? null;
  }
}

/** What the verdict is on where nobody says: the time to the first token of streams, else the response time. */
export function choosePrimary({ workload, preset }: Pick<RunRequest, "workload" | "preset">): ComparedMetric {
  const preferred = preset?.metric;
  if (preferred !== undefined) return parseComparedMetric(preferred);
  return parseComparedMetric(isStreamed(workload) ? "ttft.p50" : "response.p50");
}

/** What is shown, the primary metric first. */
export function chooseMetrics(
  primary: ComparedMetric,
  { workload }: Pick<RunRequest, "workload">,
): readonly ComparedMetric[] {
  const streamed = ["ttft.p50", "ttft.p95", "tpot.p50", "gap.p99"];
  const names = [
    ...(isStreamed(workload) ? streamed : []),
    "response.p50",
    "response.p95",
    "response.p99",
    "response.mean",
    ...(countsOther(workload) ? ["units"] : []),
    ...(workload.kind === "chat" ? ["tokens"] : []),
    "requests",
  ];
  const others = names.filter((name) => name !== primary.name).map(parseComparedMetric);
  return [primary, ...others];
}

function isStreamed(workload: WorkloadRequest): boolean {
  return workload.kind === "chat" && workload.stream;
}

// Where units are requests or tokens, they have a line of their own name.
function countsOther({ kind }: WorkloadRequest): boolean {
  return kind === "embeddings" || kind === "upload";
}
