import {
  defaultMaxPaddedTokens,
  planBatches,
  type EmbeddingBatch,
  type EmbeddingPreparer,
} from "@weir/engine";
import type { ModelInputs } from "@weir/protocol";
import { sliceInputs } from "../link/slice-inputs.ts";
import type { EmbeddingEndMeta, EmbeddingJobMeta } from "../link/link-messages.ts";
import { createQueuedJob, isReady, type QueuedJob } from "./queued-job.ts";
import { findStep } from "./tokenize-step.ts";
import { joinRows, type WaitingRow } from "./waiting-rows.ts";

/** A batch to compute, and whose rows it holds. */
export interface QueuedBatch {
  /** One job's rows after the other's. */
  readonly parts: readonly BatchPart[];
  /** Rows times the longest row. */
  readonly paddedTokens: number;
  readonly batch: EmbeddingBatch;
}

/** The rows of one job that are in a batch. */
export interface BatchPart {
  readonly jobId: number;
  readonly rows: readonly WaitingRow[];
}

/** A job that is done. */
interface EndedJob {
  readonly jobId: number;
  readonly totals: EmbeddingEndMeta;
}

/** Batches' worth of tokens that are made ahead: rows of like length are looked for among them. */
const batchesAhead = 8;
/** Rows looked at for one batch. */
const mostCandidates = 512;
/** A job that later ones were preferred to this often goes first once. */
const mostPassed = 4;

/**
 * Jobs waiting in a replica. Higher classes go first, then who came first; others' rows of like length fill the batch.
 * Not thread-bound: the link thread drives it.
 */
export interface EmbeddingQueue {
  add(jobId: number, meta: EmbeddingJobMeta, inputs: ModelInputs): void;
  /** Tokenises some rows. Returns false where none need it now; call it until then. Throws a PrepareFailure. */
  prepareSome(): boolean;
  /** The next batch; undefined where no rows are tokenised that can be computed. */
  next(): QueuedBatch | undefined;
  /** Notes that a batch is done. Returns the jobs of which it was the last. */
  finish(batch: QueuedBatch, computeMs: number): readonly EndedJob[];
  /**
   * Notes that a batch failed. Where it held several jobs' rows they are put back, each job's to be computed by themselves:
   * only the one at fault shall fail. Returns the job at fault where that is clear.
   */
  fail(batch: QueuedBatch): number | undefined;
  /** Drops what is not handed out yet. */
  drop(jobId: number): void;
}

/** What tokenising throws: the job that cannot be prepared, which is dropped. */
export class PrepareFailure extends Error {
  readonly jobId: number;

  constructor(jobId: number, cause: unknown) {
    super(`job ${jobId} could not be prepared`, { cause });
    this.jobId = jobId;
  }
}

export interface EmbeddingQueueOptions {
  /** @default that of `planBatches` */
  readonly maxPaddedTokens?: number;
  readonly nowMs?: () => number;
}

