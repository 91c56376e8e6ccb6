import { setTimeout as delay } from "node:timers/promises";
import { askOnce } from "@weir/load";
import { Histogram, toDistribution, type Distribution } from "@weir/stats";
import { formatMs } from "../../record/format-number.ts";
import type { CheckRow, SuiteContext } from "../suite.ts";
import { heldBelow, type Figure } from "./rows.ts";

/** The longest that a probe may take. */
export const probeLimitMs = 100;

const probeTimeoutMs = 5000;

/** Groups of paths; all of the first group that answers are health checks of the server. */
const candidates: readonly (readonly string[])[] = [
  ["/health/live", "/health/ready", "/health/startup"],
  ["/health"],
  ["/livez", "/readyz"],
  ["/healthz"],
  // Neither asks a model for anything.
  ["/v1/models"],
  ["/api/version"],
];

/** What one probe came to. */
export interface Probe {
  readonly good: boolean;
  /** Connecting included, as a supervisor's probe has it. */
  readonly tookMs: number;
}

/** What probes came to that were sent beside a load. */
export interface HealthSeen {
  readonly sent: number;
  readonly good: number;
  /** Of those that were answered well. */
  readonly tookMs: Distribution;
  /** How late our own timers were: what a busy machine adds to every time. */
  readonly lateMs: Distribution;
}

/** The paths by which this server says that it is well; empty where it has none that is known. */
export async function findHealthPaths(context: SuiteContext): Promise<readonly string[]> {
  for (const paths of candidates) {
    const good: string[] = [];
    for (const path of paths) if ((await probe(context, path)).good) good.push(path);
    if (good.length > 0) return good;
  }
  return [];
}

/** One GET on a connection of its own. Good is a status of 2xx. */
export async function probe(
  { url, base, signal }: Pick<SuiteContext, "url" | "base" | "signal">,
  path: string,
): Promise<Probe> {
  const sentMs = performance.now();
  const asked = await askOnce(
    url,
    { method: "GET", path, headers: base.headers },
    { ...base.connection, connectTimeoutMs: probeTimeoutMs, timeoutMs: probeTimeoutMs, signal },
  );
  const good = asked.kind === "answered" && asked.status >= 200 && asked.status < 300;
  return { good, tookMs: asked.kind === "answered" ? asked.tookMs : performance.now() - sentMs };
}

/** Probes a path again and again until it is told to stop. Never rejects. */
export function watchHealth(
  context: Pick<SuiteContext, "url" | "base" | "signal">,
  path: string,
  everyMs: number,
): { stop(): Promise<HealthSeen> } {
  const stopping = new AbortController();
  const signal = AbortSignal.any([context.signal, stopping.signal]);
  const tookMs = new Histogram();
  const lateMs = new Histogram();
  let [sent, good] = [0, 0];
  const watching = (async () => {
    while (!signal.aborted) {
      const dueMs = performance.now() + everyMs;
      // One that is cut off by the end is not counted.
      const seen = await probe({ ...context, signal }, path).catch(() => undefined);
      if (seen !== undefined) {
        sent += 1;
        if (seen.good) good += 1;
        if (seen.good) tookMs.record(seen.tookMs);
      }
      const waitMs = Math.max(0, dueMs - performance.now());
      const fromMs = performance.now();
      await delay(waitMs, undefined, { signal }).catch(() => {});
      if (!signal.aborted) lateMs.record(Math.max(0, performance.now() - fromMs - waitMs));
    }
  })();
  return {
    async stop() {
      stopping.abort();
      await watching;
      return { sent, good, tookMs: toDistribution(tookMs), lateMs: toDistribution(lateMs) };
    },
  };
}

/** The row of probes that went on beside a load. */
export function toHealthRow(
  key: string,
  beside: string,
  path: string | undefined,
  seen: HealthSeen | undefined,
): CheckRow {
  const named = { key, unit: "ms" as const };
  if (path === undefined || seen === undefined) {
    const figure: Figure = {
      ...named,
      metric: `health ${beside}`,
      value: null,
      why: "no health path is known",
    };
    return heldBelow(figure, probeLimitMs);
  }
  const { sent, good, tookMs, lateMs } = seen;
  const failed = good === sent ? "" : `, ${sent - good} of ${sent} failed`;
  if (good === 0) {
    const why = sent === 0 ? "not one was answered meanwhile" : `all ${sent} failed`;
    const row = heldBelow({ ...named, metric: `GET ${path} ${beside}`, value: null, why }, probeLimitMs);
    return sent === 0 ? row : { ...row, status: "fail" };
  }
  // A slowest one within the limit says as much as a percentile of many.
  const slowest = tookMs.p95 === null;
  const figure: Figure = {
    ...named,
    metric: `GET ${path} ${beside}, ${slowest ? "slowest" : "p95"}`,
    value: tookMs.p95 ?? tookMs.max,
    note: `${good} probes${failed}`,
  };
  const row = heldBelow(
    figure,
    probeLimitMs,
    "Answer health checks apart from the work: a supervisor takes a slow one for a dead server.",
  );
  if (failed !== "") return { ...row, status: "fail" };
  const ownMs = (slowest ? lateMs.max : lateMs.p95) ?? lateMs.max ?? 0;
  // What may be our own doing is not held against the server.
  if (row.status === "fail" && figure.value! - ownMs < probeLimitMs)
    return {
      ...row,
      status: "not-measured",
      advice: `This machine was busy: the check's own timers were ${formatMs(ownMs)} late.`,
    };
  return row;
}
