import type { LoadProgress } from "@weir/load";
import type { Limit } from "../record/limit.ts";
import { findErrorsLimit } from "./capacity-limits.ts";

export interface WatchedProbe {
  readonly limits: readonly Limit[];
  readonly durationMs: number;
  /** Whether it may end early because all is well; an edge that is to be confirmed is looked at for its whole length. */
  readonly mayPassEarly: boolean;
}

/** Why a probe need not go on. */
export interface EarlyEnd {
  readonly kind: "missed" | "held" | "drowning";
  /** One sentence without its end. */
  readonly why: string;
}

interface Look {
  readonly atMs: number;
  readonly backlog: number;
  readonly typicalMs: number;
}

/** No probe is decided before this, or before this share of its length: caches, connections and compilers warm up. */
const leastMs = 1000;
const leastShare = { missed: 0.4, held: 0.5, drowning: 0.6 } as const;
/** A queue of random arrivals goes up and down by itself: less than this shows nothing of where it goes. */
const leastDrowningMs = 4000;
/** Of so few nothing is decided early. */
const leastRequests = 20;
/** p99 is known from here on. */
const requestsOfP99 = 368;
/** What grows by less may be noise. */
const growth = 1.4;
const leastGrowth = 10;

/**
 * Decides while a probe goes on whether its rest could still change anything, which it seldom can: a p95 limit of which
 * already half of the answers are late, of the whole probe and of its last seconds; a limit that not one in a hundred
 * comes near by half. Anything closer runs to its end.
 */
export class ProbeWatch {
  readonly #probe: WatchedProbe;
  readonly #looks: Look[] = [];
  #startMs: number | undefined;

  constructor(probe: WatchedProbe) {
    this.#probe = probe;
  }

  /** Undefined as long as it should go on. */
  look(progress: LoadProgress): EarlyEnd | undefined {
    if (progress.phase !== "measuring") return undefined;
    this.#startMs ??= progress.elapsedMs;
    const measuredMs = progress.elapsedMs - this.#startMs;
    const { p50Ms } = progress.recent;
    if (p50Ms !== null)
      this.#looks.push({
        atMs: progress.elapsedMs,
        backlog: progress.inFlight + progress.waiting,
        typicalMs: progress.ttft?.p50Ms ?? p50Ms,
      });
    const isTime = (kind: EarlyEnd["kind"]): boolean =>
      measuredMs >=
      Math.max(kind === "drowning" ? leastDrowningMs : leastMs, this.#probe.durationMs * leastShare[kind]);
    const missed = isTime("missed") ? this.#findMissed(progress) : undefined;
    if (missed !== undefined) return { kind: "missed", why: missed };
    if (isTime("drowning") && this.#isDrowning())
      return { kind: "drowning", why: "more and more requests waited, and for longer and longer" };
    if (isTime("held") && this.#isHeld(progress))
      return { kind: "held", why: "not one answer in a hundred came near a limit" };
    return undefined;
  }

  #findMissed(progress: LoadProgress): string | undefined {
    const { completed, failed } = progress;
    const { limits } = this.#probe;
    const share = failed / Math.max(1, failed + completed);
    const mayFail = Math.max(0.2, 5 * findErrorsLimit(limits).share);
    if (limits.length > 0 && failed >= leastRequests && share >= mayFail)
      return "far more requests failed than may";
    for (const limit of limits) {
      if (limit.kind !== "time" || ["p50", "mean"].includes(limit.statistic)) continue;
      const p50Ms = typicalOf(limit, progress);
      const recentMs = limit.metric === "ttft" ? p50Ms : progress.recent.p50Ms;
      if (completed < leastRequests || p50Ms === null || recentMs === null) continue;
      if (p50Ms > limit.ms && recentMs > limit.ms)
        return `half of all answers were already late for ${limit.text}`;
    }
    return undefined;
  }

  #isHeld(progress: LoadProgress): boolean {
    if (!this.#probe.mayPassEarly || progress.failed > 0 || progress.completed < requestsOfP99) return false;
    return this.#probe.limits.every((limit) => {
      if (limit.kind === "errors") return true;
      if (limit.kind !== "time" || ["p999", "max"].includes(limit.statistic)) return false;
      const p99Ms = highOf(limit, progress);
      return p99Ms !== null && p99Ms < limit.ms / 2;
    });
  }

  /** In flight and times both rising, from third to third. */
  #isDrowning(): boolean {
    const thirds = [0, 1, 2].map((third) => {
      const from = Math.floor((third * this.#looks.length) / 3);
      return this.#looks.slice(from, Math.floor(((third + 1) * this.#looks.length) / 3));
    });
    if (thirds.some((third) => third.length < 3)) return false;
    const rises = (of: (look: Look) => number): boolean => {
      const [first = 0, second = 0, last = 0] = thirds.map((third) => median(third.map(of)));
      return first < second && second < last && last >= first * growth;
    };
    const [first] = thirds[0]!;
    const grown = this.#looks.at(-1)!.backlog - first!.backlog;
    return grown >= leastGrowth && rises(({ backlog }) => backlog) && rises(({ typicalMs }) => typicalMs);
  }
}

type TimeLimit = Extract<Limit, { kind: "time" }>;

function percentilesOf({ metric }: TimeLimit, progress: LoadProgress): LoadProgress["overall"] | null {
  if (metric === "response" || metric === "service") return progress.overall;
  return metric === "ttft" ? progress.ttft : null;
}

function typicalOf(limit: TimeLimit, progress: LoadProgress): number | null {
  // A service time is no longer than a response time: half of these may be late and none of those.
  return limit.metric === "service" ? null : (percentilesOf(limit, progress)?.p50Ms ?? null);
}

function highOf(limit: TimeLimit, progress: LoadProgress): number | null {
  return percentilesOf(limit, progress)?.p99Ms ?? null;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}
