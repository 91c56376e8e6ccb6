import { Histogram, toDistribution, type Distribution } from "@weir/stats";

/** How late the mock was, in milliseconds: when a write had returned, minus when it was due. */
export interface MockTiming {
  readonly firstTokenErrorMs: Distribution;
  /** All later chunks. */
  readonly chunkErrorMs: Distribution;
  /** Whole answers: embeddings, uploads, chat without a stream. */
  readonly answerErrorMs: Distribution;
  /** Writes that the system did not take at once because the client reads too slowly: their lateness is the client's. */
  readonly heldBack: number;
}

/** Collects the mock's own timing error. */
export class TimingRecord {
  readonly #first = new Histogram();
  readonly #chunk = new Histogram();
  readonly #answer = new Histogram();
  #heldBack = 0;

  recordFirst(dueMs: number): void {
    this.#first.record(performance.now() - dueMs);
  }

  recordChunk(dueMs: number): void {
    this.#chunk.record(performance.now() - dueMs);
  }

  recordAnswer(dueMs: number): void {
    this.#answer.record(performance.now() - dueMs);
  }

  recordHeldBack(): void {
    this.#heldBack += 1;
  }

  read(): MockTiming {
    return {
      firstTokenErrorMs: toDistribution(this.#first),
      chunkErrorMs: toDistribution(this.#chunk),
      answerErrorMs: toDistribution(this.#answer),
      heldBack: this.#heldBack,
    };
  }
}
