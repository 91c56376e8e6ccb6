import { WeirError } from "@weir/protocol";

type Below = "<" | "<=";
type Above = ">" | ">=";

/** What a limit on a time is about. */
export type TimeMetric = "response" | "service" | "lag" | "ttft" | "ttfo" | "tpot" | "gap" | "server";
export type Statistic = "mean" | "p50" | "p90" | "p95" | "p99" | "p999" | "max";

/** A limit that a run is held to. `text` is as it was written. */
export type Limit =
  /** Share of ended requests that failed, from 0 to 1. */
  | { readonly kind: "errors"; readonly text: string; readonly comparison: Below; readonly share: number }
  | {
      readonly kind: "time";
      readonly text: string;
      readonly metric: TimeMetric;
      readonly statistic: Statistic;
      readonly comparison: Below;
      readonly ms: number;
    }
  /** Completed units or requests, or the output tokens of these, per second of the window. */
  | {
      readonly kind: "rate";
      readonly text: string;
      readonly metric: "units" | "requests" | "tokens";
      readonly comparison: Above;
      readonly perSecond: number;
    };

export const defaultLimit = "errors < 1%";

export const timeMetrics: readonly TimeMetric[] = [
  "response",
  "service",
  "lag",
  "ttft",
  "ttfo",
  "tpot",
  "gap",
  "server",
];
export const statistics: readonly Statistic[] = ["mean", "p50", "p90", "p95", "p99", "p999", "max"];
const unitMs: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000, m: 60_000, min: 60_000 };

/**
 * Reads `errors < 1%`, `response.p95 < 800ms`, `units >= 20/s`: what is measured, a comparison, and a bound whose unit
 * is that of what is measured. Throws USAGE for anything else, with what was wrong.
 */
export function parseLimit(text: string): Limit {
  const [, name = "", comparison = "", bound = ""] =
    /^\s*([a-z0-9.]+)\s*([<>]=?)\s*(.+?)\s*$/i.exec(text) ?? [];
  const [metric, statistic, ...rest] = name.split(".");
  const written = text.trim();
  if (metric === "errors" && statistic === undefined) {
    const percent = readNumber(bound, "%");
    if (isBelow(comparison) && percent !== undefined && percent <= 100)
      return { kind: "errors", text: written, comparison, share: percent / 100 };
    throw refuse(
      text,
      `a limit on errors must be written as "${defaultLimit}", with a percentage from 0 to 100`,
    );
  }
  if ((metric === "units" || metric === "requests" || metric === "tokens") && statistic === undefined) {
    const perSecond = readNumber(bound, "/s");
    if (isAbove(comparison) && perSecond !== undefined)
      return { kind: "rate", text: written, metric, comparison, perSecond };
    throw refuse(text, `a limit on ${metric} is a least rate and must be written as "${metric} >= 20/s"`);
  }
  const time = timeMetrics.find((candidate) => candidate === metric);
  if (time === undefined || rest.length > 0)
    throw refuse(
      text,
      `a limit must be written as "${defaultLimit}", "response.p95 < 800ms" or "units >= 20/s"; times are ${timeMetrics.join(", ")}, rates units, requests, tokens`,
    );
  const wanted = statistics.find((candidate) => candidate === statistic);
  if (wanted === undefined)
    throw refuse(
      text,
      `a limit on ${time} must say of which figure: ${time}.p95 < 800ms; there are ${statistics.join(", ")}`,
    );
  const ms = readTime(bound);
  if (!isBelow(comparison) || ms === undefined)
    throw refuse(
      text,
      `a limit on a time must be written as "${name} < 800ms", with a unit of us, ms, s or m`,
    );
  return { kind: "time", text: written, metric: time, statistic: wanted, comparison, ms };
}

const isBelow = (comparison: string): comparison is Below => comparison === "<" || comparison === "<=";
const isAbove = (comparison: string): comparison is Above => comparison === ">" || comparison === ">=";

function readNumber(bound: string, unit: string): number | undefined {
  const number = bound.endsWith(unit) ? bound.slice(0, -unit.length).trim() : "";
  return /^\d+(\.\d+)?$/.test(number) ? Number(number) : undefined;
}

function readTime(bound: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*(us|ms|s|min|m)$/.exec(bound);
  return match === null ? undefined : Number(match[1]) * unitMs[match[2]!]!;
}

function refuse(text: string, expected: string): WeirError {
  return new WeirError("USAGE", `${expected}, got ${JSON.stringify(text)}`);
}