export function createEmbeddingQueue(
  preparer: EmbeddingPreparer,
  { maxPaddedTokens = defaultMaxPaddedTokens, nowMs = () => performance.now() }: EmbeddingQueueOptions = {},
): EmbeddingQueue {
  /** In order of arrival. */
  const jobs = new Map<number, QueuedJob>();
  /** Tokens of all rows that wait. */
  let tokensAhead = 0;

  function prepareRows(job: QueuedJob): void {
    const { meta, inputs, totals } = job;
    const from = job.preparedRows;
    const to = findStep(inputs, from, job.count);
    const startedMs = nowMs();
    try {
      const prepared = preparer.prepare(sliceInputs(inputs, from, to), { ...meta, from });
      const { pooling, normalize, dimensions } = meta;
      const { tokenIds, lengths, firstLengths, skippedTokens = 0 } = prepared;
      job.key = [pooling, normalize, dimensions, skippedTokens, firstLengths !== undefined].join();
      let start = 0;
      lengths.forEach((length, index) => {
        const firstLength = firstLengths?.[index];
        const ids = tokenIds.subarray(start, start + length);
        job.waiting.push({ row: from + index, tokenIds: ids, firstLength, skippedTokens });
        totals.rowTokens.push(length);
        start += length;
      });
      tokensAhead += tokenIds.length;
      totals.inputTokens += tokenIds.length;
      totals.truncated += prepared.truncated;
      for (const row of prepared.truncatedRows) totals.truncatedRows.push(from + row);
    } catch (error) {
      drop(job.jobId);
      throw new PrepareFailure(job.jobId, error);
    }
    totals.tokenizeMs += nowMs() - startedMs;
    job.preparedRows = to;
    job.steps++;
  }

  /** Whose rows are tokenised next: who has none to compute first, then who had fewer turns. */
  function findUnprepared(): QueuedJob | undefined {
    let found: QueuedJob | undefined;
    for (const job of jobs.values()) {
      if (job.preparedRows === job.count) continue;
      if (isReady(job) && tokensAhead >= batchesAhead * maxPaddedTokens) continue;
      if (found === undefined || comesFirst(job, found)) found = job;
    }
    return found;
  }

  function comesFirst(a: QueuedJob, b: QueuedJob): boolean {
    if (a.meta.rank !== b.meta.rank) return a.meta.rank < b.meta.rank;
    const [readyA, readyB] = [isReady(a), isReady(b)];
    return readyA === readyB ? a.steps < b.steps : readyB;
  }

  /** Whose turn it is. */
  function findLead(): QueuedJob | undefined {
    let lead: QueuedJob | undefined;
    for (const job of jobs.values()) {
      if (!isReady(job)) continue;
      if (job.passed >= mostPassed) return job;
      if (lead === undefined || job.meta.rank < lead.meta.rank) lead = job;
    }
    return lead;
  }

  function notePassed(lead: QueuedJob): void {
    lead.passed = 0;
    for (const job of jobs.values()) {
      if (job === lead) return;
      if (isReady(job)) job.passed++;
    }
  }

  /** Rows that may be in one batch with the lead's, and whose they are; the lead's come first. */
  function findCandidates(lead: QueuedJob): { job: QueuedJob; row: WaitingRow }[] {
    const candidates = lead.waiting.slice(0, mostCandidates).map((row) => ({ job: lead, row }));
    if (lead.alone) return candidates;
    for (const job of jobs.values()) {
      if (candidates.length >= mostCandidates) break;
      if (job === lead || job.alone || job.key !== lead.key || !isReady(job)) continue;
      for (const row of job.waiting) candidates.push({ job, row });
    }
    return candidates;
  }

  function drop(jobId: number): void {
    const job = jobs.get(jobId);
    if (job === undefined) return;
    for (const { tokenIds } of job.waiting) tokensAhead -= tokenIds.length;
    jobs.delete(jobId);
  }

  /** Counts a part of a batch to its job, or no longer. */
  function account(
    job: QueuedJob,
    part: BatchPart,
    { parts, paddedTokens }: QueuedBatch,
    sign: 1 | -1,
  ): void {
    const rows = parts.reduce((sum, each) => sum + each.rows.length, 0);
    const share = part.rows.length / rows;
    job.underWay += sign;
    job.totals.batches += sign * share;
    job.totals.paddedTokens += sign * share * paddedTokens;
  }

  return {
    add(jobId, meta, inputs) {
      jobs.set(jobId, createQueuedJob(jobId, meta, inputs));
    },
    prepareSome() {
      const job = findUnprepared();
      if (job === undefined) return false;
      prepareRows(job);
      return true;
    },
    next() {
      const lead = findLead();
      if (lead === undefined) return undefined;
      const candidates = findCandidates(lead);
      const lengths = candidates.map(({ row }) => row.tokenIds.length);
      // Batches come longest first, so the first that has a row of the lead's has its longest one.
      const plan = planBatches(lengths, { maxPaddedTokens });
      const isOfLead = (index: number): boolean => candidates[index]!.job === lead;
      const { rows, longest } = plan.find((batch) => batch.rows.some(isOfLead))!;
      const byJob = new Map<QueuedJob, WaitingRow[]>();
      for (const index of rows) {
        const { job, row } = candidates[index]!;
        const own = byJob.get(job);
        if (own === undefined) byJob.set(job, [row]);
        else own.push(row);
      }
      const parts = Array.from(byJob, ([job, own]) => ({ jobId: job.jobId, rows: own }));
      const { pooling, normalize, dimensions } = lead.meta;
      const batch = { ...joinRows(parts.flatMap((part) => part.rows)), pooling, normalize, dimensions };
      const queued = { parts, paddedTokens: rows.length * longest, batch };
      for (const part of parts) {
        const job = jobs.get(part.jobId)!;
        const taken = new Set(part.rows);
        job.waiting = job.waiting.filter((row) => !taken.has(row));
        account(job, part, queued, 1);
        for (const { tokenIds } of part.rows) tokensAhead -= tokenIds.length;
      }
      notePassed(lead);
      return queued;
    },
    finish(batch, computeMs) {
      return batch.parts.flatMap(({ jobId }) => {
        const job = jobs.get(jobId);
        if (job === undefined) return [];
        job.underWay--;
        job.totals.computeMs += computeMs;
        if (job.underWay > 0 || job.waiting.length > 0 || job.preparedRows < job.count) return [];
        jobs.delete(jobId);
        return [{ jobId, totals: job.totals }];
      });
    },
    fail(batch) {
      const [first] = batch.parts;
      if (batch.parts.length === 1) return first?.jobId;
      for (const part of batch.parts) {
        const job = jobs.get(part.jobId);
        if (job === undefined) continue;
        account(job, part, batch, -1);
        job.alone = true;
        job.waiting.push(...part.rows);
        for (const { tokenIds } of part.rows) tokensAhead += tokenIds.length;
      }
      return undefined;
    },
    drop,
  };
}
