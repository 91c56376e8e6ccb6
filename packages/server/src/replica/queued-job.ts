import { countInputs, type ModelInputs } from "@weir/protocol";
import type { EmbeddingEndMeta, EmbeddingJobMeta } from "../link/link-messages.ts";
import type { WaitingRow } from "./waiting-rows.ts";

/** A job of a replica, and how far it is. */
export interface QueuedJob {
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
  /** How often some of its rows were tokenised. */
  steps: number;
  /** Batches handed out and not finished. */
  underWay: number;
  readonly totals: {
    -readonly [Name in keyof EmbeddingEndMeta]: EmbeddingEndMeta[Name] extends number ? number : number[];
  };
}

export function createQueuedJob(jobId: number, meta: EmbeddingJobMeta, inputs: ModelInputs): QueuedJob {
  return {
    jobId,
    meta,
    inputs,
    count: countInputs(inputs),
    preparedRows: 0,
    waiting: [],
    key: "",
    alone: false,
    passed: 0,
    steps: 0,
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
  };
}

/** Whether rows of it can be computed now. */
export function isReady({ meta, inputs, waiting, preparedRows, count }: QueuedJob): boolean {
  if (waiting.length === 0) return false;
  // A job that must be refused where one of its rows is wrong is looked at whole, before anything of it computes.
  const isWhole = !meta.truncate || inputs.kind === "tokens";
  return !isWhole || preparedRows === count;
}
