import { setMaxListeners } from "node:events";
import { toWeirError, WeirError, type EmbeddingRequest, type ErrorCode } from "@weir/protocol";
import { jobClasses } from "../admission/job.ts";
import type { JobTerms, QueuedBackend, QueuedResult } from "../models/queued-backend.ts";
import type { CacheCounts } from "./cache-counts.ts";
import { assembleAnswer, isCounted, type Computed, type CountedResult } from "./cached-answer.ts";
import { Flights, type Flight } from "./flights.ts";
import { findRest, lookUp, takeInputs, type Lookup } from "./lookup.ts";
import { toNote } from "./ram-store.ts";
import type { Revision, RevisionWatch } from "./revision-watch.ts";
import type { VectorStore } from "./vector-store.ts";

type Embed = QueuedBackend["embed"];

export interface CachedEmbeddingParts {
  /** The name that the model is served under. */
  readonly model: string;
  readonly store: VectorStore;
  readonly counts: CacheCounts;
  readonly revisions: RevisionWatch;
  /** Admission and all that is behind it. */
  readonly compute: Embed;
}

/** What a job failed of because of whose job it was, not of what was in it. */
const ownFailures: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "RATE_LIMITED",
  "QUEUE_FULL",
  "DEADLINE_UNREACHABLE",
  "DEADLINE_EXCEEDED",
  "CANCELLED",
]);

/** What was computed elsewhere, because the model moved to another server meanwhile, has no row that anybody could take. */
type Done = Computed | { readonly result: QueuedResult; readonly rows: undefined };

/** Timers hold no more. */
const longestTimerMs = 2 ** 31 - 1;

/**
 * Puts a cache before a model: what is known is not computed, what is being computed for somebody else is waited for, and
 * only what is left goes to admission, as one job. Answers are what they would be without the cache, token counts included.
 */
