import { WeirError, type EmbeddingDialect, type ReceivedEmbeddings } from "@weir/protocol";
import type { AnswerJudgement, WorkloadChecks } from "../workload.ts";

/** The first answers are all read; later ones as long as reading takes less than this share of the time. */
const alwaysExamined = 8;
const mostTimeShare = 0.02;

/**
 * Reads a sample of answers whole: vectors must be as many as the texts, all of one length for the whole run, and
 * finite. Reading 64 vectors of JSON takes milliseconds, which would show in the latencies of the other users, so the
 * sample is limited by the time it takes.
 */
export class AnswerCheck {
  readonly #dialect: EmbeddingDialect;
  readonly #batch: number;
  #dimensions: number | undefined;
  #examined = 0;
  #failed = 0;
  #firstMs: number | undefined;
  #spentMs = 0;
  #reportsTruncation = false;
  // A wrong answer that was read stands for others that were not: from then on every one is read, so that garbage is
  // not counted as completed because nobody looked.
  #inDoubt = false;

  constructor(dialect: EmbeddingDialect, batch: number) {
    this.#dialect = dialect;
    this.#batch = batch;
  }

  get checks(): WorkloadChecks {
    return { examined: this.#examined, failed: this.#failed };
  }

  /** Whether the next answer is to be read. */
  wantsNext(nowMs: number): boolean {
    this.#firstMs ??= nowMs;
    if (this.#inDoubt || this.#examined < alwaysExamined) return true;
    return this.#spentMs < (nowMs - this.#firstMs) * mostTimeShare;
  }

  /**
   * How many inputs an answer's head says were cut. A server that reports cuts sends the header only where there were
   * some, so once it is known to report them, no header means none.
   */
  noteTruncationHeader(value: string | undefined): number | undefined {
    if (value === undefined) return this.#reportsTruncation ? 0 : undefined;
    if (!/^\d{1,9}$/.test(value)) return undefined;
    this.#reportsTruncation = true;
    return Number(value);
  }

  examine(body: Uint8Array, truncatedByHead: number | undefined): AnswerJudgement {
    const startMs = performance.now();
    const judgement = this.#judge(body, truncatedByHead);
    this.#examined += 1;
    if (judgement.kind === "bad") {
      this.#failed += 1;
      this.#inDoubt = true;
    }
    this.#spentMs += performance.now() - startMs;
    return judgement;
  }

  #judge(body: Uint8Array, truncatedByHead: number | undefined): AnswerJudgement {
    let received: ReceivedEmbeddings;
    try {
      received = this.#dialect.parseResponse(body);
    } catch (error) {
      if (!(error instanceof WeirError)) throw error;
      return wrong(error.message);
    }
    const { count, dimensions, values } = received.vectors;
    if (count !== this.#batch) return wrong(`${this.#batch} texts were sent and ${count} vectors came back`);
    this.#dimensions ??= dimensions;
    if (dimensions !== this.#dimensions)
      return wrong(`vectors had ${this.#dimensions} dimensions before and ${dimensions} now`);
    if (!values.every((value) => Number.isFinite(value)))
      return wrong("a vector holds values that are not numbers");
    if (received.truncated !== undefined) this.#reportsTruncation = true;
    return { kind: "good", units: this.#batch, truncated: received.truncated ?? truncatedByHead };
  }
}

function wrong(message: string): AnswerJudgement {
  return { kind: "bad", failure: "wrong-answer", message };
}
