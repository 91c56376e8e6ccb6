import {
  Histogram,
  summariseRepeats,
  toDistribution,
  type Distribution,
  type RateInterval,
} from "@weir/stats";
import { choiceOf, inputOf, keyOf, usersOf, type SweepCase } from "./sweep-case.ts";
import type { SweepVisit } from "./sweep-visit.ts";

/** What a case came to, over all its visits. */
export interface CaseFigures extends SweepCase {
  readonly visits: number;
  readonly requests: number;
  readonly completed: number;
  readonly failed: number;
  readonly failures: SweepVisit["failures"];
  /** Completed of completed and failed; null where nothing was sent. */
  readonly successShare: number | null;
  /** Texts, tokens or files a second of wall clock; null where nothing was completed. */
  readonly unitsPerSecond: number | null;
  /** 95 % over the repeats; null below three. */
  readonly unitsPerSecondInterval: RateInterval | null;
  readonly requestsPerSecond: number | null;
  /** Standard deviation over the repeats as a share; null for one repeat. */
  readonly variation: number | null;
  /** Of all completed requests, from sent to the end of the answer. Percentiles are null where n is too small. */
  readonly serviceMs: Distribution;
  /** Throughput over that of one unit at a time with the same input; null where that was not measured. */
  readonly speedUp: number | null;
  /** (throughput at n users) / (n x throughput at 1); null for one user, and where one user was not measured. */
  readonly efficiency: number | null;
  readonly truncated: number | null;
  readonly serverRssBytes: number | null;
  /** Whether all visits' generators failed to keep up. Where only some did, those are left out of the figures. */
  readonly invalid: boolean;
  /** How the repeats went, in order: a first one that is slower speaks of a server that was not warm. */
  readonly repeatRates: readonly number[];
}

/** The figures of all cases that were visited, in the order of the matrix. */
export function toCaseFigures(cases: readonly SweepCase[], visits: readonly SweepVisit[]): CaseFigures[] {
  const measured = cases.flatMap((swept) => {
    const own = visits.filter((visit) => visit.purpose === "matrix" && visit.case === swept.id);
    return own.length === 0 ? [] : [summarise(swept, own)];
  });
  return measured.map((figures) => ({
    ...figures,
    speedUp: speedUpOf(figures, measured),
    efficiency: efficiencyOf(figures, measured),
  }));
}

type Own = Omit<CaseFigures, "speedUp" | "efficiency">;

function summarise(swept: SweepCase, all: readonly SweepVisit[]): Own {
  const valid = all.filter(({ generator }) => generator !== "invalid");
  const visits = (valid.length === 0 ? all : valid).toSorted((a, b) => a.repeat - b.repeat);
  const sum = (of: (visit: SweepVisit) => number): number =>
    visits.reduce((total, visit) => total + of(visit), 0);
  const [completed, failed] = [sum((visit) => visit.completed), sum((visit) => visit.failed)];
  const rates = visits.map(rateOf).filter((rate) => rate > 0);
  const rate = summariseRepeats(rates);
  const requestRate = summariseRepeats(visits.map((visit) => perSecond(visit.completed, visit.tookMs)));
  const known = visits.flatMap(({ truncated }) => (truncated === null ? [] : [truncated]));
  const rss = visits.flatMap(({ serverRssBytes }) => (serverRssBytes === null ? [] : [serverRssBytes]));
  return {
    ...swept,
    visits: visits.length,
    requests: sum((visit) => visit.requests),
    completed,
    failed,
    failures: mergeFailures(visits),
    successShare: completed + failed === 0 ? null : completed / (completed + failed),
    unitsPerSecond: rate?.mean ?? null,
    unitsPerSecondInterval: rate?.interval ?? null,
    requestsPerSecond: requestRate?.mean ?? null,
    variation: rate?.variation ?? null,
    serviceMs: toDistribution(mergeLatencies(visits)),
    truncated: known.length === 0 ? null : known.reduce((total, cut) => total + cut, 0),
    serverRssBytes: rss.length === 0 ? null : Math.max(...rss),
    invalid: valid.length === 0,
    repeatRates: rates,
  };
}

/** Units a second of one visit; requests where the server says of no unit how many there were. */
export function rateOf({ units, completed, tookMs }: SweepVisit): number {
  return perSecond(units === 0 ? completed : units, tookMs);
}

function perSecond(count: number, ms: number): number {
  return ms > 0 ? (count * 1000) / ms : 0;
}

/** Service times of all visits together. */
export function mergeLatencies(visits: readonly SweepVisit[]): Histogram {
  const merged = new Histogram();
  for (const { serviceMs } of visits) if (serviceMs !== null) merged.merge(Histogram.decode(serviceMs));
  return merged;
}

function mergeFailures(visits: readonly SweepVisit[]): SweepVisit["failures"] {
  const merged: Record<string, { count: number; firstMessage: string }> = {};
  for (const { failures } of visits)
    for (const [kind, { count, firstMessage }] of Object.entries(failures))
      merged[kind] = {
        count: (merged[kind]?.count ?? 0) + count,
        firstMessage: merged[kind]?.firstMessage ?? firstMessage,
      };
  return merged;
}

function speedUpOf({ settings, unitsPerSecond }: Own, all: readonly Own[]): number | null {
  const least = all.find(
    (other) =>
      keyOf(inputOf(other.settings)) === keyOf(inputOf(settings)) &&
      Object.values(choiceOf(other.settings)).every((value) => value === 1),
  );
  return ratio(unitsPerSecond, least?.unitsPerSecond);
}

function efficiencyOf({ settings, series, unitsPerSecond }: Own, all: readonly Own[]): number | null {
  const users = usersOf(settings);
  if (users === 1) return null;
  const single = all.find(
    (other) => other.series === series && keyOf(other.settings) === keyOf({ ...settings, concurrency: 1 }),
  );
  const speedUp = ratio(unitsPerSecond, single?.unitsPerSecond);
  return speedUp === null ? null : speedUp / users;
}

function ratio(value: number | null, base: number | null | undefined): number | null {
  return value === null || base === null || base === undefined || base === 0 ? null : value / base;
}
