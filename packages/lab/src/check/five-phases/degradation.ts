import type { Capacity } from "../../capacity/capacity-record.ts";
import { formatCount, formatMs, formatNumber, formatShare } from "../../record/format-number.ts";
import type { RunSummary } from "../../record/run-record.ts";
import type { CheckRow } from "../suite.ts";

/** What so many users do to each other, as ratios to one who is alone. */
export function listDegradation(
  alone: RunSummary,
  load: RunSummary,
  users: number,
  most: number,
): CheckRow[] {
  const limit = `<= ${formatNumber(most)} x`;
  const slower = (
    key: string,
    metric: string,
    one: number | null,
    many: number | null,
    held: boolean,
  ): CheckRow => {
    const value = one === null || many === null || one === 0 ? null : many / one;
    return {
      key: `degradation/${key}`,
      metric,
      value,
      unit: "ratio",
      measured:
        value === null
          ? "too few answers"
          : `${formatNumber(value)} x (${formatMs(one!)} to ${formatMs(many!)})`,
      limit: held ? limit : null,
      status: !held ? "info" : value === null ? "not-measured" : value <= most ? "pass" : "fail",
      better: "less",
      advice: held && value !== null && value > most ? adviceAgainstWaiting(users) : undefined,
    };
  };
  const [one, many] = [alone.latencyMs.response, load.latencyMs.response];
  const scaling = alone.requestsPerSecond === 0 ? null : load.requestsPerSecond / alone.requestsPerSecond;
  return [
    slower("response.p50", "response.p50 of many to that of one", one.p50, many.p50, true),
    slower("response.p95", "response.p95 of many to that of one", one.p95, many.p95, false),
    ...(alone.ttftMs === null || load.ttftMs === null
      ? []
      : [slower("ttft.p50", "ttft.p50 of many to that of one", alone.ttftMs.p50, load.ttftMs.p50, false)]),
    scalingRow("throughput", "throughput of many to that of one", scaling),
    scalingRow("efficiency", "scaling efficiency", scaling === null ? null : scaling / users),
  ];
}

function adviceAgainstWaiting(users: number): string {
  return `${formatCount(users, "user")} are too many for such times: fewer at once, or more cores or servers.`;
}

function scalingRow(key: string, metric: string, value: number | null): CheckRow {
  const isShare = key === "efficiency";
  return {
    key: `scaling/${key}`,
    metric,
    value,
    unit: isShare ? "share" : "ratio",
    measured: value === null ? "no throughput" : isShare ? formatShare(value) : `${formatNumber(value)} x`,
    limit: null,
    status: "info",
    better: "more",
  };
}

/** The answer of the suite, in one sentence. */
export function describeDegradation(
  alone: RunSummary,
  load: RunSummary,
  users: number,
  found: Capacity | undefined,
): string {
  const capacity =
    found === undefined
      ? formatCount(users, "user")
      : found.lastPass === null
        ? "Not even one user is served as asked; one"
        : `It takes ${found.firstFail === null ? "at least " : ""}${formatCount(users, "user")}, who`;
  const unit = load.units.kind === "tokens" && load.tokens === null ? "requests" : load.units.kind;
  const rate = (summary: RunSummary): number =>
    unit === "requests" ? summary.requestsPerSecond : summary.units.perSecond;
  const [one, many] = [alone.latencyMs.response.p50, load.latencyMs.response.p50];
  const waits =
    one === null || many === null
      ? ""
      : `; half the answers take ${formatMs(many)} where one who is alone waits ${formatMs(one)} (${formatNumber(many / one)} x)`;
  const failed = load.failed.total;
  const errors =
    failed === 0 ? "no errors" : `${formatShare(failed / (failed + load.completed))} of requests fail`;
  return `${capacity} get ${formatNumber(rate(load))} ${unit}/s where one gets ${formatNumber(rate(alone))} (${formatNumber(rate(load) / rate(alone))} x)${waits}; ${errors}.`;
}
