import { Histogram, type EncodedHistogram } from "@weir/stats";
import type { PhaseRecorder } from "../recording/phase-recorder.ts";
import type { RecentSeconds } from "../recording/slice-recorder.ts";

/** What one worker can say of its share of a run while it goes. */
export interface ProgressView {
  readonly inWindow: boolean;
  readonly elapsedMs: number;
  /** Sent and not answered. */
  readonly inFlight: number;
  /** Due and not sent: they wait for a connection. */
  readonly waiting: number;
  /** Users, or connections in use. */
  readonly users: number;
  /** Of the phase that is on. */
  readonly completed: number;
  readonly failed: number;
  /** What a number of requests counts: turns, each of one request or of several. */
  readonly turnsEnded: number;
  readonly failures: Readonly<Record<string, number>>;
  readonly responseMs: Histogram;
  readonly ttftMs: Histogram | undefined;
  readonly recent: RecentSeconds;
  readonly generator: { readonly delayP99Ms: number; readonly busy: number };
}

/** What a view shows of the phase that is on. */
export function lookAtPhase(
  phase: PhaseRecorder,
): Pick<ProgressView, "completed" | "failed" | "turnsEnded" | "failures" | "responseMs" | "ttftMs"> {
  const { whole, turnsEnded } = phase;
  const { completed, failures, responseMs, ttftMs } = whole;
  return {
    completed,
    failed: failures.total,
    turnsEnded,
    failures: failures.countByKind(),
    responseMs,
    ttftMs,
  };
}

/** A view as plain data. */
export interface EncodedView extends Omit<ProgressView, "responseMs" | "ttftMs" | "recent"> {
  readonly responseMs: EncodedHistogram;
  readonly ttftMs: EncodedHistogram | undefined;
  readonly recent: Omit<RecentSeconds, "responseMs"> & { readonly responseMs: EncodedHistogram };
}

export function encodeView(view: ProgressView): EncodedView {
  return {
    ...view,
    responseMs: view.responseMs.encode(),
    ttftMs: view.ttftMs?.encode(),
    recent: { ...view.recent, responseMs: view.recent.responseMs.encode() },
  };
}

/** The views of all workers as one: counts add up, histograms merge, the generator is as late as its latest worker. */
export function mergeViews(views: readonly EncodedView[]): ProgressView {
  const inWindow = views.some((view) => view.inWindow);
  const counted = views.filter((view) => view.inWindow === inWindow);
  const sum = (of: (view: EncodedView) => number, all = views): number =>
    all.reduce((total, view) => total + of(view), 0);
  const most = (of: (view: EncodedView) => number): number => Math.max(0, ...views.map(of));
  const ttft = counted.map((view) => view.ttftMs).filter((histogram) => histogram !== undefined);
  return {
    inWindow,
    elapsedMs: most((view) => view.elapsedMs),
    inFlight: sum((view) => view.inFlight),
    waiting: sum((view) => view.waiting),
    users: sum((view) => view.users),
    completed: sum((view) => view.completed, counted),
    failed: sum((view) => view.failed, counted),
    turnsEnded: sum((view) => view.turnsEnded, counted),
    failures: sumByKind(counted.map((view) => view.failures)),
    responseMs: mergeHistograms(counted.map((view) => view.responseMs)),
    ttftMs: ttft.length === 0 ? undefined : mergeHistograms(ttft),
    recent: {
      spanMs: most((view) => view.recent.spanMs),
      offered: sum((view) => view.recent.offered),
      sent: sum((view) => view.recent.sent),
      completed: sum((view) => view.recent.completed),
      failed: sum((view) => view.recent.failed),
      units: sum((view) => view.recent.units),
      responseMs: mergeHistograms(views.map((view) => view.recent.responseMs)),
    },
    generator: {
      delayP99Ms: most((view) => view.generator.delayP99Ms),
      busy: most((view) => view.generator.busy),
    },
  };
}

/** One histogram of several. */
export function mergeHistograms(encoded: readonly EncodedHistogram[]): Histogram {
  const merged = new Histogram();
  for (const histogram of encoded) merged.merge(Histogram.decode(histogram));
  return merged;
}

function sumByKind(counts: readonly Readonly<Record<string, number>>[]): Readonly<Record<string, number>> {
  const sums = new Map<string, number>();
  for (const count of counts)
    for (const [kind, seen] of Object.entries(count)) sums.set(kind, (sums.get(kind) ?? 0) + seen);
  return Object.fromEntries([...sums].toSorted(([, a], [, b]) => b - a));
}
