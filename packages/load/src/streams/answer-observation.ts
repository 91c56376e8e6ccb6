/**
 * What one answer showed beyond its end. One object serves all answers of a session. Times are `performance.now()` in
 * milliseconds; not a number means that it did not come or is not known.
 */
export class AnswerObservation {
  /** The first chunk with text, reasoning or a tool call in it. */
  firstTokenMs: number = Number.NaN;
  /** The first chunk with text that a user sees: no reasoning, no tool call. */
  firstOutputMs: number = Number.NaN;
  /** The last chunk of any of these. */
  lastTokenMs: number = Number.NaN;
  /** The first piece of the first tool call, and the last piece of the last one. */
  firstToolCallMs: number = Number.NaN;
  lastToolCallMs: number = Number.NaN;
  /** As the server counted them: all that it was given, those of them that came from a cache, and what it made. */
  inputTokens: number = Number.NaN;
  cachedInputTokens: number = Number.NaN;
  outputTokens: number = Number.NaN;
  /** How long the server says it took, in milliseconds. */
  serverMs: number = Number.NaN;
  /** The parts of it that the server tells apart: waiting, and the model's work. */
  serverQueueMs: number = Number.NaN;
  serverInferenceMs: number = Number.NaN;
  #gapsMs = new Float64Array(64);
  #gaps = 0;

  begin(): void {
    this.firstTokenMs = Number.NaN;
    this.firstOutputMs = Number.NaN;
    this.lastTokenMs = Number.NaN;
    this.firstToolCallMs = Number.NaN;
    this.lastToolCallMs = Number.NaN;
    this.inputTokens = Number.NaN;
    this.cachedInputTokens = Number.NaN;
    this.outputTokens = Number.NaN;
    this.serverMs = Number.NaN;
    this.serverQueueMs = Number.NaN;
    this.serverInferenceMs = Number.NaN;
    this.#gaps = 0;
  }

  /** Chunks that held something, so far. */
  get chunks(): number {
    return Number.isNaN(this.firstTokenMs) ? 0 : this.#gaps + 1;
  }

  /** Whether the server said how long it took, or a part of it. */
  get isTimed(): boolean {
    return !(
      Number.isNaN(this.serverMs) &&
      Number.isNaN(this.serverQueueMs) &&
      Number.isNaN(this.serverInferenceMs)
    );
  }

  /** Times between content chunks, as a view that the next answer overwrites. */
  get gapsMs(): Float64Array {
    return this.#gapsMs.subarray(0, this.#gaps);
  }

  /** A chunk with content came. */
  noteChunk(atMs: number, isOutput: boolean): void {
    if (Number.isNaN(this.firstTokenMs)) this.firstTokenMs = atMs;
    else {
      if (this.#gaps === this.#gapsMs.length) this.#grow();
      this.#gapsMs[this.#gaps] = atMs - this.lastTokenMs;
      this.#gaps += 1;
    }
    if (isOutput && Number.isNaN(this.firstOutputMs)) this.firstOutputMs = atMs;
    this.lastTokenMs = atMs;
  }

  #grow(): void {
    const larger = new Float64Array(this.#gapsMs.length * 2);
    larger.set(this.#gapsMs);
    this.#gapsMs = larger;
  }
}