export function cacheEmbedding({ model, store, counts, revisions, compute }: CachedEmbeddingParts): Embed {
  const flights = new Flights<Done>();

  async function embed(
    revision: Revision,
    request: EmbeddingRequest,
    terms: JobTerms,
    signal: AbortSignal,
  ): Promise<QueuedResult> {
    const found = await lookUp(store, revision, request);
    // From here on nothing else runs until what is missing has begun: two requests cannot both find nothing.
    const wanted = findRest(store, found);
    if (wanted.size === 0) return note(found, assembleAnswer(model, found, wanted, [], []));
    const rank = jobClasses.indexOf(terms.class ?? "normal");
    const shared = findShared(wanted.keys(), rank);
    const taken = new Set([...shared.values()].flat());
    const alone = [...wanted.keys()].filter((key) => !taken.has(key));
    // What is checked as a whole stays whole: its messages count from the start of the list.
    const isWhole = request.inputs.kind === "tokens" || !request.truncate;
    if (alone.length > 0 && (isWhole || alone.length === found.count)) {
      const flight = beginAll();
      const { result, rows } = await flights.join(flight, signal);
      if (rows === undefined) return result;
      Object.assign(found.tally, { ram: 0, disk: 0, misses: found.count });
      return note(found, { ...result, cache: { hits: 0, misses: found.count, tokensSaved: 0 } });
    }

    function begin(keys: readonly string[], asked: EmbeddingRequest, rows: readonly number[]): Flight<Done> {
      const rowOf = new Map(keys.map((key, index) => [key, rows[index]!]));
      return flights.begin(new Set(keys), rank, async (flightSignal) => {
        const result = await compute(asked, terms, flightSignal);
        if (!isCounted(result)) return { result, rows: undefined };
        if (await revisions.isCurrent(revision)) keep(result, rowOf, found.dimensions);
        return { result, rows: rowOf };
      });
    }
    function beginAll(): Flight<Done> {
      return begin(found.keys, request, Array.from(found.keys.keys()));
    }
    function beginSome(keys: readonly string[]): Flight<Done> {
      const asked = takeInputs(
        request,
        keys.map((key) => wanted.get(key)![0]!),
      );
      return begin(keys, asked, Array.from(keys.keys()));
    }

    const own: Computed[] = [];
    const others: Computed[] = [];
    let hasMoved = false;
    const over = new AbortController();
    const late = limitWait(terms);
    const ownSignal = AbortSignal.any([signal, over.signal]);
    const sharedSignal = late === undefined ? ownSignal : AbortSignal.any([ownSignal, late]);
    // One for each flight that is joined, and one for what is computed alone: Node would take the eleventh for a leak.
    setMaxListeners(shared.size + 1, ownSignal, sharedSignal);
    const take = (done: Done, to: Computed[]): void => {
      if (done.rows === undefined) hasMoved = true;
      else to.push(done);
    };
    const computeOwn = async (keys: readonly string[]): Promise<void> => {
      take(await flights.join(beginSome(keys), ownSignal), own);
    };
    const takeShared = async (flight: Flight<Done>, keys: readonly string[]): Promise<void> => {
      try {
        take(await flights.join(flight, sharedSignal), others);
      } catch (error) {
        if (signal.aborted || over.signal.aborted) throw error;
        if (late?.aborted === true) throw tooLate(terms);
        if (isOurFailure(error, flight, wanted)) throw error;
        await computeOwn(keys);
      }
    };
    try {
      await Promise.all([
        ...(alone.length === 0 ? [] : [computeOwn(alone)]),
        ...Array.from(shared, ([flight, keys]) => takeShared(flight, keys)),
      ]);
    } finally {
      // Where one part failed, the others are not needed any more.
      over.abort();
    }
    // Rows of two models would not belong together.
    if (hasMoved || !(await revisions.isCurrent(revision))) return compute(request, terms, signal);
    return note(found, assembleAnswer(model, found, wanted, own, others));
  }

  function findShared(keys: Iterable<string>, rank: number): Map<Flight<Done>, string[]> {
    const shared = new Map<Flight<Done>, string[]>();
    for (const key of keys) {
      const flight = flights.find(key, rank);
      if (flight === undefined) continue;
      const together = shared.get(flight);
      if (together === undefined) shared.set(flight, [key]);
      else together.push(key);
    }
    return shared;
  }

  function keep(result: CountedResult, rows: ReadonlyMap<string, number>, dimensions: number): void {
    const cut = new Set(result.truncatedRows);
    for (const [key, row] of rows) {
      const kept = toNote(result.rowTokens[row]!, cut.has(row));
      store.write(key, result.vectors.values, row * dimensions, dimensions, kept);
    }
  }

  function note({ tally }: Lookup, result: QueuedResult): QueuedResult {
    for (const name of Object.keys(tally) as (keyof CacheCounts)[]) counts[name] += tally[name];
    return result;
  }

  return async (request, terms, signal) => {
    const revision = await revisions.current();
    return revision === undefined ? compute(request, terms, signal) : embed(revision, request, terms, signal);
  };
}

/**
 * Whether what a shared computation failed of would have met this request too. A refusal or a deadline was its owner's; and
 * where it had other inputs beside ours, one of those may be to blame.
 */
function isOurFailure(error: unknown, flight: Flight<Done>, wanted: ReadonlyMap<string, unknown>): boolean {
  const { code, retryable } = toWeirError(error);
  if (ownFailures.has(code)) return false;
  return retryable || [...flight.keys].every((key) => wanted.has(key));
}

/** Fires when a request's own time is over; what it computes itself has that deadline at admission. */
function limitWait({ deadline }: JobTerms): AbortSignal | undefined {
  return deadline?.kind === "whole"
    ? AbortSignal.timeout(Math.ceil(Math.min(deadline.ms, longestTimerMs)))
    : undefined;
}

function tooLate({ deadline }: JobTerms): WeirError {
  const ms = deadline?.kind === "whole" ? deadline.ms : 0;
  const message = `the answer, which another request was waiting for as well, was not ready within ${ms} ms`;
  return new WeirError("DEADLINE_EXCEEDED", message);
}
