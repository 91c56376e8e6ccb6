import { Histogram, type EncodedHistogram } from "@weir/stats";
import type { RequestClocks, RequestOutcome } from "./request-clocks.ts";

/** One second of a run, from `startMs` after its start. Slices of several runs or threads merge by adding. */
export interface Slice {
  readonly startMs: number;
  readonly offered: number;
  readonly sent: number;
  readonly completed: number;
  readonly failed: number;
  readonly units: number;
  /** Requests without an answer at the end of the second. */
  readonly inFlight: number;
  /** Of the requests completed in this second; null where there were none. */
  readonly serviceMs: EncodedHistogram | null;
  readonly responseMs: EncodedHistogram | null;
  /** When the first and the last of its requests ended, in milliseconds from the start; null where none did. */
  readonly endedMs: { readonly first: number; readonly last: number } | null;
}

/** The last seconds, for a live view. */
export interface RecentSeconds {
  /** How much time the figures cover. */
  readonly spanMs: number;
  readonly offered: number;
  readonly sent: number;
  readonly completed: number;
  readonly failed: number;
  readonly units: number;
  readonly responseMs: Histogram;
}

const sliceMs = 1000;
/** What is due at a second's beginning may be a rounding before it: a microsecond, as a share of a slice. */
const roundingShare = 1e-6;
const recentSlices = 5;

interface OpenSlice {
  offered: number;
  sent: number;
  completed: number;
  failed: number;
  units: number;
  firstEndMs: number;
  lastEndMs: number;
  readonly serviceMs: Histogram;
  readonly responseMs: Histogram;
}

/**
 * A run cut into seconds. Only the last few keep their histograms in memory; the rest are kept encoded, about a
 * kilobyte a second. A request belongs to the second in which it ended.
 */
export class SliceRecorder {
  readonly #startMs: number;
  readonly #ring: OpenSlice[] = Array.from({ length: recentSlices + 1 }, createOpenSlice);
  readonly #closed: Slice[] = [];
  // What was offered in seconds that were closed by then.
  readonly #offeredLate: number[] = [];
  #inFlight = 0;

  constructor(startMs: number) {
    this.#startMs = startMs;
  }

  /** Counts a request in the second in which it was due, which may be over: users who queue are admitted late. */
  offer(dueMs: number): void {
    const index = Math.floor((dueMs - this.#startMs) / sliceMs + roundingShare);
    const closed = this.#closed.length;
    if (index >= closed) this.#at(dueMs).offered += 1;
    else {
      const late = Math.max(0, index);
      this.#offeredLate[late] = (this.#offeredLate[late] ?? 0) + 1;
    }
  }

  send(atMs: number): void {
    this.#at(atMs).sent += 1;
    this.#inFlight += 1;
  }

  end(clocks: RequestClocks, outcome: RequestOutcome): void {
    // Cut off with the run: in flight at the end of its last second.
    if (outcome.kind === "cut-off") return;
    const slice = this.#at(clocks.endMs);
    if (Number.isNaN(slice.firstEndMs)) slice.firstEndMs = clocks.endMs;
    slice.lastEndMs = clocks.endMs;
    // A request that failed to connect was never in flight.
    if (!Number.isNaN(clocks.sentMs)) this.#inFlight -= 1;
    if (outcome.kind === "completed") {
      slice.completed += 1;
      slice.units += outcome.units;
      slice.serviceMs.record(clocks.endMs - clocks.sentMs);
      slice.responseMs.record(clocks.endMs - clocks.dueMs);
    } else slice.failed += 1;
  }

  /** Figures of the last seconds before `nowMs`, from `sinceMs` on. */
  recent(nowMs: number, sinceMs: number): RecentSeconds {
    this.#at(nowMs);
    const responseMs = new Histogram();
    let [offered, sent, completed, failed, units] = [0, 0, 0, 0, 0];
    const current = this.#closed.length;
    // Slices from before `sinceMs` do not count: warm-up must not colour the first seconds after it.
    const sinceSlice = Math.ceil((sinceMs - this.#startMs) / sliceMs - 1e-9);
    const first = Math.max(0, current - recentSlices, sinceSlice);
    for (let index = first; index <= current; index += 1) {
      const slice = this.#slot(index);
      offered += slice.offered + (this.#offeredLate[index] ?? 0);
      sent += slice.sent;
      completed += slice.completed;
      failed += slice.failed;
      units += slice.units;
      responseMs.merge(slice.responseMs);
    }
    const spanMs = Math.max(0, nowMs - this.#startMs - first * sliceMs);
    return { spanMs, offered, sent, completed, failed, units, responseMs };
  }

  /** Every second up to `endMs`, the last one perhaps shorter. */
  finish(endMs: number): readonly Slice[] {
    this.#at(endMs);
    const last = this.#slot(this.#closed.length);
    if (last.offered + last.sent + last.completed + last.failed > 0) this.#close();
    return this.#closed.map((slice, index) => ({
      ...slice,
      offered: slice.offered + (this.#offeredLate[index] ?? 0),
    }));
  }

  #slot(index: number): OpenSlice {
    return this.#ring[index % this.#ring.length]!;
  }

  // The slice that takes an event of this time. One that is a moment older than the open slice counts there: callbacks
  // of one turn of the event loop may overtake each other by microseconds.
  #at(atMs: number): OpenSlice {
    const index = Math.floor((atMs - this.#startMs) / sliceMs + roundingShare);
    while (this.#closed.length < index) this.#close();
    return this.#slot(this.#closed.length);
  }

  #close(): void {
    const index = this.#closed.length;
    const { offered, sent, completed, failed, units, serviceMs, responseMs, firstEndMs, lastEndMs } =
      this.#slot(index);
    const startMs = this.#startMs;
    this.#closed.push({
      startMs: index * sliceMs,
      offered,
      sent,
      completed,
      failed,
      units,
      inFlight: this.#inFlight,
      serviceMs: serviceMs.n === 0 ? null : serviceMs.encode(),
      responseMs: responseMs.n === 0 ? null : responseMs.encode(),
      endedMs: Number.isNaN(firstEndMs) ? null : { first: firstEndMs - startMs, last: lastEndMs - startMs },
    });
    resetSlice(this.#slot(index + 1));
  }
}

function createOpenSlice(): OpenSlice {
  return {
    offered: 0,
    sent: 0,
    completed: 0,
    failed: 0,
    units: 0,
    firstEndMs: Number.NaN,
    lastEndMs: Number.NaN,
    serviceMs: new Histogram(),
    responseMs: new Histogram(),
  };
}

function resetSlice(slice: OpenSlice): void {
  slice.offered = 0;
  slice.sent = 0;
  slice.completed = 0;
  slice.failed = 0;
  slice.units = 0;
  slice.firstEndMs = Number.NaN;
  slice.lastEndMs = Number.NaN;
  slice.serviceMs.reset();
  slice.responseMs.reset();
}
