import { Histogram, toDistribution, type Distribution, type EncodedHistogram } from "@weir/stats";
import type { StreamSummary } from "../streams/stream-recorder.ts";
import {
  OutcomeRecorder,
  type CutOffSummary,
  type EncodedLatencies,
  type EncodedOutcomes,
  type OutcomeCounts,
  type PhaseLatencies,
} from "./outcome-recorder.ts";
import type { RequestClocks, RequestOutcome } from "./request-clocks.ts";
import { RetryRecorder, type EncodedRetries, type RetrySummary } from "./retry-recorder.ts";

/** What happened in one phase of a run. A request belongs to the phase in which it ended. */
export interface PhaseCounts extends OutcomeCounts {
  /** Requests that came due. */
  readonly offered: number;
  /** Requests handed to a socket, each once however often it was sent again. */
  readonly sent: number;
}

/** Turns of several requests, such as a question with its calls of tools. */
export interface TurnSummary {
  /** Turns whose last request was answered well, and turns that ended with one that failed. */
  readonly completed: number;
  readonly failed: number;
  /** From when a turn was due to the end of its last answer, of completed turns, in milliseconds. */
  readonly durationMs: Distribution;
}

/** One kind of request among several. */
export interface PartSummary {
  readonly name: string;
  readonly counts: OutcomeCounts;
  readonly latencyMs: PhaseLatencies;
  readonly streams: StreamSummary;
}

/** What a phase was when its first request failed, in this worker or in another. */
export interface EncodedBeforeFailure {
  readonly completed: number;
  readonly units: number;
  readonly latencyMs: EncodedLatencies;
}

interface EncodedTurns {
  readonly failed: number;
  readonly durationMs: EncodedHistogram;
  /** Whether any of them had more than one request. */
  readonly ofSeveral: boolean;
}

/** A phase as plain data that passes between threads. */
export interface EncodedPhase {
  readonly offered: number;
  readonly sent: number;
  readonly whole: EncodedOutcomes;
  readonly parts: readonly EncodedOutcomes[];
  readonly turns: EncodedTurns | null;
  readonly retries: EncodedRetries;
  readonly beforeFailure: EncodedBeforeFailure | null;
  /** When this worker's own first request failed, in milliseconds from the run's start; null where none did. */
  readonly firstFailureMs: number | null;
}

/** Whether any worker has seen a failure in a phase. */
export interface FailureSignal {
  readonly raised: boolean;
  raise(): void;
}

/** Counts and histograms of one phase: their size does not depend on how many requests there are. */
export class PhaseRecorder {
  readonly whole: OutcomeRecorder = new OutcomeRecorder();
  readonly #parts: readonly OutcomeRecorder[];
  readonly #retries = new RetryRecorder();
  readonly #anyFailure: FailureSignal;
  readonly #startMs: number;
  #offered = 0;
  #sent = 0;
  #turnMs: Histogram | undefined;
  #turnsFailed = 0;
  #turnsOfSeveral = false;
  #beforeFailure: EncodedBeforeFailure | undefined;
  #firstFailureMs: number | undefined;

  /**
   * @param parts how many kinds of requests are told apart; 0 where they are not
   * @param startMs `performance.now()` of the run's start
   */
  constructor(parts: number, anyFailure: FailureSignal, startMs = 0) {
    this.#startMs = startMs;
    this.#parts = Array.from({ length: parts }, () => new OutcomeRecorder());
    this.#anyFailure = anyFailure;
  }

  get retries(): RetryRecorder {
    return this.#retries;
  }

  /** Requests that ended, where each is a turn of its own. */
  get turnsEnded(): number {
    return this.#turnMs === undefined
      ? this.whole.completed + this.whole.failures.total
      : this.#turnMs.n + this.#turnsFailed;
  }

  offer(): void {
    this.#offered += 1;
  }

  send(): void {
    this.#sent += 1;
  }

  end(clocks: RequestClocks, outcome: RequestOutcome): void {
    if (outcome.kind === "failed") {
      this.#anyFailure.raise();
      this.#firstFailureMs ??= clocks.endMs - this.#startMs;
    }
    if (this.#beforeFailure === undefined && this.#anyFailure.raised) this.#keepBeforeFailure();
    this.whole.end(clocks, outcome);
    if (this.#parts.length > 0) this.#parts[clocks.part]!.end(clocks, outcome);
  }

  /** So many requests were due, and still waited for a connection when the run ended. */
  leaveWaiting(ageMs: number, count: number): void {
    // Whether they would have been answered token by token is known only where all requests are alike.
    this.whole.leaveWaiting(ageMs, count, this.#parts.length === 0);
  }

  /** A turn goes on with another request. */
  continueTurn(): void {
    this.#turnsOfSeveral = true;
  }

  /** A turn of a workload that may send several requests in one has ended. */
  endTurn(durationMs: number, good: boolean): void {
    this.#turnMs ??= new Histogram();
    if (good) this.#turnMs.record(durationMs);
    else this.#turnsFailed += 1;
  }

  encode(): EncodedPhase {
    if (this.#beforeFailure === undefined && this.#anyFailure.raised) this.#keepBeforeFailure();
    return {
      offered: this.#offered,
      sent: this.#sent,
      whole: this.whole.encode(),
      parts: this.#parts.map((part) => part.encode()),
      turns:
        this.#turnMs === undefined
          ? null
          : {
              failed: this.#turnsFailed,
              durationMs: this.#turnMs.encode(),
              ofSeveral: this.#turnsOfSeveral,
            },
      retries: this.#retries.encode(),
      beforeFailure: this.#beforeFailure ?? null,
      firstFailureMs: this.#firstFailureMs ?? null,
    };
  }

  /** Adds what another worker has seen in the same phase; its failures' times are left to the caller. */
  merge(other: EncodedPhase): void {
    this.#offered += other.offered;
    this.#sent += other.sent;
    this.whole.merge(other.whole);
    for (const [index, part] of other.parts.entries()) this.#parts[index]?.merge(part);
    this.#retries.merge(other.retries);
    if (other.turns === null) return;
    this.#turnMs ??= new Histogram();
    this.#turnMs.merge(Histogram.decode(other.turns.durationMs));
    this.#turnsFailed += other.turns.failed;
    this.#turnsOfSeveral ||= other.turns.ofSeveral;
  }

  counts(): PhaseCounts {
    return { offered: this.#offered, sent: this.#sent, ...this.whole.counts() };
  }

  /** Null where nothing was cut off. */
  cutOffs(): CutOffSummary | null {
    return this.whole.cutOffs();
  }

  /** Undefined where every turn is one request. */
  turns(): TurnSummary | undefined {
    if (this.#turnMs === undefined || !this.#turnsOfSeveral) return undefined;
    const durationMs = toDistribution(this.#turnMs);
    return { completed: durationMs.n, failed: this.#turnsFailed, durationMs };
  }

  /** Undefined where nothing is told apart. */
  parts(names: readonly string[]): readonly PartSummary[] | undefined {
    if (names.length === 0) return undefined;
    return names.map((name, index) => {
      const part = this.#parts[index]!;
      return { name, counts: part.counts(), latencyMs: part.latencies(), streams: part.streams() };
    });
  }

  retrySummary(): RetrySummary {
    return this.#retries.summarise();
  }

  // Also where it was another worker's request that failed: all of them keep what was before the first failure.
  #keepBeforeFailure(): void {
    const { completed, units } = this.whole;
    this.#beforeFailure = { completed, units, latencyMs: this.whole.encodeLatencies() };
  }
}
