import { cutBatches, type EmbeddingBatch, type EmbeddingPreparer } from "@weir/engine";
import { countInputs, type EmbeddingInputs } from "@weir/protocol";
import type { EmbeddingJobMeta } from "../link/link-messages.ts";

/** A batch to compute, and which rows of which job it holds. */
export interface QueuedBatch {
  readonly jobId: number;
  readonly rows: Int32Array;
  readonly batch: EmbeddingBatch;
}

interface JobTotals {
  readonly inputTokens: number;
  readonly truncated: number;
  readonly computeMs: number;
}

interface QueuedJob {
  readonly jobId: number;
  readonly meta: EmbeddingJobMeta;
  readonly inputs: EmbeddingInputs;
  readonly count: number;
  /** Rows before this one are tokenised. */
  preparedRows: number;
  readonly ready: QueuedBatch[];
  /** Batches handed out and not finished. */
  underWay: number;
  inputTokens: number;
  truncated: number;
  computeMs: number;
}

/**
 * Rows tokenised in one go. Enough to sort by length; few enough that the first batch of a long list computes while
 * the rest is prepared, and that the thread, which also serves the link, is never away for long. A job that must be
 * refused where one of its rows is wrong is looked at whole, before anything of it computes.
 */
function windowRows(job: QueuedJob): number {
  return job.meta.truncate && job.inputs.kind === "texts" ? 128 : job.count;
}

/**
 * Jobs waiting in a replica, first come first served. Not thread-bound and without clocks: the link thread drives it.
 */
export interface EmbeddingQueue {
  add(jobId: number, meta: EmbeddingJobMeta, inputs: EmbeddingInputs): void;
  /** The next batch, tokenising as far as that needs; undefined when nothing waits. Throws a PrepareFailure. */
  next(): QueuedBatch | undefined;
  /** Notes that a batch is done. Returns the job's totals when it was the job's last. */
  finish(jobId: number, computeMs: number): JobTotals | undefined;
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

export function createEmbeddingQueue(preparer: EmbeddingPreparer): EmbeddingQueue {
  const jobs = new Map<number, QueuedJob>();

  function prepareWindow(job: QueuedJob): void {
    const from = job.preparedRows;
    const to = Math.min(from + windowRows(job), job.count);
    const prepared = preparer.prepare(sliceInputs(job.inputs, from, to), job.meta);
    job.preparedRows = to;
    job.truncated += prepared.truncated;
    job.inputTokens += prepared.tokenIds.length;
    const { pooling, normalize, dimensions } = job.meta;
    for (const { rows, tokenIds, lengths } of cutBatches(prepared)) {
      job.ready.push({
        jobId: job.jobId,
        rows: rows.map((row) => from + row),
        batch: { tokenIds, lengths, pooling, normalize, dimensions },
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
        inputTokens: 0,
        truncated: 0,
        computeMs: 0,
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
      job.computeMs += computeMs;
      if (job.underWay > 0 || job.ready.length > 0 || job.preparedRows < job.count) return undefined;
      jobs.delete(jobId);
      return { inputTokens: job.inputTokens, truncated: job.truncated, computeMs: job.computeMs };
    },
    drop(jobId) {
      jobs.delete(jobId);
    },
  };
}

function sliceInputs(inputs: EmbeddingInputs, from: number, to: number): EmbeddingInputs {
  return inputs.kind === "texts"
    ? { kind: "texts", texts: inputs.texts.slice(from, to) }
    : { kind: "tokens", tokens: inputs.tokens.slice(from, to) };
}
