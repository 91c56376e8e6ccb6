import { cutBatches, type EmbeddingBatch, type EmbeddingPreparer } from "@weir/engine";
import { countInputs, type ModelInputs } from "@weir/protocol";
import { sliceInputs } from "../link/slice-inputs.ts";
import type { EmbeddingEndMeta, EmbeddingJobMeta } from "../link/link-messages.ts";

/** A batch to compute, and which rows of which job it holds. */
export interface QueuedBatch {
  readonly jobId: number;
  readonly rows: Int32Array;
  /** Rows times the longest row. */
  readonly paddedTokens: number;
  readonly batch: EmbeddingBatch;
}

interface QueuedJob {
  readonly jobId: number;
  readonly meta: EmbeddingJobMeta;
  readonly inputs: ModelInputs;
  readonly count: number;
  /** Rows before this one are tokenised. */
  preparedRows: number;
  readonly ready: QueuedBatch[];
  /** Batches handed out and not finished. */
  underWay: number;
  readonly totals: {
    -readonly [Name in keyof EmbeddingEndMeta]: EmbeddingEndMeta[Name] extends number ? number : number[];
  };
}

/**
 * Rows tokenised in one go. Enough to sort by length; few enough that the first batch of a long list computes while
 * the rest is prepared, and that the thread, which also serves the link, is never away for long. A job that must be
 * refused where one of its rows is wrong is looked at whole, before anything of it computes.
 */
function windowRows(job: QueuedJob): number {
  return job.meta.truncate && job.inputs.kind !== "tokens" ? 128 : job.count;
}

/**
 * Jobs waiting in a replica, first come first served. Not thread-bound: the link thread drives it.
 */
export interface EmbeddingQueue {
  add(jobId: number, meta: EmbeddingJobMeta, inputs: ModelInputs): void;
  /** The next batch, tokenising as far as that needs; undefined when nothing waits. Throws a PrepareFailure. */
  next(): QueuedBatch | undefined;
  /** Notes that a batch is done. Returns the job's totals when it was the job's last. */
  finish(jobId: number, computeMs: number): EmbeddingEndMeta | undefined;
  /** Drops what is not handed out yet. */
  drop(jobId: number): void;
}

/** What {@link EmbeddingQueue.next} throws: the job that cannot be prepared, which is dropped. */
export class PrepareFailure extends Error {
  readonly jobId: number;

  constructor(jobId: number, cause: unknown) {
    super(`job ${jobId} could not be prepared`, { cause });
    this.jobId = jobId;
  }
}

export function createEmbeddingQueue(
  preparer: EmbeddingPreparer,
  nowMs: () => number = () => performance.now(),
): EmbeddingQueue {
  const jobs = new Map<number, QueuedJob>();

  function prepareWindow(job: QueuedJob): void {
    const from = job.preparedRows;
    const to = Math.min(from + windowRows(job), job.count);
    const startedMs = nowMs();
    const prepared = preparer.prepare(sliceInputs(job.inputs, from, to), job.meta);
    job.totals.tokenizeMs += nowMs() - startedMs;
    job.preparedRows = to;
    job.totals.truncated += prepared.truncated;
    job.totals.inputTokens += prepared.tokenIds.length;
    for (const length of prepared.lengths) job.totals.rowTokens.push(length);
    for (const row of prepared.truncatedRows) job.totals.truncatedRows.push(from + row);
    const { pooling, normalize, dimensions } = job.meta;
    const { skippedTokens = 0 } = prepared;
    for (const { rows, longest, ...cut } of cutBatches(prepared)) {
      const paddedTokens = rows.length * longest;
      job.totals.batches++;
      job.totals.paddedTokens += paddedTokens;
      job.ready.push({
        jobId: job.jobId,
        rows: rows.map((row) => from + row),
        paddedTokens,
        batch: { ...cut, pooling, normalize, dimensions, skippedTokens },
      });
    }
  }

  function nextOf(job: QueuedJob): QueuedBatch | undefined {
    while (job.ready.length === 0 && job.preparedRows < job.count) {
      try {
        prepareWindow(job);
      } catch (error) {
        jobs.delete(job.jobId);
        throw new PrepareFailure(job.jobId, error);
      }
    }
    return job.ready.shift();
  }

  return {
    add(jobId, meta, inputs) {
      jobs.set(jobId, {
        jobId,
        meta,
        inputs,
        count: countInputs(inputs),
        preparedRows: 0,
        ready: [],
        underWay: 0,
        totals: {
          inputTokens: 0,
          truncated: 0,
          rowTokens: [],
          truncatedRows: [],
          tokenizeMs: 0,
          computeMs: 0,
          batches: 0,
          paddedTokens: 0,
        },
      });
    },
    next() {
      for (const job of jobs.values()) {
        const batch = nextOf(job);
        if (batch === undefined) continue;
        job.underWay++;
        return batch;
      }
      return undefined;
    },
    finish(jobId, computeMs) {
      const job = jobs.get(jobId);
      if (job === undefined) return undefined;
      job.underWay--;
      job.totals.computeMs += computeMs;
      if (job.underWay > 0 || job.ready.length > 0 || job.preparedRows < job.count) return undefined;
      jobs.delete(jobId);
      return job.totals;
    },
    drop(jobId) {
      jobs.delete(jobId);
    },
  };
}
