import {
  defaultMaxPaddedTokens,
  planBatches,
  type EmbeddingBatch,
  type EmbeddingPreparer,
} from "@weir/engine";
import { countInputs, type ModelInputs } from "@weir/protocol";
import { sliceInputs } from "../link/slice-inputs.ts";
import type { EmbeddingEndMeta, EmbeddingJobMeta } from "../link/link-messages.ts";
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

interface QueuedJob {
  readonly jobId: number;
  readonly meta: EmbeddingJobMeta;
  readonly inputs: ModelInputs;
  readonly count: number;
  /** Rows before this one are tokenised. */
  preparedRows: number;
  /** Tokenised and not handed out yet. */
  waiting: WaitingRow[];
  /** Jobs of another key are not computed in one batch with it. Empty before anything is tokenised. */
  key: string;
  /** It was in a batch with others that failed: what it has is computed without others now. */
  alone: boolean;
  /** How often jobs that came later went before it. */
  passed: number;
  /** Batches handed out and not finished. */
  underWay: number;
  readonly totals: {
    -readonly [Name in keyof EmbeddingEndMeta]: EmbeddingEndMeta[Name] extends number ? number : number[];
  };
}

/** A job that is done. */
interface EndedJob {
  readonly jobId: number;
  readonly totals: EmbeddingEndMeta;
}

/** Rows tokenised in one go: few enough that the thread, which also feeds the engine, is never away for long. */
const rowsAtOnce = 32;
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
  /**
   * Tokenises some rows ahead of their turn. Returns whether there is more to do; call it between batches until there is
   * not. Throws a PrepareFailure.
   */
  prepareSome(): boolean;
  /** The next batch, tokenising as far as that needs; undefined when nothing waits. Throws a PrepareFailure. */
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
    const { meta, inputs, count, totals } = job;
    const from = job.preparedRows;
    // A job that must be refused where one of its rows is wrong is looked at whole, before anything of it computes.
    const isWhole = !meta.truncate || inputs.kind === "tokens";
    const to = isWhole ? count : Math.min(from + rowsAtOnce, count);
    const startedMs = nowMs();
    try {
      const prepared = preparer.prepare(sliceInputs(inputs, from, to), meta);
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
  }

  function hasWork(job: QueuedJob): boolean {
    return job.waiting.length > 0 || job.preparedRows < job.count;
  }

  /** Whose turn it is. */
  function findLead(): QueuedJob | undefined {
    let lead: QueuedJob | undefined;
    for (const job of jobs.values()) {
      if (!hasWork(job)) continue;
      if (job.passed >= mostPassed) return job;
      if (lead === undefined || job.meta.rank < lead.meta.rank) lead = job;
    }
    return lead;
  }

  function notePassed(lead: QueuedJob): void {
    lead.passed = 0;
    for (const job of jobs.values()) {
      if (job === lead) return;
      if (hasWork(job)) job.passed++;
    }
  }

  /** Rows that may be in one batch with the lead's, and whose they are; the lead's come first. */
  function findCandidates(lead: QueuedJob): { job: QueuedJob; row: WaitingRow }[] {
    const candidates = lead.waiting.map((row) => ({ job: lead, row }));
    if (lead.alone) return candidates;
    for (const job of jobs.values()) {
      if (candidates.length >= mostCandidates) break;
      if (job === lead || job.alone || job.key !== lead.key) continue;
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
      jobs.set(jobId, {
        jobId,
        meta,
        inputs,
        count: countInputs(inputs),
        preparedRows: 0,
        waiting: [],
        key: "",
        alone: false,
        passed: 0,
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
    prepareSome() {
      const lead = findLead();
      if (lead === undefined) return false;
      if (lead.waiting.length === 0) {
        prepareRows(lead);
        return true;
      }
      if (tokensAhead >= batchesAhead * maxPaddedTokens) return false;
      for (const job of jobs.values()) {
        if (job.preparedRows === job.count) continue;
        prepareRows(job);
        return true;
      }
      return false;
    },
    next() {
      const lead = findLead();
      if (lead === undefined) return undefined;
      if (lead.waiting.length === 0) prepareRows(lead);
      const candidates = findCandidates(lead);
      const lengths = candidates.map(({ row }) => row.tokenIds.length);
      const longestOfLead = lengths.indexOf(Math.max(...lengths.slice(0, lead.waiting.length)));
      const plan = planBatches(lengths, { maxPaddedTokens });
      const { rows, longest } = plan.find((batch) => batch.rows.includes(longestOfLead))!;
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
        if (job.underWay > 0 || hasWork(job)) return [];
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
